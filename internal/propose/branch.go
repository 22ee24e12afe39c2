package propose

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"

	"github.com/lockstep-apiops/lockstep/internal/git"
)

// The trailers of this package's commits.
const (
	instanceTrailer = "Lockstep-Instance" // the gateway
	baseTrailer     = "Lockstep-Base"     // commit that was extracted over
	treeTrailer     = "Lockstep-Tree"     // of the commit itself
	partTrailer     = "Lockstep-Part"     // of the gateway that was read
)

// A branch is one that may carry the change, as it is now.
type branch struct {
	name string
	head git.CommitInfo // zero: it is not there
	// own are the commits that the base lacks, the newest first. They are
	// not known of a branch that is one commit of ours on its base.
	own []git.CommitInfo
	// people are those of them that are not ours.
	people []git.CommitInfo
	// fork is the commit of the base that the branch has last. If there are
	// people, machine is what its files would be without them.
	fork    git.Hash
	machine git.Hash
	// stranger is set if none of its commits is of this gateway.
	stranger bool
}

// free reports whether the branch holds nothing that the base lacks.
func (b *branch) free() bool { return b.head.Hash.IsZero() || b.fork == b.head.Hash }

// authors returns who else committed, sorted.
func (b *branch) authors() []string {
	names := map[string]bool{}
	for _, c := range b.people {
		p := c.Author
		if marks(c)[treeTrailer] != "" {
			p = c.Committer // who changed one of ours
		}
		names[cmp.Or(p.Name, p.Email)] = true
	}
	return slices.Sorted(maps.Keys(names))
}

// instance is how commits name the gateway, and the part of it that is read.
func (r *run) instance() string {
	name := r.Meta.Product + "/" + r.Meta.Instance
	if r.Meta.Scope != "" {
		name += "#" + r.Meta.Scope
	}
	return strings.Join(strings.FieldsFunc(strings.ToValidUTF8(name, "?"), func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r)
	}), " ")
}

// marks returns the trailers of a commit by key, the last of each.
func marks(c git.CommitInfo) map[string]string {
	m := map[string]string{}
	for _, t := range git.Trailers(c.Message) {
		m[t.Key] = t.Value
	}
	return m
}

// mine reports whether this package made a commit for the gateway, and nobody
// has changed its files since.
func (r *run) mine(c git.CommitInfo) bool {
	m := marks(c)
	return m[instanceTrailer] == r.instance() && m[treeTrailer] == c.Tree.String()
}

// read finds out whose the commits on a branch are that the base lacks. A
// stranger's branch is nil, unless it may not be one.
func (r *run) read(ctx context.Context, name string, at, base git.Hash, must bool) (*branch, error) {
	b := &branch{name: name}
	if at.IsZero() {
		return b, nil
	}
	err := r.readCommits(ctx, b, at, base)
	if err == nil && b.stranger && !must {
		return nil, nil
	}
	if err == nil {
		err = b.taken()
	}
	if err == nil && len(b.own) > 0 {
		err = r.weigh(ctx, b)
	}
	if err != nil {
		return nil, fmt.Errorf("read branch %s: %w", name, err)
	}
	return b, nil
}

func (r *run) readCommits(ctx context.Context, b *branch, at, base git.Hash) (err error) {
	if b.head, err = r.Repo.Commit(ctx, at); err != nil {
		return err
	}
	if len(b.head.Parents) == 1 && r.mine(b.head) && marks(b.head)[baseTrailer] == b.head.Parents[0].String() {
		b.fork = b.head.Parents[0]
		return nil // the usual case, which needs no history
	}
	if b.own, err = r.Repo.Since(ctx, base, at); err != nil {
		return err
	}
	if len(b.own) == 0 {
		b.fork, b.stranger = at, !r.mine(b.head)
		return nil
	}
	for _, c := range b.own {
		if !r.mine(c) {
			b.people = append(b.people, c)
		}
	}
	b.stranger = len(b.people) == len(b.own)
	return nil
}

