package propose_test

import (
	"context"
	"errors"
	"iter"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-apiops/lockstep/forge"
	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/gateway/memory"
	"github.com/lockstep-apiops/lockstep/internal/git"
	"github.com/lockstep-apiops/lockstep/internal/propose"
)

// A moody forge fails at one thing.
type moody struct {
	forge.Forge
	fails string
}

var errMood = errors.New("not today")

func (m *moody) fail(what string) error {
	if what == m.fails {
		return errMood
	}
	return nil
}

func (m *moody) Propose(ctx context.Context, p forge.Proposal) (forge.PullRequest, error) {
	if err := m.fail("propose"); err != nil {
		return forge.PullRequest{}, err
	}
	return m.Forge.Propose(ctx, p)
}

func (m *moody) Find(ctx context.Context, head, base string) (forge.PullRequest, bool, error) {
	if err := m.fail("find"); err != nil {
		return forge.PullRequest{}, false, err
	}
	return m.Forge.Find(ctx, head, base)
}

func (m *moody) Close(ctx context.Context, number int, why string) error {
	return errors.Join(m.fail("close"), m.Forge.Close(ctx, number, why), m.fail("close after all"))
}

func (m *moody) Comment(ctx context.Context, number int, mark, body string) error {
	if err := m.fail("comment"); err != nil {
		return err
	}
	return m.Forge.Comment(ctx, number, mark, body)
}

// TestTheForgeFails has the forge fail once in each way: the run after it ends
// where one without the failure does.
func TestTheForgeFails(t *testing.T) {
	drift := func(b *bench) { b.put("api", "a", "one") }
	for _, tc := range []struct {
		fails  string
		before func(b *bench)
		check  func(b *bench, out propose.Outcome)
	}{
		{"propose", drift, func(b *bench, out propose.Outcome) {
			if out.Pushed || !out.Pull.New || out.Pull.Head != line {
				b.Errorf("outcome %+v, want the branch that was pushed opened", out)
			}
		}},
		{"comment", func(b *bench) {
			drift(b)
			b.run()
			b.edit(line, "ann", map[string]string{fileA: "theirs"})
			b.put("api", "a", "two")
		}, func(b *bench, out propose.Outcome) {
			if out.Pushed || out.Branch != line+"-2" || !strings.Contains(b.comments(1), "lockstep/conflict: ") {
				b.Errorf("outcome %+v, comments %s", out, b.comments(1))
			}
		}},
		{"find", vanish, gone},
		{"close", vanish, gone},
		{"close after all", vanish, gone},
	} {
		t.Run(tc.fails, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			tc.before(b)
			local := b.o.Forge
			b.o.Forge = &moody{local, tc.fails}
			if _, err := propose.Run(t.Context(), b.o); !errors.Is(err, errMood) {
				t.Errorf("error %v, want %v", err, errMood)
			}
			b.o.Forge = local
			tc.check(b, b.run())
			b.steady()
		})
	}
}

func vanish(b *bench) {
	b.put("api", "a", "one")
	b.run()
	b.delete("api", "a")
}

func gone(b *bench, out propose.Outcome) {
	pulls, err := b.o.Forge.List(b.Context())
	if err != nil || len(pulls) != 1 || pulls[0].State != forge.StateClosed || b.at(line) != "" {
		b.Errorf("outcome %+v, pull requests %v, %v, branch at %q", out, pulls, err, b.at(line))
	}
}

// counting is a gateway that counts how often it is read.
type counting struct {
	*memory.Gateway
	reads *int
}

func (c counting) List(ctx context.Context, kind string, parent gateway.Key) iter.Seq2[*gateway.Resource, error] {
	if kind == "tag" {
		*c.reads++
	}
	return c.Gateway.List(ctx, kind, parent)
}

