package git

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/object"
)

// A Ref is a name for an object.
type Ref struct {
	Name string // in full: "refs/heads/main"
	Hash Hash
}

// A listing is what a host says of its refs.
type listing struct {
	refs       []Ref  // sorted by name, without HEAD
	head       Hash   // zero if unborn
	headBranch string // full name of the ref that HEAD names; "" if detached
}

// at returns where a ref is, the zero Hash if it is absent.
func (l *listing) at(name string) Hash {
	i, ok := slices.BinarySearchFunc(l.refs, name, func(r Ref, name string) int { return strings.Compare(r.Name, name) })
	if !ok {
		return Hash{}
	}
	return l.refs[i].Hash
}

// Refs returns all refs whose full name starts with prefix, sorted by name.
// HEAD is none of them.
func (r *Repo) Refs(ctx context.Context, prefix string) ([]Ref, error) {
	l, err := r.host.list(ctx)
	if err != nil {
		return nil, fmt.Errorf("list refs: %w", err)
	}
	return slices.DeleteFunc(l.refs, func(ref Ref) bool { return !strings.HasPrefix(ref.Name, prefix) }), nil
}

// DefaultBranch returns the short name of the branch that HEAD names. In a
// checkout with a detached HEAD, as CI systems make them, it is the one that
// the remote origin was cloned with.
func (r *Repo) DefaultBranch(ctx context.Context) (string, error) {
	l, err := r.host.list(ctx)
	if err != nil {
		return "", fmt.Errorf("find default branch: %w", err)
	}
	if name, ok := strings.CutPrefix(l.headBranch, "refs/heads/"); ok {
		return name, nil
	}
	if name, ok := strings.CutPrefix(l.headBranch, "refs/remotes/origin/"); ok {
		return name, nil
	}
	return "", fmt.Errorf("find default branch: %w: HEAD names no branch; say which one is meant", ErrNotFound)
}

// Resolve returns the commit that name means, and makes sure that its files can
// be read. A name is a branch or tag, a ref in full, HEAD, a commit's hash (in
// a local repository also its beginning), or a branch of the remote origin;
// then any number of "~n" and "^" for ancestors along first parents.
//
// A name that is both a branch and a tag, of different commits, is an error.
func (r *Repo) Resolve(ctx context.Context, name string) (Hash, error) {
	base, steps, err := splitSteps(name)
	if err != nil {
		return Hash{}, fmt.Errorf("resolve %q: %w", name, err)
	}
	h, err := r.lookup(ctx, base)
	if err != nil {
		return Hash{}, fmt.Errorf("resolve %q: %w", name, err)
	}
	if h, err = r.peel(ctx, h); err != nil {
		return Hash{}, fmt.Errorf("resolve %q: %w", name, err)
	}
	for range steps {
		if h, err = r.firstParent(ctx, h); err != nil {
			return Hash{}, fmt.Errorf("resolve %q: %w", name, err)
		}
	}
	return h, nil
}

// splitSteps takes "~2", "^" and the like off the end of a name.
func splitSteps(name string) (base string, steps int, err error) {
	base = name
	if i := strings.IndexAny(name, "~^"); i >= 0 {
		base = name[:i]
		for rest := name[i:]; rest != ""; {
			end := 1
			for end < len(rest) && '0' <= rest[end] && rest[end] <= '9' {
				end++
			}
			n := 1
			if end > 1 {
				if n, err = strconv.Atoi(rest[1:end]); err != nil {
					return "", 0, err
				}
			}
			if rest[0] != '~' && (rest[0] != '^' || n != 1) {
				return "", 0, errors.New("only ~n and ^ may follow a name")
			}
			steps, rest = steps+n, rest[end:]
		}
	}
	if base == "" || steps > 1e6 {
		return "", 0, errors.New("not a name")
	}
	return base, steps, nil
}

