package propose_test

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/lockstep-apiops/lockstep/forge"
	"github.com/lockstep-apiops/lockstep/forge/azuretest"
	"github.com/lockstep-apiops/lockstep/forge/githubtest"
	"github.com/lockstep-apiops/lockstep/internal/propose"
)

// A desk is a bench with a forge of which texts are seen as they are stored.
type desk struct {
	*bench
	limit    int             // units that the forge stores of a body
	body     func() string   // of the pull request
	comments func() []string // on it, the oldest first
	writes   func() []string // to the forge since the last time
	fail     func()          // has the next comment fail
	pages    [2]string       // where files of the branch and of the base show
}

func newGitHubDesk(t *testing.T) *desk {
	h := newHub(t, false)
	return &desk{
		bench: h.bench, limit: 65536,
		body:     func() string { return h.hub.Pull(1).Body },
		comments: func() []string { return h.hub.Comments(1) },
		writes: func() []string {
			return slices.DeleteFunc(githubtest.Writes(h.hub.Calls()), func(c string) bool { return !strings.Contains(c, "/issues/") && !strings.Contains(c, "PATCH ") })
		},
		fail:  func() { h.hub.Fail(githubtest.Fault{Method: http.MethodPost, Path: "/comments", Status: 500}) },
		pages: [2]string{h.url + "/acme/apis/blob/lockstep/test/tree/", h.url + "/acme/apis/blob/main/tree/"},
	}
}

func newAzureDesk(t *testing.T) *desk {
	b := newBench(t)
	s := azuretest.New(azuretest.Repository{Project: "Api Platform", Name: "apis"},
		map[string]azuretest.User{"lock@acme.example": {Display: "Lock"}}, map[string]azuretest.Token{"personal": {User: "lock@acme.example"}})
	s.Push(line)
	var err error
	b.o.Forge, err = forge.Open(forge.Config{Kind: "azure", URL: s.URL(), Repo: "Api Platform/apis", Token: "personal", HTTP: &http.Client{Transport: s}})
	if err != nil {
		t.Fatal(err)
	}
	page := s.URL() + "/Api%20Platform/_git/apis?path=/tree/"
	return &desk{
		bench: b, limit: 4000,
		body:     func() string { return s.Pull(1).Description },
		comments: func() []string { return s.Comments(1) },
		writes: func() []string {
			return slices.DeleteFunc(azuretest.Writes(s.Calls()), func(c string) bool { return strings.HasSuffix(c, "/pullRequests") }) // asks for permission
		},
		fail:  func() { s.Fail(azuretest.Fault{Method: http.MethodPost, Path: "/threads", Status: 500}) },
		pages: [2]string{page, page},
	}
}

// desks are the forges with the longest and the shortest limit that bodies meet.
var desks = map[string]func(*testing.T) *desk{"GitHub": newGitHubDesk, "Azure DevOps": newAzureDesk}

// fill puts so many APIs on the gateway.
func (d *desk) fill(n int) {
	for i := range n {
		d.put("api", fmt.Sprintf("名前 %03d %s", i, strings.Repeat("x", 200)), "one")
	}
}

// rows counts the resources that a text tells of.
func rows(text string) int { return strings.Count(text, "\n| added | api ") }

func mustFit(t *testing.T, d *desk) {
	t.Helper()
	if n := len(utf16.Encode([]rune(d.body()))); n > d.limit {
		t.Errorf("body: got %d units, want %d at most", n, d.limit)
	}
}

// TestLongDescriptions grows and shrinks a pull request beyond what a body takes,
// from one that is small and from none.
func TestLongDescriptions(t *testing.T) {
	t.Parallel()
	for name, open := range desks {
		for _, step := range []string{"create", "update"} {
			t.Run(name+" "+step, func(t *testing.T) {
				t.Parallel()
				d := open(t)
				const many = 190
				if step == "update" {
					d.fill(2)
					d.run()
					mustFit(t, d)
					if len(d.comments()) != 0 || rows(d.body()) != 2 || !strings.Contains(d.body(), "]("+d.pages[0]+"apis/") {
						t.Errorf("small: got comments %q, body %s", d.comments(), d.body())
					}
				}
				d.fill(many)
				d.run()
				mustFit(t, d)
				tree := d.git("-C", d.path, "rev-parse", line+"^{tree}")[:12]
				if !strings.Contains(d.body(), "_Left out for length: links to files, ") || rows(d.body()) == many || !strings.Contains(d.body(), "_All of it is in the comments of the tree `"+tree+"`._") {
					t.Errorf("body: got %s at the end", d.body()[len(d.body())-300:])
				}
				shown, comments := 0, d.comments()
				for i, c := range comments {
					_, c, _ = strings.Cut(c, "\n")
					shown += rows(c)
					part := fmt.Sprintf(", part %d of %d", i+1, len(comments))
					if len(comments) == 1 {
						part = ""
					}
					if !strings.HasPrefix(c, "The whole description of the tree `"+tree+"`"+part+". ") {
						t.Errorf("comment %d begins with %.200s", i, c)
					}
					if strings.Contains(c, "left out") {
						t.Errorf("comment %d leaves something out", i)
					}
				}
				if shown != many || len(comments) == 0 {
					t.Errorf("got %d resources in %d comments, want %d", shown, len(comments), many)
				}
				if m, _, _ := forge.ParseMark(d.body()); m.Parts != len(comments) {
					t.Errorf("mark: got %d parts, want %d", m.Parts, len(comments))
				}
				d.quiet()
				if step == "create" {
					return
				}
				for i := 2; i < many; i++ {
					d.delete("api", fmt.Sprintf("名前 %03d %s", i, strings.Repeat("x", 200)))
				}
				d.run()
				mustFit(t, d)
				for _, c := range d.comments() {
					if !strings.HasSuffix(strings.TrimSpace(c), "The pull request says everything itself: what stood here was of another tree.") {
						t.Errorf("small again: got comment %.200s", c)
					}
				}
				if rows(d.body()) != 2 || strings.Contains(d.body(), "All of it") || len(d.comments()) != len(comments) {
					t.Errorf("small again: got %d comments, body %s", len(d.comments()), d.body())
				}
				d.quiet()
			})
		}
	}
}

