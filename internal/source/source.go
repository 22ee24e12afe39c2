// Package source reads artifact trees for the publisher: that of a plain folder,
// and that of a commit of a git repository.
//
// It knows how a tree is found and what changed in it between two commits. What
// a tree says is package artifacts' business, what to do about it the
// publisher's.
package source

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"

	"github.com/lockstep-apiops/lockstep/artifacts"
	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/internal/git"
	"github.com/lockstep-apiops/lockstep/publisher"
	"github.com/lockstep-apiops/lockstep/publisher/plan"
)

var (
	_ publisher.Source = (*Folder)(nil)
	_ publisher.Source = (*Commit)(nil)
)

// A Folder is a tree in a plain folder.
type Folder struct {
	kinds *gateway.Kinds
	fsys  fs.FS
	tree  *artifacts.Tree
	desc  plan.Source
	note  func(artifacts.Problem)
}

// NewFolder returns the tree in fsys. note, which may be nil, is told of what
// in it is not used.
func NewFolder(kinds *gateway.Kinds, fsys fs.FS, note func(artifacts.Problem)) (*Folder, error) {
	tree, err := artifacts.NewTree(kinds, fsys)
	if err != nil {
		return nil, fmt.Errorf("read folder: %w", err)
	}
	digest, err := digestOf(tree, fsys)
	if err != nil {
		return nil, fmt.Errorf("read folder: %w", err)
	}
	return &Folder{kinds, fsys, tree, plan.Source{Digest: digest}, note}, nil
}

// digestOf returns a hash over the paths and contents of the tree's files.
func digestOf(tree *artifacts.Tree, fsys fs.FS) (string, error) {
	h := sha256.New()
	done := map[string]bool{} // a list is a file of many
	for _, key := range tree.Keys() {
		for _, name := range tree.Files(key) {
			if done[name] {
				continue
			}
			done[name] = true
			f, err := fsys.Open(name)
			if err != nil {
				return "", err
			}
			fmt.Fprintf(h, "%q\n", name)
			_, err = io.Copy(h, f)
			if cerr := f.Close(); err == nil {
				err = cerr
			}
			if err != nil {
				return "", err
			}
		}
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// Tree returns what the folder holds, by names.
func (f *Folder) Tree() (*artifacts.Tree, error) { return f.tree, nil }

// Describe implements publisher.Source.
func (f *Folder) Describe() plan.Source { return f.desc }

// All implements publisher.Source.
func (f *Folder) All(context.Context) ([]*gateway.Resource, error) {
	return decode(f.kinds, f.fsys, f.note)
}

// Touched implements publisher.Source: a folder has no past.
func (f *Folder) Touched(context.Context, string) ([]publisher.Touched, error) {
	return nil, fmt.Errorf("compare with an earlier commit: a folder has none; name the repository with --repo")
}

func decode(kinds *gateway.Kinds, fsys fs.FS, note func(artifacts.Problem)) ([]*gateway.Resource, error) {
	rs, problems, err := artifacts.Decode(kinds, fsys)
	for _, r := range rs {
		reticent(kinds, r)
	}
	if note != nil {
		for _, p := range problems {
			note(p)
		}
	}
	return rs, err
}

// reticent says of a resource without an attached file that git leaves it to
// the gateway: an API without a definition keeps the one that it has.
func reticent(kinds *gateway.Kinds, r *gateway.Resource) {
	if r == nil {
		return
	}
	for _, a := range kinds.Get(r.Key.Kind).Attach {
		if _, _, ok := a.File(r); !ok {
			r.Unread = append(r.Unread, a.Pattern)
		}
	}
}

// A Commit is the tree in a folder of a commit.
type Commit struct {
	kinds *gateway.Kinds
	repo  *git.Repo
	dir   string
	hash  git.Hash
	tree  *git.Tree
	desc  plan.Source
	note  func(artifacts.Problem)

	environment string // that texts are read for
	used        func(file string)
}

// NewCommit returns the tree in folder dir, "." for the root, of the commit
// that a revision names. A folder that is not there is an error.
func NewCommit(ctx context.Context, kinds *gateway.Kinds, repo *git.Repo, location, revision, dir string, note func(artifacts.Problem)) (*Commit, error) {
	hash, err := repo.Resolve(ctx, revision)
	if err != nil {
		return nil, fmt.Errorf("read commit %s: %w", revision, err)
	}
	c := &Commit{kinds: kinds, repo: repo, dir: dir, hash: hash, note: note}
	if c.tree, err = c.at(ctx, hash); err != nil {
		return nil, fmt.Errorf("read folder %s of commit %s: %w", dir, hash, err)
	}
	c.desc = plan.Source{Repo: git.StripUserinfo(location), Commit: hash.String()}
	return c, nil
}

func (c *Commit) at(ctx context.Context, hash git.Hash) (*git.Tree, error) {
	root, err := c.repo.Tree(ctx, hash)
	if err != nil || c.dir == "." {
		return root, err
	}
	return root.Dir(c.dir)
}

// Tree returns what the commit holds, by names.
func (c *Commit) Tree() (*artifacts.Tree, error) { return artifacts.NewTree(c.kinds, c.in(c.tree)) }

// In has the commit read as it is in an environment: see artifacts.In.
func (c *Commit) In(environment string, used func(file string)) {
	c.environment, c.used = environment, used
}

// in returns a tree as it is in the environment.
func (c *Commit) in(tree *git.Tree) fs.FS {
	if tree == nil {
		return nil
	}
	return artifacts.In(c.kinds, tree, c.environment, c.used)
}

// Hash returns the commit.
func (c *Commit) Hash() git.Hash { return c.hash }

// Describe implements publisher.Source.
func (c *Commit) Describe() plan.Source { return c.desc }

// All implements publisher.Source.
func (c *Commit) All(context.Context) ([]*gateway.Resource, error) {
	return decode(c.kinds, c.in(c.tree), c.note)
}

// Touched implements publisher.Source. It reads only the files of resources
// of which some file changed.
func (c *Commit) Touched(ctx context.Context, since string) ([]publisher.Touched, error) {
	hash, err := c.repo.Resolve(ctx, since)
	if err != nil {
		return nil, fmt.Errorf("read commit %s: %w", since, err)
	}
	base, err := c.at(ctx, hash)
	if err != nil {
		base = nil // the folder is new since then
	}
	changes, err := git.Diff(base, c.tree)
	if err != nil {
		return nil, fmt.Errorf("compare with commit %s: %w", since, err)
	}
	var touched []publisher.Touched
	p := pair{kinds: c.kinds, environment: c.environment, base: c.in(base), head: c.in(c.tree)}
	keys, err := p.keys(changes)
	if err != nil {
		return nil, fmt.Errorf("compare with commit %s: %w", since, err)
	}
	p.warn(c.note)
	for _, key := range keys {
		t, err := p.touched(key)
		if err != nil {
			return nil, err
		}
		if t.Base != nil || t.Want != nil {
			touched = append(touched, t)
		}
	}
	return touched, p.unused(changes, touched, c.note)
}
