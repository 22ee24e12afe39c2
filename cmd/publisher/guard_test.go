package main

import (
	"crypto/ed25519"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/lockstep-apiops/lockstep/internal/git"
	"github.com/lockstep-apiops/lockstep/internal/guard"
)

// onPull is the environment of a job for pull request 1.
const onPull = "GITHUB_ACTIONS=true GITHUB_REF=refs/pull/1/merge GITHUB_HEAD_REF=topic GITHUB_BASE_REF=main " +
	"GITHUB_SERVER_URL=https://github.example GITHUB_REPOSITORY=acme/apis GITHUB_RUN_ID=42"

// merge merges a pull request that people approved, as a commit that changes
// something.
func (w *world) merge(people ...string) {
	w.Helper()
	n := w.github.FromFork("dana/apis", "topic", "main")
	for _, who := range people {
		w.github.Review(n, who, "APPROVED")
	}
	w.commit(nil, w.github.Merge(n), describe("merged"))
}

func TestApprovals(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		make  func(*world)
		env   string
		args  []string
		code  int
		texts []string
	}{
		{
			"approved and protected", func(w *world) { w.merge("ann"); w.github.Protect("main", true) },
			"", []string{"--require-approvals=1", "--require-protected-branch"}, 0,
			[]string{"held: approvals: pull request 1 was approved by ann", "held: protected branch: main is protected", "1 updated"},
		},
		{
			"not enough", func(w *world) { w.merge("ann", "eve") },
			"", []string{"--require-approvals=2"}, 1,
			[]string{"refused: approvals: pull request 1 has 1 of 2 approvals by others than its author who may write; eve may not"},
		},
		{
			"a plan tells as well", func(w *world) { w.merge("ann") },
			"", []string{"plan", "--require-approvals=2", "--require-protected-branch"}, 1,
			[]string{"1 to update", "pull request 1 has 1 of 2", "anybody who may write can push to main"},
		},
		{
			"pushed", func(w *world) { w.commit(nil, w.github.Push("main"), describe("pushed")) },
			"", []string{"--require-approvals=1"}, 1, []string{"was not merged into main by a pull request"},
		},
		{
			"merged into another branch", func(w *world) { w.merge("ann") },
			"", []string{"--require-approvals=1", "--base=release"}, 1, []string{"was not merged into release by a pull request"},
		},
		{
			"a token that may not ask", func(w *world) { w.merge("ann") },
			"LOCKSTEP_FORGE_TOKEN=" + secret + "-reader", []string{"--require-approvals=1"}, 1,
			[]string{"could not be learned: the token needs the permission pull-requests: read"},
		},
		{
			"a plan before the merge", func(w *world) {
				w.commit(nil, w.github.Push("topic"), describe("proposed"))
				w.github.Protect("main", false)
			},
			onPull, []string{"plan", "--require-approvals=1", "--require-protected-branch"}, 0,
			[]string{"later: approvals: the pull request is not merged yet", "held: protected branch"},
		},
		{
			"no more than a plan before the merge", func(w *world) { w.commit(nil, w.github.Push("topic"), describe("proposed")) },
			onPull, []string{"--require-approvals=1"}, 1, []string{"was not merged into main"},
		},
		{
			"a forge without people", func(*world) {},
			"", []string{"--forge=local", "--require-approvals=1", "--require-protected-branch", "--require-signed-commits"}, 1,
			[]string{`the forge "local" does not know who approved what`, `the forge "local" protects no branches`, "with --keyring or --allowed-signers"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			tt.make(w)
			w.expect(tt.code, tt.env, tt.args, tt.texts...)
			done := tt.code == 0 && tt.args[0] != "plan"
			if _, out := w.run("", "plan"); strings.Contains(out, "nothing to do") != done && tt.name != "a forge without people" {
				t.Errorf("a plan says\n%s\nafter a run that ended with %d", out, tt.code)
			}
		})
	}
}

// TestRecordIsNotOverwritten has another run finish first.
func TestRecordIsNotOverwritten(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const ref = "refs/lockstep/published/contoso"
	first := w.commit(nil, "", describe("first"))
	w.expect(0, "", []string{"--record"}, "recorded: "+first.String()[:12])
	second := w.commit(nil, "", describe("second"))
	var theirs git.Hash
	w.onWrite = func() {
		w.onWrite = nil
		refs, err := w.repo.Refs(w.Context(), ref)
		w.must(err)
		c, err := w.repo.Commit(w.Context(), refs[0].Hash)
		w.must(err)
		c.Message = strings.TrimSpace(c.Message) + "\nLockstep-By: somebody else\n"
		theirs, err = w.repo.CommitTree(c.Tree, c.Meta)
		w.must(err)
		w.must(w.repo.Push(w.Context(), ref, theirs, refs[0].Hash))
	}
	w.expect(1, "", []string{"--record"}, "1 updated", "published, but not recorded: another run recorded something at the same time")
	refs, err := w.repo.Refs(t.Context(), ref)
	if err != nil || len(refs) != 1 || refs[0].Hash != theirs {
		t.Errorf("the record is at %v, %v, want it where the other run left it", refs, err)
	}
	w.expect(0, "", []string{"--record"}, "recorded: "+second.String()[:12])
}

