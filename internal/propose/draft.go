package propose

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"

	"github.com/lockstep-apiops/lockstep/extractor"
	"github.com/lockstep-apiops/lockstep/internal/git"
)

// A draft is what the gateway says, as files over a base.
type draft struct {
	base git.CommitInfo
	tree git.Hash
}

// draftOn makes the draft for a base. One that was made for another base is
// taken over if both have the same in the folder that was extracted to.
func (r *run) draftOn(ctx context.Context, base git.Hash) error {
	if r.draft != nil && r.draft.base.Hash == base {
		return nil
	}
	info, err := r.Repo.Commit(ctx, base)
	if err != nil {
		return fmt.Errorf("read base commit %s: %w", base, err)
	}
	if r.draft != nil {
		moved, err := r.move(ctx, info)
		if err != nil || moved {
			return err
		}
	}
	stage, err := r.extract(ctx, base)
	if err != nil {
		return err
	}
	tree, err := stage.Write(ctx)
	if err == nil && tree == info.Tree && !r.out.Empty() {
		err = fmt.Errorf("commit: %w: the changes found are none to any file", git.ErrUnchanged)
	}
	r.draft = &draft{info, tree}
	return err
}

// move takes the draft over to a new base, and reports whether that is right.
func (r *run) move(ctx context.Context, base git.CommitInfo) (bool, error) {
	was, err := r.Repo.Tree(ctx, r.draft.base.Hash)
	if err != nil {
		return false, fmt.Errorf("read old base: %w", err)
	}
	is, err := r.Repo.Tree(ctx, base.Hash)
	if err != nil {
		return false, fmt.Errorf("read base commit %s: %w", base.Hash, err)
	}
	if hashOf(was, r.Dir) != hashOf(is, r.Dir) {
		return false, nil
	}
	changes, err := git.Diff(was, r.Repo.TreeAt(r.draft.tree))
	if err != nil {
		return false, err
	}
	stage, err := r.Repo.Stage(ctx, base.Hash)
	if err != nil {
		return false, err
	}
	if err := stage.Apply(changes); err != nil {
		return false, err
	}
	tree, err := stage.Write(ctx)
	r.draft = &draft{base, tree}
	return true, err
}

// hashOf returns the hash of what is at a path, the zero Hash for nothing.
func hashOf(t *git.Tree, name string) git.Hash {
	e, err := t.Lookup(path.Clean(name))
	if err != nil {
		return git.Hash{}
	}
	return e.Hash()
}

// extract extracts over the base into staged changes.
func (r *run) extract(ctx context.Context, base git.Hash) (*git.Stage, error) {
	stage, err := r.Repo.Stage(ctx, base)
	if err != nil {
		return nil, fmt.Errorf("read base commit %s: %w", base, err)
	}
	tree, err := r.Repo.Tree(ctx, base)
	if err != nil {
		return nil, fmt.Errorf("read base commit %s: %w", base, err)
	}
	e := r.Extract
	e.Sink = &sink{stage, r.Dir}
	e.Base = tree
	if dir := path.Clean(r.Dir); dir != "." {
		sub, err := tree.Dir(dir)
		switch {
		case err == nil:
			e.Base = sub
		case errors.Is(err, fs.ErrNotExist):
			e.Base = nil
		default:
			return nil, fmt.Errorf("read folder %s of base commit %s: %w", dir, base, err)
		}
	}
	r.out.Result, err = extractor.Run(ctx, e)
	return stage, err
}

// A sink puts a tree into a folder of a stage.
type sink struct {
	stage *git.Stage
	dir   string
}

func (s *sink) Put(name string, content []byte) error {
	return s.stage.Add(path.Join(s.dir, name), content)
}
func (s *sink) Remove(name string) error { return s.stage.Remove(path.Join(s.dir, name)) }
