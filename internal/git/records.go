package git

import (
	"bytes"
	"context"
	"errors"
	"fmt"
)

// recordFile is the one file of a record's commit.
const recordFile = "record.json"

// Records returns the records below a prefix such as "refs/notes-of-mine/", by
// the ref that each is kept under. A record is a file in a commit that its ref
// names; the commits before it are its past.
func (r *Repo) Records(ctx context.Context, prefix string) (map[string][]byte, error) {
	refs, err := r.Refs(ctx, prefix)
	if err != nil {
		return nil, fmt.Errorf("read records: %w", err)
	}
	var lack []Hash
	for _, ref := range refs {
		if !r.objects.complete(ref.Hash) {
			lack = append(lack, ref.Hash)
		}
	}
	if len(lack) > 0 {
		if err := r.host.fetch(ctx, lack, 1); err != nil {
			return nil, fmt.Errorf("read records: %w", err)
		}
	}
	records := make(map[string][]byte, len(refs))
	for _, ref := range refs {
		if records[ref.Name], err = r.record(ctx, ref.Hash); err != nil {
			return nil, fmt.Errorf("read record %s: %w", ref.Name, err)
		}
	}
	return records, nil
}

// SwapRecord replaces the record kept under ref if its content is still old,
// and reports whether it did. An old of nil means that there must be none yet.
func (r *Repo) SwapRecord(ctx context.Context, ref string, old, content []byte) (bool, error) {
	swapped, err := r.swapRecord(ctx, ref, old, content)
	if errors.Is(err, ErrStale) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("write record %s: %w", ref, err)
	}
	return swapped, nil
}

func (r *Repo) swapRecord(ctx context.Context, ref string, old, content []byte) (bool, error) {
	l, err := r.host.list(ctx)
	if err != nil {
		return false, err
	}
	at := l.at(ref)
	if at.IsZero() != (old == nil) {
		return false, nil
	}
	if !at.IsZero() {
		have, err := r.record(ctx, at)
		if err != nil || !bytes.Equal(have, old) {
			return false, err
		}
	}
	s, err := r.Stage(ctx, at)
	if err != nil {
		return false, err
	}
	if err := s.Add(recordFile, content); err != nil {
		return false, err
	}
	h, err := s.Commit(ctx, Meta{
		Author:  Person{Name: "Lockstep", Email: "lockstep@localhost"},
		When:    r.now().UTC(),
		Message: "Update " + ref,
	})
	if errors.Is(err, ErrUnchanged) {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	return true, r.Push(ctx, ref, h, at)
}

func (r *Repo) record(ctx context.Context, commit Hash) ([]byte, error) {
	t, err := r.Tree(ctx, commit)
	if err != nil {
		return nil, err
	}
	return t.ReadFile(recordFile)
}

// BranchCommit returns the commit that a branch is at, in hexadecimal digits,
// or "" if there is no such branch.
func (r *Repo) BranchCommit(ctx context.Context, branch string) (string, error) {
	l, err := r.host.list(ctx)
	if err != nil {
		return "", fmt.Errorf("find branch %q: %w", branch, err)
	}
	h := l.at("refs/heads/" + branch)
	if h.IsZero() {
		return "", nil
	}
	return h.String(), nil
}

// BranchContains reports whether a commit, in hexadecimal digits, is in the
// history of a branch. If the history is too shallow to tell, it reports false.
func (r *Repo) BranchContains(ctx context.Context, branch, commit string) (bool, error) {
	h, ok := ParseHash(commit)
	if !ok {
		return false, fmt.Errorf("search branch %q: %q is no commit", branch, commit)
	}
	tip, err := r.Resolve(ctx, "refs/heads/"+branch)
	if errors.Is(err, ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("search branch %q: %w", branch, err)
	}
	answer, err := r.IsAncestor(ctx, h, tip)
	return answer == Yes, err
}
