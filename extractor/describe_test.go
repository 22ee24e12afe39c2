package extractor

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-apiops/lockstep/artifacts"
	"github.com/lockstep-apiops/lockstep/gateway"
)

func someResult() Result {
	r := Result{
		Read: 42,
		Changes: []ResourceChange{
			{Key: gateway.NewKey("tag", "new"), Op: Added, Files: []string{"tags/new/tagInformation.json"}},
			{Key: gateway.NewKey("api", "orders"), Op: Changed, Files: []string{"a", "b", "c", "d", "e", "f"}, Fields: []string{"properties.displayName", "specification.yaml"}},
			{Key: gateway.NewKey("operation", "orders", "a|b"), Op: Removed, Files: []string{"apis/orders/operations/a%7Cb/operationInformation.json"}},
		},
		Notes: []gateway.Note{
			{Kind: "gateway", Err: fmt.Errorf("list: %w", gateway.ErrUnsupported)},
			{Kind: "wiki", Parent: gateway.NewKey("api", "@all"), Err: gateway.ErrUnsupported},
			{Text: "asking for every resource instead"},
		},
		Unmanaged: []gateway.Unmanaged{{Name: "users", Count: 12, Why: "runtime state"}},
		Problems: []artifacts.Problem{
			{Level: artifacts.Info, Path: "README.md", Text: "not managed"},
			{Level: artifacts.Warning, Path: "Apis", Text: "not used: it must be spelt apis"},
		},
	}
	r.sort()
	return r
}

func TestDescribe(t *testing.T) {
	got := Describe(someResult(), Meta{Product: "apim", Instance: "contoso"})
	if want := "Bring artifacts in line with apim contoso: 1 removed, 1 changed, 1 added"; got.Title != want || !got.Whole {
		t.Errorf("got title %q, whole %t; want %q", got.Title, got.Whole, want)
	}
	want := "**1 removed, 1 changed, 1 added** in `apim` gateway `contoso`, of which 42 resources were read.\n" +
		"\n| | Resource | Files |\n|---|---|---|\n" +
		"| **removed** | operation <code>orders&#47;a&#124;b</code> | `apis/orders/operations/a%7Cb/operationInformation.json` |\n" +
		"| changed | api `orders` | `a`, `b`, `c`, `d`, and 2 more |\n" +
		"| added | tag `new` | `tags/new/tagInformation.json` |\n" +
		"\n<details><summary>What changed in each</summary>\n\n" +
		"- api `orders`: `properties.displayName`, `specification.yaml`\n" +
		"\n</details>\n" +
		"\n**Notes**\n\n" +
		"- `asking for every resource instead`\n" +
		"- `not read: gateway resources: list: not available on this gateway's tier`\n" +
		"- `not read: wiki resources of api @all: not offered there`\n" +
		"- seen, not managed: 12 users (runtime state)\n" +
		"- `Apis`: `not used: it must be spelt apis`\n"
	if d := cmp.Diff(got.Body, want); d != "" {
		t.Error(d)
	}
}

func TestDescribeNothing(t *testing.T) {
	got := Describe(Result{Read: 1}, Meta{Product: "apim", Instance: "x", Mermaid: true})
	want := Description{
		Title: "Bring artifacts in line with apim x: no changes",
		Body:  "**no changes** in `apim` gateway `x`, of which 1 resource was read.\n", Whole: true,
	}
	if d := cmp.Diff(got, want); d != "" {
		t.Error(d)
	}
}

