package git

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/object"
)

// A Person is who wrote or made a commit.
type Person struct {
	Name, Email string
}

// Meta is what a commit says besides its files. Commits of equal files, parents
// and Meta are the same commit.
type Meta struct {
	Author    Person
	Committer Person    // zero: the author
	When      time.Time // its zone is kept
	Message   string
	Parents   []Hash // nil: the base of the stage
}

// Commit stores the staged files as a new commit and returns it. No ref moves;
// that is up to [Repo.Push]. If the files equal the base's, it writes no commit
// and returns ErrUnchanged.
func (s *Stage) Commit(ctx context.Context, m Meta) (Hash, error) {
	tree, changed, err := s.apply(ctx, &s.root, s.tree)
	if err != nil {
		return Hash{}, fmt.Errorf("commit: %w", err)
	}
	if !changed {
		return Hash{}, fmt.Errorf("commit: %w", ErrUnchanged)
	}
	if tree.IsZero() {
		if tree, err = s.repo.objects.write(plumbing.TreeObject, nil); err != nil {
			return Hash{}, fmt.Errorf("commit: %w", err)
		}
	}
	if m.Parents == nil && !s.base.IsZero() {
		m.Parents = []Hash{s.base}
	}
	h, err := s.repo.writeCommit(tree, m)
	if err != nil {
		return Hash{}, fmt.Errorf("commit: %w", err)
	}
	return h, nil
}

func (r *Repo) writeCommit(tree Hash, m Meta) (Hash, error) {
	if m.Committer == (Person{}) {
		m.Committer = m.Author
	}
	author, err := m.Author.sign(m.When)
	if err != nil {
		return Hash{}, fmt.Errorf("author: %w", err)
	}
	committer, err := m.Committer.sign(m.When)
	if err != nil {
		return Hash{}, fmt.Errorf("committer: %w", err)
	}
	c := &object.Commit{
		Author: author, Committer: committer,
		Message:  cleanMessage(m.Message),
		TreeHash: tree, ParentHashes: m.Parents,
	}
	obj := &plumbing.MemoryObject{}
	if err := c.Encode(obj); err != nil {
		return Hash{}, fmt.Errorf("encode: %w", err)
	}
	return r.objects.store(obj)
}

// sign returns the person as a commit's header has it, without the characters
// that would end its field.
func (p Person) sign(when time.Time) (object.Signature, error) {
	drop := func(r rune) rune {
		if r < ' ' || r == 0x7f || r == '<' || r == '>' {
			return -1
		}
		return r
	}
	clean := func(s string) string { return strings.TrimSpace(strings.Map(drop, strings.ToValidUTF8(s, ""))) }
	sig := object.Signature{Name: clean(p.Name), Email: clean(p.Email), When: when}
	if sig.Name == "" || sig.Email == "" {
		return sig, errors.New("a name and an e-mail address are needed")
	}
	if when.Unix() < 0 {
		return sig, fmt.Errorf("the time %s is before 1970", when.Format(time.RFC3339))
	}
	return sig, nil
}

// cleanMessage makes a message one that git tools show whole: UTF-8 without
// NUL, ending in one line feed.
func cleanMessage(s string) string {
	s = strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "")
	return strings.TrimRight(s, "\r\n \t") + "\n"
}

// CommitInfo is what a commit says besides its files.
type CommitInfo struct {
	Meta
	Hash Hash
	Tree Hash
}

// Commit returns what a commit says. The committer's time counts as its time.
func (r *Repo) Commit(ctx context.Context, h Hash) (CommitInfo, error) {
	if !r.objects.has(h) {
		if err := r.host.fetch(ctx, []Hash{h}, 1); err != nil {
			return CommitInfo{}, fmt.Errorf("read commit: %w", err)
		}
	}
	c, err := r.objects.commit(h)
	if err != nil {
		return CommitInfo{}, fmt.Errorf("read commit: %w", err)
	}
	return CommitInfo{
		Hash: h, Tree: c.TreeHash,
		Meta: Meta{
			Author:    Person{Name: c.Author.Name, Email: c.Author.Email},
			Committer: Person{Name: c.Committer.Name, Email: c.Committer.Email},
			When:      c.Committer.When,
			Message:   c.Message,
			Parents:   c.ParentHashes,
		},
	}, nil
}