// lookup returns the object that a name without suffixes means.
func (r *Repo) lookup(ctx context.Context, name string) (Hash, error) {
	if h, ok := ParseHash(name); ok {
		return h, nil
	}
	l, err := r.host.list(ctx)
	if err != nil {
		return Hash{}, err
	}
	if name == "HEAD" {
		if l.head.IsZero() {
			return Hash{}, fmt.Errorf("%w: the repository has no commit yet", ErrNotFound)
		}
		return l.head, nil
	}
	branch, tag := l.at("refs/heads/"+name), l.at("refs/tags/"+name)
	if !branch.IsZero() && !tag.IsZero() && branch != tag {
		return Hash{}, fmt.Errorf("it is a branch and a tag: say refs/heads/%s or refs/tags/%s", name, name)
	}
	for _, h := range []Hash{branch, tag, l.at(name), l.at("refs/" + name), l.at("refs/remotes/" + name), l.at("refs/remotes/origin/" + name)} {
		if !h.IsZero() {
			return h, nil
		}
	}
	return r.objects.abbreviated(name)
}

// peel follows tags to a commit, which it fetches if need be.
func (r *Repo) peel(ctx context.Context, h Hash) (Hash, error) {
	for range 10 {
		if !r.objects.has(h) {
			if err := r.host.fetch(ctx, []Hash{h}, 1); err != nil {
				return Hash{}, err
			}
		}
		tag := &object.Tag{}
		isTag := false
		err := r.objects.view(plumbing.AnyObject, h, func(o plumbing.EncodedObject) error {
			if isTag = o.Type() == plumbing.TagObject; isTag {
				return tag.Decode(o)
			}
			return nil
		})
		if err != nil {
			return Hash{}, err
		}
		if !isTag {
			return h, r.need(ctx, h)
		}
		h = tag.Target
	}
	return Hash{}, errors.New("tags of tags without end")
}

// need makes sure that a commit is there with its files.
func (r *Repo) need(ctx context.Context, commit Hash) error {
	if r.objects.complete(commit) {
		return nil
	}
	if err := r.host.fetch(ctx, []Hash{commit}, 1); err != nil {
		return err
	}
	_, err := r.objects.commit(commit)
	return err
}

// Deepen makes sure that the files of a commit and of those before it can be
// read, down to a number of generations: 1 is the commit alone. A server is
// asked for the commit only, which it hands out more readily than one that no
// ref names. In a repository opened by its path there is nothing to add.
func (r *Repo) Deepen(ctx context.Context, commit Hash, generations int) error {
	if err := r.host.fetch(ctx, []Hash{commit}, max(1, generations)); err != nil {
		return fmt.Errorf("fetch %d generations of %s: %w", generations, place(commit), err)
	}
	return nil
}

func (r *Repo) firstParent(ctx context.Context, h Hash) (Hash, error) {
	c, err := r.objects.commit(h)
	if err != nil {
		return Hash{}, err
	}
	if len(c.ParentHashes) == 0 {
		return Hash{}, fmt.Errorf("%w: commit %s is the first", ErrNotFound, h)
	}
	parent := c.ParentHashes[0]
	if err := r.need(ctx, parent); err != nil {
		return Hash{}, fmt.Errorf("parent of commit %s: %w; if the clone is shallow, fetch more history", h, err)
	}
	return parent, nil
}

// abbreviated returns the only commit or tag whose hash starts with s.
func (o *objects) abbreviated(s string) (Hash, error) {
	const least = 4 // as git has it
	lower := strings.ToLower(s)
	if len(s) < least || len(s) > 40 || strings.Trim(lower, "0123456789abcdef") != "" {
		return Hash{}, fmt.Errorf("%w: no branch, tag or commit has this name", ErrNotFound)
	}
	prefix := plumbing.NewHash(lower[:len(lower)&^1] + strings.Repeat("0", 40-len(lower)&^1))
	found := map[Hash]bool{}
	o.mu.Lock()
	for _, l := range o.layers {
		hs, err := l.HashesWithPrefix(prefix[:len(lower)/2])
		if err != nil {
			o.mu.Unlock()
			return Hash{}, err
		}
		for _, h := range hs {
			if strings.HasPrefix(h.String(), lower) {
				found[h] = true
			}
		}
	}
	o.mu.Unlock()
	var match []Hash
	for h := range found {
		if _, err := o.commit(h); err == nil {
			match = append(match, h)
		}
	}
	switch len(match) {
	case 0:
		return Hash{}, fmt.Errorf("%w: no branch, tag or commit has this name", ErrNotFound)
	case 1:
		return match[0], nil
	}
	return Hash{}, fmt.Errorf("%d commits start like this: give more digits", len(match))
}
