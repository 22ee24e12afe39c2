package git

import (
	"context"
	"fmt"
	"slices"
)

// Since returns the commits that are in the history of head and not in that of
// base, the newest first: each before its parents. The zero Hash as base means
// all. In a repository opened by URL it fetches history if need be, though not
// files. A clone that is too shallow to tell is an error.
func (r *Repo) Since(ctx context.Context, base, head Hash) ([]CommitInfo, error) {
	list, whole, err := r.since(ctx, base, head)
	if _, local := r.host.(*folder); err == nil && !whole && !local {
		if err = r.history(ctx, base, head); err == nil {
			list, whole, err = r.since(ctx, base, head)
		}
	}
	if err == nil && !whole {
		err = fmt.Errorf("%w: the clone is too shallow to tell: fetch its whole history", ErrNotFound)
	}
	if err != nil {
		return nil, fmt.Errorf("list commits since %s: %w", place(base), err)
	}
	return list, nil
}

// history fetches the history of head, which most often has base in it: many
// servers hand out only what a ref names.
func (r *Repo) history(ctx context.Context, base, head Hash) error {
	if err := r.host.fetch(ctx, []Hash{head}, 0); err != nil {
		return err
	}
	if base.IsZero() || r.objects.has(base) {
		return nil
	}
	return r.host.fetch(ctx, []Hash{base}, 0)
}

// since is Since in what the store has. It reports whether that was enough.
func (r *Repo) since(ctx context.Context, base, head Hash) (list []CommitInfo, whole bool, err error) {
	h := &history{repo: r, done: map[Hash]bool{}}
	if !base.IsZero() {
		if err := h.visit(ctx, base, func(CommitInfo) {}); err != nil {
			return nil, false, err
		}
	}
	h.lacks = false // what base cannot reach, head need not
	if err := h.visit(ctx, head, func(c CommitInfo) { list = append(list, c) }); err != nil {
		return nil, false, err
	}
	slices.Reverse(list)
	return list, !h.lacks, nil
}

// A history is what has been seen of the commits before some others.
type history struct {
	repo  *Repo
	done  map[Hash]bool
	lacks bool // a commit is not in the store
}

// A step is a commit on the way into the past.
type step struct {
	CommitInfo
	left []Hash // parents to go to, from the last
}

// visit calls f with each commit in the history of tip that is not done, all
// parents before their children, and notes it as done.
func (h *history) visit(ctx context.Context, tip Hash, f func(CommitInfo)) error {
	path, err := h.enter(ctx, nil, tip)
	for err == nil && len(path) > 0 {
		top := &path[len(path)-1]
		if n := len(top.left); n > 0 {
			// The first parent comes last, so that it is next in a list
			// of the newest first.
			next := top.left[n-1]
			top.left = top.left[:n-1]
			path, err = h.enter(ctx, path, next)
			continue
		}
		f(top.CommitInfo)
		path = path[:len(path)-1]
	}
	return err
}

// enter goes to a commit, unless it is done or not there.
func (h *history) enter(ctx context.Context, path []step, commit Hash) ([]step, error) {
	if h.done[commit] {
		return path, nil
	}
	h.done[commit] = true
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if !h.repo.objects.has(commit) {
		h.lacks = true
		return path, nil
	}
	c, err := h.repo.Commit(ctx, commit)
	if err != nil {
		return nil, err
	}
	return append(path, step{c, slices.Clone(c.Parents)}), nil
}