// No name breaks out of its cell, calls anybody or becomes markup.
func TestDescribeHostileNames(t *testing.T) {
	for _, name := range []string{
		"@team", "#1", "a|b", "`code`", "``", "<script>", "</details>", "a\nb", "\u202eevil", "![x](http://x)", `back\slash`, " lead", "&amp;", "*", "\xff",
	} {
		key := gateway.NewKey("api", name)
		r := Result{
			Changes:    []ResourceChange{{Key: key, Op: Changed, Files: []string{name}, Fields: []string{name}}},
			Dependents: []Dependent{{Key: key.Child("policy", name), On: key}},
			Notes:      []gateway.Note{{Text: name}},
		}
		body := Describe(r, Meta{Product: "p", Instance: name, Mermaid: true, File: func(string, bool) string { return "https://forge.example/f" }}).Body
		body, graph := cutGraph(body)
		if drawn := `  n0["api `; strings.Count(graph, drawn) != 1 || strings.Count(graph, "\"") != 4 || strings.Count(graph, "\n") != 7 {
			t.Errorf("%q: breaks out of its node: %q", name, graph)
		}
		if n := strings.Count(body, "](https://forge.example/f)"); n != 1 {
			t.Errorf("%q: got %d links: %q", name, n, body)
		}
		body = strings.NewReplacer("| [", "| ", "](https://forge.example/f)", "").Replace(body)
		if !utf8.ValidString(body) || strings.ContainsAny(body, "\u202e") {
			t.Errorf("%q: hidden characters in %q", name, body)
		}
		for line := range strings.Lines(body) {
			if strings.HasPrefix(line, "| changed") && strings.Count(line, "|") != 4 {
				t.Errorf("%q: breaks its row: %q", name, line)
			}
			outside := ""
			for i, part := range strings.Split(line, "`") {
				if i%2 == 0 {
					outside += part
				}
			}
			if strings.Count(line, "`")%2 != 0 || strings.ContainsAny(outside, "@![]\\") || strings.Contains(outside, "<script") {
				t.Errorf("%q: is more than text in %q", name, line)
			}
		}
		if n := strings.Count(body, "<details>"); n != 1 {
			t.Errorf("%q: %d details", name, n)
		}
	}
}

// cutGraph takes the graph out of a body.
func cutGraph(body string) (rest, graph string) {
	before, after, _ := strings.Cut(body, "```mermaid\n")
	graph, after, _ = strings.Cut(after, "```\n")
	return before + after, graph
}

func TestDescribeLinks(t *testing.T) {
	r := someResult()
	r.Changes[0].Gone = []string{"b"}
	file := func(path string, gone bool) string {
		if path == "c" {
			return ""
		}
		return fmt.Sprintf("https://forge.example/%t/%s", gone, path)
	}
	body := Describe(r, Meta{File: file}).Body
	want := "| changed | api `orders` | [`a`](https://forge.example/false/a), [`b`](https://forge.example/true/b), `c`, " +
		"[`d`](https://forge.example/false/d), and 2 more |\n"
	if !strings.Contains(body, want) {
		t.Errorf("got %s, want %s in it", body, want)
	}
}

// bigResult has more than any limit takes.
func bigResult() Result {
	r := someResult()
	for i := range 500 {
		r.Changes = append(r.Changes, ResourceChange{
			Key: gateway.NewKey("api", fmt.Sprintf("ü-%03d", i)), Op: Changed, Files: []string{fmt.Sprintf("apis/ü-%03d/apiInformation.json", i)}, Fields: []string{"properties.x"},
		})
	}
	for i := range 40 {
		r.Dependents = append(r.Dependents, Dependent{Key: gateway.NewKey("tag", fmt.Sprint("t", i)), On: gateway.NewKey("api", "ü-001")})
	}
	return r
}