// TestLostRaces has somebody move things after they were looked at and before
// the push.
func TestLostRaces(t *testing.T) {
	for _, tc := range []struct {
		name  string
		times int // that it happens
		move  func(b *bench)
		reads int
		err   error
		want  map[string]string
	}{
		{"nobody", 0, func(*bench) {}, 1, nil, map[string]string{fileA: "two"}},
		{"somebody commits to the branch", 1, func(b *bench) {
			b.edit(line, "ann", map[string]string{"docs/a.md": "theirs"})
		}, 1, nil, map[string]string{fileA: "two", "docs/a.md": "theirs"}},
		{"somebody contradicts on the branch", 1, func(b *bench) {
			b.edit(line, "ann", map[string]string{fileA: "theirs"})
		}, 1, nil, map[string]string{fileA: "theirs"}},
		{"the branch is deleted", 1, func(b *bench) {
			b.git("-C", b.path, "branch", "-D", line)
		}, 1, nil, map[string]string{fileA: "two"}},
		{"the base moves elsewhere, too", 1, func(b *bench) {
			b.edit("main", "max", map[string]string{"README": "one"})
			b.edit(line, "ann", map[string]string{"docs/a.md": "theirs"})
		}, 1, nil, map[string]string{fileA: "two", "docs/a.md": "theirs"}},
		{"the base moves in the folder, too", 1, func(b *bench) {
			b.edit("main", "max", map[string]string{"tree/README": "one"})
			b.edit(line, "ann", map[string]string{"docs/a.md": "theirs"})
		}, 2, nil, map[string]string{fileA: "two", "docs/a.md": "theirs"}},
		{"it never ends", 9, func(b *bench) {
			b.edit(line, "ann", map[string]string{"docs/a.md": time.Now().String()})
		}, 1, git.ErrStale, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			b.put("api", "a", "one")
			b.run()
			b.put("api", "a", "two")
			now, times, reads := b.o.Now, 0, 0
			o := b.o
			o.Extract.Gateway = counting{b.g, &reads}
			o.Now = func() time.Time { // the commit is made between look and push
				if times++; times <= tc.times {
					tc.move(b)
				}
				return now()
			}
			out, err := propose.Run(t.Context(), o)
			if !errors.Is(err, tc.err) {
				t.Fatalf("error %v, want %v", err, tc.err)
			}
			if reads != tc.reads {
				t.Errorf("the gateway was read %d times, want %d", reads, tc.reads)
			}
			if tc.err != nil {
				return
			}
			if d := cmp.Diff(b.differs(line), tc.want); d != "" {
				t.Errorf("the branch changes, got -, want +:\n%s", d)
			}
			if _, err := b.tryGit("-C", b.path, "merge-base", "--is-ancestor", "main", out.Branch); err != nil {
				t.Errorf("branch %s is not on the new base: %v", out.Branch, err)
			}
			if text := b.git("-C", b.path, "show", out.Branch+":"+fileA); !strings.Contains(text, "two") {
				t.Errorf("branch %s holds %s", out.Branch, text)
			}
			b.steady()
		})
	}
}

// TestCommitsAreMarked reads what a commit says with the git program.
func TestCommitsAreMarked(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	key := filepath.Join(t.TempDir(), "key")
	if out, err := exec.CommandContext(t.Context(), "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key).CombinedOutput(); err != nil {
		t.Skipf("NOT PROVEN HERE: no key to sign with can be made: %v\n%s", err, out)
	}
	private, err := os.ReadFile(key)
	if err != nil {
		t.Fatal(err)
	}
	public, err := os.ReadFile(key + ".pub")
	if err != nil {
		t.Fatal(err)
	}
	if b.o.Signer, err = git.NewSSHSigner(private, nil); err != nil {
		t.Fatal(err)
	}
	allowed := filepath.Join(t.TempDir(), "allowed")
	if err := os.WriteFile(allowed, append([]byte("lockstep@example.com "), public...), 0o600); err != nil {
		t.Fatal(err)
	}
	b.o.Meta.Instance = "test\nForged: trailer"
	b.o.Committer = git.Person{Name: "pusher", Email: "pusher@example.com"}
	b.o.CoAuthors = []git.Person{{Name: "Ann", Email: "ann@example.com"}}
	b.put("api", "a", "one")
	b.run()
	want := "Lockstep-Instance: memory/test Forged: trailer\n" +
		"Lockstep-Base: " + b.at("main") + "\n" +
		"Lockstep-Tree: " + b.git("-C", b.path, "rev-parse", line+"^{tree}") + "\n" +
		"Co-authored-by: Ann <ann@example.com>"
	if d := cmp.Diff(b.git("-C", b.path, "log", "-1", "--format=%(trailers)", line), want); d != "" {
		t.Errorf("trailers, got -, want +:\n%s", d)
	}
	if got := b.git("-C", b.path, "log", "-1", "--format=%an %cn", line); got != "lockstep pusher" {
		t.Errorf("author and committer: %s", got)
	}
	if out, err := b.tryGit("-C", b.path, "-c", "gpg.ssh.allowedSignersFile="+allowed, "verify-commit", line); err != nil {
		t.Errorf("git verify-commit: %v\n%s", err, out)
	}
	b.steady() // though a signature made again may be another
}