// TestOriginKeepsItsSecret has a checkout whose remote holds a token, as some CI
// systems make them.
func TestOriginKeepsItsSecret(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	config := "[core]\n\tbare = true\n[remote \"origin\"]\n\turl = http://ci:" + secret + "@127.0.0.1:1/apis.git\n"
	w.must(os.WriteFile(filepath.Join(w.dir, "config"), []byte(config), 0o600))
	w.expect(1, "", []string{"--record", "--log-level=debug"}, "read record: ") // where the secret would show, expect fails
	w.expect(1, "", []string{"plan", "--require-approvals=1", "--log-level=debug"}, "127.0.0.1:1")
	w.expect(0, "", []string{"plan"}, "nothing to do")
}

// newKey makes a key: what signs with it, and its line of allowed signers.
func newKey(t *testing.T) (git.Signer, string) {
	t.Helper()
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	block, err := ssh.MarshalPrivateKey(private, "")
	if err != nil {
		t.Fatal(err)
	}
	signer, err := git.NewSSHSigner(pem.EncodeToMemory(block), nil)
	if err != nil {
		t.Fatal(err)
	}
	key, err := ssh.NewPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	return signer, "dana@example.com " + string(ssh.MarshalAuthorizedKey(key))
}

func TestSignatures(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	signer, line := newKey(t)
	stranger, _ := newKey(t)
	allowed := filepath.Join(t.TempDir(), "allowed")
	w.must(os.WriteFile(allowed, []byte(line), 0o600))
	keys := []string{"plan", "--require-signed-commits", "--allowed-signers=" + allowed}
	byForge := []string{"plan", "--require-signed-commits"}

	first := w.github.Push("main")
	w.commit(signer, first, describe("one"))
	w.expect(0, "", keys, "held: signed commits: the commit has a good signature")
	w.expect(0, "LOCKSTEP_FORGE=local", keys, "held: signed commits")
	w.expect(1, "", byForge, "refused: signed commits: commit ", ": unsigned")
	w.github.Sign(first, "valid")
	w.expect(0, "", byForge, "held: signed commits: the commit has a good signature")

	w.commit(stranger, w.github.Push("main"), describe("two"))
	w.expect(1, "", keys, "is not among the allowed signers")
	w.commit(signer, w.github.Push("main"), describe("three"))
	w.expect(0, "", keys, "held: signed commits")
	w.expect(1, "", append(keys, "--since=HEAD~2"), "is not among the allowed signers")
	w.expect(0, "", append(keys, "--since=HEAD~1"), "held: signed commits: the commit has a good signature")
	w.expect(1, "COMMIT_ID=HEAD~1", keys, "is not among the allowed signers")

	// From the commit that was recorded on, all must be signed.
	w.expect(0, "", []string{"--record", "--commit=HEAD~2"}, "recorded: ")
	w.expect(1, "", append(keys, "--record"), "is not among the allowed signers")
	w.expect(0, "", []string{"--record", "--commit=HEAD~1"}, "recorded: ")
	w.expect(0, "", append(keys, "--record"), "held: signed commits")

	// What a CI system merges on trial, nobody signs; what is in it, people do.
	w.commit(signer, w.github.Push("main"), describe("proposed"))
	w.trial()
	w.expect(0, onPull, keys, "later: signed commits: a merge on trial")
	w.expect(0, onPull, append(keys, "--since=HEAD~1"), "held: signed commits: the commit has a good signature")
	w.expect(1, "", keys, "it is not signed")

	w.expect(2, "", []string{"--require-approvals=-1"}, "--require-approvals -1: a number from 0")
	w.expect(1, "", []string{"plan", "--require-signed-commits", "--keyring=" + allowed + ".none"}, "read --keyring")
}

// TestRecordOfAnother has the record be that of a gateway of the same name.
func TestRecordOfAnother(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const ref = "refs/lockstep/published/contoso"
	first := w.commit(nil, "", describe("first"))
	c, err := w.repo.Commit(t.Context(), first)
	w.must(err)
	another := guard.Record{Target: "another contoso", Commit: first}
	at, err := w.repo.CommitTree(c.Tree, another.Meta(git.Hash{}, time.Unix(1700000000, 0)))
	w.must(err)
	w.must(w.repo.Push(t.Context(), ref, at, git.Hash{}))
	for _, args := range [][]string{{"--record"}, {"plan", "--since=last"}} {
		w.expect(1, "", args, "it is that of another contoso, and this is apim contoso", "--environment")
	}
	w.expect(0, "", []string{"--record", "--environment=dev"}, "1 updated", "recorded: ")
}
