package git

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
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

// Branches returns the commit of each branch, in hexadecimal digits, by name.
func (r *Repo) Branches(ctx context.Context) (map[string]string, error) {
	const prefix = "refs/heads/"
	refs, err := r.Refs(ctx, prefix)
	if err != nil {
		return nil, err
	}
	branches := make(map[string]string, len(refs))
	for _, ref := range refs {
		branches[strings.TrimPrefix(ref.Name, prefix)] = ref.Hash.String()
	}
	return branches, nil
}

// Contains reports whether a commit is in the history of another, both in
// hexadecimal digits. If the history is too shallow to tell, it reports false.
func (r *Repo) Contains(ctx context.Context, tip, commit string) (bool, error) {
	b, ok := ParseHash(tip)
	if !ok {
		return false, fmt.Errorf("search history: %q is no commit", tip)
	}
	a, ok := ParseHash(commit)
	if !ok {
		return false, fmt.Errorf("search history: %q is no commit", commit)
	}
	answer, err := r.IsAncestor(ctx, a, b)
	return answer == Yes, err
}