// taken returns an error if a branch that none of our commits is on is another
// gateway's: two that keep each other's commits as those of people never take
// back what is over.
func (b *branch) taken() error {
	for _, c := range b.own {
		if m := marks(c); b.stranger && m[instanceTrailer] != "" && m[treeTrailer] == c.Tree.String() {
			return fmt.Errorf("it is that of %s: give each a branch of its own, by the name of its scope or of the branch (--scope, --branch)", m[instanceTrailer])
		}
	}
	return nil
}

// weigh finds out what people's commits come to.
func (r *run) weigh(ctx context.Context, b *branch) (err error) {
	if b.fork, err = r.fork(ctx, b); err != nil || len(b.people) == 0 {
		return err
	}
	if b.machine, err = r.machine(ctx, b); err != nil {
		return err
	}
	// Bringing a branch up to date with its base is nobody's work.
	isMerge := func(c git.CommitInfo) bool { return len(c.Parents) > 1 }
	if b.machine == b.head.Tree && !slices.ContainsFunc(b.people, func(c git.CommitInfo) bool { return !isMerge(c) }) {
		b.people = nil
	}
	return nil
}

// fork returns the commit of the base that the branch has last.
func (r *run) fork(ctx context.Context, b *branch) (git.Hash, error) {
	own := map[git.Hash]bool{}
	for _, c := range b.own {
		own[c.Hash] = true
	}
	var edge []git.Hash
	for _, c := range b.own {
		for _, p := range c.Parents {
			if !own[p] && !slices.Contains(edge, p) {
				edge = append(edge, p)
			}
		}
	}
	if len(edge) == 0 {
		return git.Hash{}, errors.New("it has no commit in common with the base: delete it, or name another branch")
	}
	// Of those that come one before the other, only the last counts.
	last := edge[0]
	for _, h := range edge[1:] {
		answer, err := r.Repo.IsAncestor(ctx, last, h)
		if err != nil {
			return git.Hash{}, err
		}
		if answer == git.Yes {
			last = h
		}
	}
	return last, nil
}

// machine returns the tree that a branch would have if nobody but this
// package had committed to it: its fork, with what our commits did.
func (r *run) machine(ctx context.Context, b *branch) (git.Hash, error) {
	if err := r.Repo.Deepen(ctx, b.head.Hash, len(b.own)+1); err != nil {
		return git.Hash{}, err
	}
	did := map[string]git.Change{}
	for _, c := range slices.Backward(r.line(b)) {
		if err := r.addChanges(ctx, did, c); err != nil {
			return git.Hash{}, err
		}
	}
	stage, err := r.Repo.Stage(ctx, b.fork)
	if err != nil {
		return git.Hash{}, err
	}
	// What is deleted comes before what takes its place below it.
	for _, path := range slices.Sorted(maps.Keys(did)) {
		if err := stage.Apply([]git.Change{did[path]}); err != nil {
			return git.Hash{}, err
		}
	}
	return stage.Write(ctx)
}

// line returns our commits along first parents, the newest first.
func (r *run) line(b *branch) []git.CommitInfo {
	own := map[git.Hash]git.CommitInfo{}
	for _, c := range b.own {
		own[c.Hash] = c
	}
	var list []git.CommitInfo
	for c, ok := own[b.head.Hash]; ok; c, ok = own[c.Parents[0]] {
		if r.mine(c) {
			list = append(list, c)
		}
		if len(c.Parents) == 0 {
			break
		}
	}
	return list
}

// addChanges adds what one of our commits did to its first parent. Where it
// took over what the base has, the base goes on to count.
func (r *run) addChanges(ctx context.Context, did map[string]git.Change, c git.CommitInfo) error {
	if len(c.Parents) == 0 {
		return nil
	}
	var trees []*git.Tree
	for _, h := range append([]git.Hash{c.Hash}, c.Parents...) {
		t, err := r.Repo.Tree(ctx, h)
		if err != nil {
			return err
		}
		trees = append(trees, t)
	}
	changes, err := git.Diff(trees[1], trees[0])
	if err != nil {
		return err
	}
	for _, change := range changes {
		if len(trees) > 2 && hashOf(trees[2], change.Path) == change.NewHash {
			delete(did, change.Path)
			continue
		}
		did[change.Path] = change
	}
	return nil
}
