package propose

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/lockstep-apiops/lockstep/extractor"
	"github.com/lockstep-apiops/lockstep/internal/git"
)

// most is how many branches may stand for one gateway at a time.
const most = 9

// branchName returns the name of the nth branch, from 1.
func (r *run) branchName(n int) string {
	if n == 1 {
		return r.Branch
	}
	return r.Branch + "-" + strconv.Itoa(n)
}

// branches reads all branches that may carry the change, in order. Those but
// the first that have such a name by chance are nil.
func (r *run) branches(ctx context.Context) ([]*branch, error) {
	at, err := r.Repo.Branches(ctx)
	if err != nil {
		return nil, err
	}
	list := make([]*branch, most)
	for i := range list {
		name := r.branchName(i + 1)
		h, _ := git.ParseHash(at[name])
		if list[i], err = r.read(ctx, name, h, r.draft.base.Hash, i == 0); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// push brings the first branch up to date that can carry the change. Those that
// come after it are needless.
func (r *run) push(ctx context.Context) error {
	r.out.Conflicts = nil
	all, err := r.branches(ctx)
	if err != nil {
		return err
	}
	done := false
	for _, b := range all {
		if b == nil || b.free() {
			continue
		}
		if done {
			if err := r.replace(ctx, b); err != nil {
				return err
			}
			continue
		}
		if done, err = r.fit(ctx, b); err != nil {
			return err
		}
	}
	if done {
		return nil
	}
	for _, b := range all {
		if b != nil && b.free() {
			_, err := r.fit(ctx, b)
			return err
		}
	}
	return fmt.Errorf("people committed to all %d branches what contradicts the gateway: merge or delete one of them, and run again", most)
}

// replace takes a branch away that stood beside the one that can carry the
// change by now.
func (r *run) replace(ctx context.Context, b *branch) error {
	const text = "What the gateway says is on this branch again: nothing contradicts it any more."
	if _, err := r.comment(ctx, r.out.Branch, conflictMark, text); err != nil {
		return err
	}
	return r.retire(ctx, b, "The branch "+code(r.out.Branch)+" carries what the gateway says.")
}

// fit makes a branch carry the change, unless people say something else there.
func (r *run) fit(ctx context.Context, b *branch) (bool, error) {
	r.out.Branch = b.name
	tree, parents := r.draft.tree, []git.Hash{r.draft.base.Hash}
	if len(b.people) > 0 {
		merged, files, err := r.Repo.Merge(ctx, b.machine, b.head.Tree, tree)
		if err != nil {
			return false, err
		}
		if len(files) > 0 {
			r.out.Conflicts = append(r.out.Conflicts, Conflict{Branch: b.name, Files: files, People: b.authors()})
			return false, nil
		}
		tree, parents = merged, []git.Hash{b.head.Hash}
		if b.fork != r.draft.base.Hash {
			parents = append(parents, r.draft.base.Hash)
		}
	}
	r.out.Kept = b.authors()
	if b.head.Tree == tree && b.fork == r.draft.base.Hash {
		r.out.Commit = b.head.Hash
		return true, nil
	}
	commit, err := r.Writer.Write(ctx, Write{Branch: b.name, From: b.head.Hash, Tree: tree, Meta: r.meta(tree, parents)})
	if err != nil {
		return false, err
	}
	r.out.Commit, r.out.Pushed = commit, true
	r.out.Other = r.mine(b.head) && marks(b.head)[partTrailer] != r.Part
	return true, nil
}

// meta is what a commit says, which is what changed on the gateway.
func (r *run) meta(tree git.Hash, parents []git.Hash) git.Meta {
	d := extractor.Describe(r.out.Result, r.Meta) // without links: a commit outlives what they lead to
	m := git.Meta{
		Author: r.Author, Committer: r.Committer, CoAuthors: r.CoAuthors, Signer: r.Signer,
		When: r.now(), Message: cmp.Or(r.Title, d.Title) + "\n\n" + d.Body, Parents: parents,
		Trailers: []git.Trailer{
			{Key: instanceTrailer, Value: r.instance()},
			{Key: baseTrailer, Value: r.draft.base.Hash.String()},
			{Key: treeTrailer, Value: tree.String()},
		},
	}
	if r.Part != "" {
		m.Trailers = append(m.Trailers, git.Trailer{Key: partTrailer, Value: r.Part})
	}
	return m
}

// settle clears up after a drift that is gone.
func (r *run) settle(ctx context.Context) error {
	all, err := r.branches(ctx)
	if err != nil {
		return err
	}
	why := fmt.Sprintf("The gateway and %s say the same again, so there is nothing left to merge.", code(r.out.Base))
	for _, b := range all {
		if b == nil || b.head.Hash.IsZero() {
			continue
		}
		if err := r.retire(ctx, b, why); err != nil {
			return err
		}
	}
	return nil
}

// retire closes the pull request of a branch that is needless, and deletes the
// branch, unless people committed there.
func (r *run) retire(ctx context.Context, b *branch, why string) error {
	if len(b.people) > 0 {
		return r.leave(ctx, b, why)
	}
	if r.Forge != nil {
		pull, found, err := r.Forge.Find(ctx, b.name, r.out.Base)
		if err != nil {
			return fmt.Errorf("look for an open pull request from %s: %w", b.name, err)
		}
		if found {
			if err := r.Forge.Close(ctx, pull.Number, why); err != nil {
				return fmt.Errorf("close pull request %d: %w", pull.Number, err)
			}
			r.out.Closed = append(r.out.Closed, pull)
		}
	}
	err := r.Repo.Push(ctx, "refs/heads/"+b.name, git.Hash{}, b.head.Hash)
	switch {
	case err == nil:
		r.out.Deleted = append(r.out.Deleted, b.name)
	case errors.Is(err, git.ErrStale), errors.Is(err, git.ErrRefused):
		r.out.Left = append(r.out.Left, Left{b.name, err.Error()})
	default:
		return fmt.Errorf("delete branch: %w", err)
	}
	return nil
}