func TestDescribeLimit(t *testing.T) {
	r := bigResult()
	m := Meta{
		Product: "apim", Instance: "contoso", Mermaid: true, Elsewhere: "It is in a comment.",
		File: func(path string, _ bool) string { return "https://forge.example/" + path },
	}
	full := Describe(r, m)
	if !full.Whole {
		t.Errorf("without a limit: it is not whole")
	}
	for limit := 1; limit < len(full.Body)+10; limit += 1 + limit/20 {
		m.Limit = limit
		got := Describe(r, m)
		body := got.Body
		if len(body) > limit || !utf8.ValidString(body) {
			t.Fatalf("limit %d: got %d bytes", limit, len(body))
		}
		if limit > 400 && (!strings.HasPrefix(body, "**1 removed, 501 changed, 1 added** in") || strings.Count(body, "<details>") != strings.Count(body, "</details>")) {
			t.Fatalf("limit %d: got %q", limit, body)
		}
		if whole := body == full.Body; got.Whole != whole || limit > 600 && whole == strings.HasSuffix(body, "._ It is in a comment.\n") {
			t.Fatalf("limit %d, whole %t: does not tell what it leaves out: %q", limit, got.Whole, body)
		}
	}
	m.Limit = 4000
	body := Describe(r, m).Body
	for _, want := range []string{"| **removed** |", "not read: gateway", "Left out for length: links to files, the graph of what depends on it, ", "of 503 resources, 501 of 501 lines of detail._"} {
		if !strings.Contains(body, want) {
			t.Errorf("lacks %q:\n%s", want, body)
		}
	}
}

// Links and the graph go before a resource does.
func TestDescribeWithoutLinks(t *testing.T) {
	r := bigResult()
	m := Meta{Mermaid: true, File: func(path string, _ bool) string { return "https://forge.example/" + path }}
	m.Limit = len(Describe(r, m).Body) - 1
	got := Describe(r, m)
	if got.Whole || strings.Contains(got.Body, "](") || strings.Contains(got.Body, "mermaid") || strings.Count(got.Body, "\n| ") != 504 ||
		!strings.HasSuffix(got.Body, "\n_Left out for length: links to files, the graph of what depends on it._\n") {
		t.Errorf("whole %t: %.300s ... %s", got.Whole, got.Body, got.Body[len(got.Body)-200:])
	}
}

// The parts have all lines, in order, and each begins its own table or list.
func TestDetails(t *testing.T) {
	r := bigResult()
	m := Meta{Product: "apim", Instance: "contoso", Mermaid: true, File: func(path string, _ bool) string { return "https://forge.example/" + path }}
	full := Describe(r, m).Body
	if d := cmp.Diff(Details(r, m), []string{full}); d != "" {
		t.Errorf("without a limit: %s", d)
	}
	lines := func(text string) (out []string) {
		for line := range strings.Lines(text) {
			if strings.HasPrefix(line, "| ") && !strings.HasPrefix(line, "| |") || strings.HasPrefix(line, "- ") || strings.HasPrefix(line, "  n") || strings.HasPrefix(line, "**") {
				out = append(out, line)
			}
		}
		return out
	}
	// A graph is drawn once or not at all, so it may begin a part.
	for _, limit := range []int{2500, 4000, 20000, len(full) - 1, len(full)} {
		m.Limit = limit
		parts := Details(r, m)
		if n := len(full)/limit + 1; len(parts) < n-1 || len(parts) > 2*n {
			t.Errorf("limit %d: got %d parts of %d bytes", limit, len(parts), len(full))
		}
		for i, part := range parts {
			if len(part) > limit || strings.Count(part, "<details>") != strings.Count(part, "</details>") || strings.Count(part, "```")%2 != 0 {
				t.Errorf("limit %d: part %d has %d bytes, or leaves something open: %s", limit, i, len(part), part)
			}
			if i > 0 && strings.Contains(part, "\n| ") && !strings.Contains(part, "\n|---|") {
				t.Errorf("limit %d: part %d has a table without a head: %.200s", limit, i, part)
			}
		}
		got := slices.DeleteFunc(lines(strings.Join(parts, "")), func(l string) bool { return strings.HasPrefix(l, "**Notes") })
		want := slices.DeleteFunc(lines(full), func(l string) bool { return strings.HasPrefix(l, "**Notes") })
		if d := cmp.Diff(got, want); d != "" {
			t.Errorf("limit %d: lines, got -, want +:\n%s", limit, d)
		}
	}
	for limit := range 300 {
		m.Limit = limit + 1
		for _, part := range Details(r, m) {
			if len(part) > m.Limit || !utf8.ValidString(part) {
				t.Fatalf("limit %d: got %d bytes", m.Limit, len(part))
			}
		}
	}
}