// quiet runs again and fails the test if the forge is written to.
func (d *desk) quiet() {
	d.Helper()
	d.o.Run += "0"
	d.writes()
	if out := d.bench.run(); out.Pushed {
		d.Errorf("the same again was pushed: %+v", out)
	}
	if got := d.writes(); len(got) > 0 {
		d.Errorf("the same again: got %q, want no writes", got)
	}
}

// TestAFailedCommentIsMadeUpFor has the run end between pull request and comment.
func TestAFailedCommentIsMadeUpFor(t *testing.T) {
	t.Parallel()
	d := newAzureDesk(t)
	d.fill(50)
	d.fail()
	if _, err := propose.Run(t.Context(), d.o); err == nil || !strings.Contains(err.Error(), "write the whole description below pull request 1") {
		t.Errorf("got %v, want an error of the comment", err)
	}
	d.run()
	if got := d.comments(); len(got) != 1 || rows(got[0]) != 50 {
		t.Errorf("comments: got %d, want one with all", len(got))
	}
}

// TestManyParts has more to say than there are comments for.
func TestManyParts(t *testing.T) {
	t.Parallel()
	d := newAzureDesk(t)
	d.o.Forge = terse{d.o.Forge}
	d.fill(300)
	d.run()
	got := d.comments()
	if len(got) != 10 || !regexp.MustCompile(`_\d+ more parts are left out: see the files`).MatchString(got[9]) || strings.Contains(got[8], "left out") {
		t.Errorf("comments: got %d, the last %s", len(got), got[len(got)-1])
	}
	d.quiet()
}

// terse is a forge that takes short comments.
type terse struct{ forge.Forge }

func (f terse) Abilities() forge.Abilities {
	a := f.Forge.Abilities()
	a.CommentLimit = 3000
	return a
}

// TestTheMarkNamesTheRun keeps the run that proposed a tree until there is another
// tree.
func TestTheMarkNamesTheRun(t *testing.T) {
	t.Parallel()
	d := newGitHubDesk(t)
	mark := func() forge.Mark {
		m, _, ok := forge.ParseMark(d.body())
		if !ok {
			t.Errorf("no mark in %s", d.body())
		}
		return m
	}
	d.o.Run = "https://ci.example.com/1?a=b--c"
	d.put("api", "a", "one")
	d.run()
	first := mark()
	if tree := d.git("-C", d.path, "rev-parse", line+"^{tree}"); first.Run != d.o.Run || first.Tree != tree || first.ID != "memory/test" {
		t.Errorf("mark: got %+v, want run %s and tree %s", first, d.o.Run, tree)
	}
	was := d.o.Run
	d.quiet()
	if got := mark(); got.Run != was {
		t.Errorf("the same tree: got run %s, want %s", got.Run, was)
	}
	d.put("api", "a", "two")
	d.run()
	if got := mark(); got.Run != d.o.Run || got.Tree == first.Tree {
		t.Errorf("another tree: got %+v, want run %s", got, d.o.Run)
	}
	d.o.Run = strings.Repeat("x", 300)
	d.put("api", "a", "three")
	d.run()
	if got := mark(); got.Run != "" {
		t.Errorf("a run of 300 bytes: got %s, want none", got.Run)
	}
}

// TestLinksLeadToTheBranchThatHasTheFile has one file removed and one written.
func TestLinksLeadToTheBranchThatHasTheFile(t *testing.T) {
	t.Parallel()
	for name, open := range desks {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := open(t)
			d.put("tag", "gone", "one")
			d.move("main", d.run().Commit.String())
			d.delete("tag", "gone")
			d.put("api", "a#(b)", "one")
			d.run()
			body := d.body()
			for _, want := range []string{
				"| [`tags/gone/tag.json`](" + d.pages[1] + "tags/gone/tag.json",
				"| [`apis/a#(b)/api.json`](" + d.pages[0] + "apis/a%23%28b%29/api.json",
			} {
				if !strings.Contains(body, want) {
					t.Errorf("got %s, want %s in it", body, want)
				}
			}
			if message := d.git("-C", d.path, "log", "-1", "--format=%B", line); strings.Contains(message, "](") || !strings.Contains(message, "`tags/gone/tag.json`") {
				t.Errorf("the commit says %s", message)
			}
		})
	}
}
