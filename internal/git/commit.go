package git

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/object"
)

// A Person is who wrote or made a commit.
type Person struct {
	Name, Email string
}

// String returns the person as "Name <email>".
func (p Person) String() string { return p.Name + " <" + p.Email + ">" }

// Meta is what a commit says besides its files. Without a Signer, commits of
// equal files, parents and Meta are the same commit; a signature may hold the
// time at which it was made, or chance.
type Meta struct {
	Author    Person
	Committer Person    // zero: the author
	When      time.Time // its zone is kept
	Message   string
	Parents   []Hash // nil: the base of the stage

	Trailers  []Trailer // lines for programs, after the message
	CoAuthors []Person  // who else is to be named as an author
	Signer    Signer    // nil: the commit is not signed
}

// A Signer signs commits.
type Signer interface {
	// Sign returns an armored signature of payload.
	Sign(payload []byte) (armored string, err error)
}

// Commit stores the staged files as a new commit and returns it. No ref moves;
// that is up to [Repo.Push]. If the files equal the base's, it writes no commit
// and returns ErrUnchanged.
func (s *Stage) Commit(ctx context.Context, m Meta) (Hash, error) {
	tree, changed, err := s.write(ctx)
	if err != nil {
		return Hash{}, fmt.Errorf("commit: %w", err)
	}
	if !changed {
		return Hash{}, fmt.Errorf("commit: %w", ErrUnchanged)
	}
	if m.Parents == nil && !s.base.IsZero() {
		m.Parents = []Hash{s.base}
	}
	h, err := s.repo.CommitTree(tree, m)
	if err != nil {
		return Hash{}, err
	}
	return h, nil
}

// Write stores the staged files as a tree and returns its hash, which is the
// base's if nothing changed. It makes no commit.
func (s *Stage) Write(ctx context.Context) (Hash, error) {
	tree, _, err := s.write(ctx)
	if err != nil {
		return Hash{}, fmt.Errorf("write tree: %w", err)
	}
	return tree, nil
}

// write is Write that tells whether the tree differs from the base's.
func (s *Stage) write(ctx context.Context) (Hash, bool, error) {
	tree, changed, err := s.apply(ctx, &s.root, s.tree)
	if err == nil && tree.IsZero() {
		tree, err = s.repo.objects.write(plumbing.TreeObject, nil)
	}
	return tree, changed, err
}

// CommitTree stores a commit of a tree that the repository has, and returns
// it. No ref moves. Without Parents it is a first commit.
func (r *Repo) CommitTree(tree Hash, m Meta) (Hash, error) {
	h, err := r.commitTree(tree, m)
	if err != nil {
		return Hash{}, fmt.Errorf("commit: %w", err)
	}
	return h, nil
}

func (r *Repo) commitTree(tree Hash, m Meta) (Hash, error) {
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
	message, err := m.Text()
	if err != nil {
		return Hash{}, err
	}
	c := &object.Commit{
		Author: author, Committer: committer,
		Message:  message,
		TreeHash: tree, ParentHashes: m.Parents,
	}
	if m.Signer != nil {
		if c.PGPSignature, err = signature(c, m.Signer); err != nil {
			return Hash{}, fmt.Errorf("sign: %w", err)
		}
	}
	obj := &plumbing.MemoryObject{}
	if err := c.Encode(obj); err != nil {
		return Hash{}, fmt.Errorf("encode: %w", err)
	}
	return r.objects.store(obj)
}

// Text returns the message with the trailers, as a commit has it.
func (m Meta) Text() (string, error) {
	trailers, err := m.trailers()
	if err != nil {
		return "", err
	}
	return cleanMessage(m.Message) + trailers, nil
}

// signature has a commit signed as it is without one.
func signature(c *object.Commit, s Signer) (string, error) {
	obj := &plumbing.MemoryObject{}
	if err := c.EncodeWithoutSignature(obj); err != nil {
		return "", err
	}
	r, err := obj.Reader()
	if err != nil {
		return "", err
	}
	payload, err := io.ReadAll(r)
	if err != nil {
		return "", err
	}
	armored, err := s.Sign(payload)
	if err == nil && formatOf(armored) == "" {
		err = errors.New("the signature is in no format that git knows")
	}
	return armored, err
}

// sign returns the person as a commit's header has it, without the characters
// that would end its field.
func (p Person) sign(when time.Time) (object.Signature, error) {
	p = p.clean()
	sig := object.Signature{Name: p.Name, Email: p.Email, When: when}
	if sig.Name == "" || sig.Email == "" {
		return sig, errors.New("a name and an e-mail address are needed")
	}
	if when.Unix() < 0 {
		return sig, fmt.Errorf("the time %s is before 1970", when.Format(time.RFC3339))
	}
	return sig, nil
}

// clean takes out the characters that would end a field of a header or a line.
func (p Person) clean() Person {
	drop := func(r rune) rune {
		if r < ' ' || r == 0x7f || r == '<' || r == '>' {
			return -1
		}
		return r
	}
	clean := func(s string) string { return strings.TrimSpace(strings.Map(drop, strings.ToValidUTF8(s, ""))) }
	return Person{Name: clean(p.Name), Email: clean(p.Email)}
}

// cleanMessage makes a message one that git tools show whole: UTF-8 without
// NUL, ending in one line feed.
func cleanMessage(s string) string {
	s = strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "")
	return strings.TrimRight(s, "\r\n \t") + "\n"
}

// CommitInfo is what a commit says besides its files. Its message holds the
// trailers; [Trailers] reads them.
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
