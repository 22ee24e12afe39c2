package forge

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// localPrefix is where the local forge keeps pull requests, each under its
// number.
const localPrefix = "refs/lockstep/pulls/"

// attempts is how often the local forge starts over when others write at the
// same time. Each time, one of them gets on.
const attempts = 20

// A Store is what the local forge needs of a git repository.
type Store interface {
	// Records returns the content of all records below a prefix, by ref.
	Records(ctx context.Context, prefix string) (map[string][]byte, error)
	// SwapRecord replaces a record whose content is still old, and reports
	// whether it did. An old of nil means that there must be none.
	SwapRecord(ctx context.Context, ref string, old, content []byte) (bool, error)
	// Branches returns the commit that each branch is at, by name.
	Branches(ctx context.Context) (map[string]string, error)
	// Contains reports whether a commit is in the history of another.
	Contains(ctx context.Context, tip, commit string) (bool, error)
}

// Local is a forge without a server: it keeps pull requests in the repository
// itself, as JSON in a commit each, whose earlier commits tell what it was
// before. People merge with git. A pull request counts as merged once the
// commits it proposes are in its base, and as closed while its head branch is
// gone; a squash is not recognised.
type Local struct {
	store Store
	now   func() time.Time
}

var _ Forge = (*Local)(nil)

func openLocal(c Config) (Forge, error) {
	if c.Store == nil {
		return nil, errors.New("it needs a repository to keep pull requests in")
	}
	return &Local{store: c.Store, now: c.Now}, nil
}

// Abilities implements [Forge]. People see what git shows them, so there is
// nobody to tell and nothing to wait for.
func (l *Local) Abilities() Abilities { return Abilities{Draft: true} }

// Propose implements [Forge]. Both branches must be there, and the head must
// have commits that the base lacks.
func (l *Local) Propose(ctx context.Context, p Proposal) (PullRequest, error) {
	pr, err := l.propose(ctx, p)
	if err != nil {
		return PullRequest{}, fmt.Errorf("propose pull request: %w", err)
	}
	return pr, nil
}

func (l *Local) propose(ctx context.Context, p Proposal) (PullRequest, error) {
	p, err := p.clean()
	if err != nil {
		return PullRequest{}, err
	}
	for range attempts {
		all, branches, err := l.load(ctx)
		if err != nil {
			return PullRequest{}, err
		}
		head, err := l.headOf(ctx, p, branches)
		if err != nil {
			return PullRequest{}, err
		}
		r := findOpen(all, p.Head, p.Base)
		isNew := r == nil
		if isNew {
			r = &record{Number: nextNumber(all), Head: p.Head, Base: p.Base, State: StateOpen, Draft: p.Draft, Opened: l.now().UTC()}
		}
		r.Title, r.Body, r.Mark, r.Commit = p.Title, p.Body, p.Mark, head
		r.Labels = slices.Compact(slices.Sorted(slices.Values(append(r.Labels, p.Labels...))))
		saved, err := l.save(ctx, r)
		if err != nil {
			return PullRequest{}, err
		}
		if saved {
			pr := r.pullRequest()
			pr.New, pr.Notes = isNew, l.Abilities().lacking(p)
			return pr, nil
		}
	}
	return PullRequest{}, errBusy
}

var errBusy = errors.New("others kept writing at the same time; try again")

// headOf returns the commit of the head branch, if there is something to merge
// in it.
func (l *Local) headOf(ctx context.Context, p Proposal, branches map[string]string) (string, error) {
	for _, branch := range []string{p.Base, p.Head} {
		if branches[branch] == "" {
			return "", fmt.Errorf("branch %q is not there: push it first", branch)
		}
	}
	merged, err := l.store.Contains(ctx, branches[p.Base], branches[p.Head])
	if err != nil {
		return "", err
	}
	if merged {
		return "", fmt.Errorf("branch %q has no commits that %q lacks", p.Head, p.Base)
	}
	return branches[p.Head], nil
}

// Find implements [Forge].
func (l *Local) Find(ctx context.Context, head, base string) (PullRequest, bool, error) {
	all, _, err := l.load(ctx)
	if err != nil {
		return PullRequest{}, false, fmt.Errorf("find pull request: %w", err)
	}
	if r := findOpen(all, head, base); r != nil {
		return r.pullRequest(), true, nil
	}
	return PullRequest{}, false, nil
}

// Close implements [Forge].
func (l *Local) Close(ctx context.Context, number int, why string) error {
	return l.edit(ctx, "close", number, func(r *record) {
		if r.State != StateOpen {
			return
		}
		r.State = StateClosed
		if why = cleanText(why); why != "" {
			r.Comments = append(r.Comments, Comment{Body: why, At: l.now().UTC()})
		}
	})
}

// Comment implements [Forge].
func (l *Local) Comment(ctx context.Context, number int, mark, body string) error {
	if err := checkMark(mark); err != nil {
		return fmt.Errorf("comment on pull request %d: %w", number, err)
	}
	c := Comment{Mark: mark, Body: cleanText(body), At: l.now().UTC()}
	return l.edit(ctx, "comment on", number, func(r *record) {
		i := slices.IndexFunc(r.Comments, func(c Comment) bool { return c.Mark == mark })
		switch {
		case i < 0:
			r.Comments = append(r.Comments, c)
		case r.Comments[i].Body != c.Body:
			r.Comments[i] = c
		}
	})
}

// Comments returns the comments on a pull request, the oldest first.
func (l *Local) Comments(ctx context.Context, number int) ([]Comment, error) {
	all, _, err := l.load(ctx)
	if err != nil {
		return nil, fmt.Errorf("list comments: %w", err)
	}
	if i := slices.IndexFunc(all, func(r *record) bool { return r.Number == number }); i >= 0 {
		return all[i].Comments, nil
	}
	return nil, fmt.Errorf("list comments of pull request %d: %w", number, ErrNotFound)
}

// List implements [Forge].
func (l *Local) List(ctx context.Context) ([]PullRequest, error) {
	all, _, err := l.load(ctx)
	if err != nil {
		return nil, fmt.Errorf("list pull requests: %w", err)
	}
	prs := make([]PullRequest, len(all))
	for i, r := range all {
		prs[i] = r.pullRequest()
	}
	return prs, nil
}

// edit changes one pull request, again if somebody else does so first.
func (l *Local) edit(ctx context.Context, verb string, number int, change func(*record)) error {
	for range attempts {
		all, _, err := l.load(ctx)
		if err != nil {
			return fmt.Errorf("%s pull request %d: %w", verb, number, err)
		}
		i := slices.IndexFunc(all, func(r *record) bool { return r.Number == number })
		if i < 0 {
			return fmt.Errorf("%s pull request %d: %w", verb, number, ErrNotFound)
		}
		change(all[i])
		saved, err := l.save(ctx, all[i])
		if err != nil {
			return fmt.Errorf("%s pull request %d: %w", verb, number, err)
		}
		if saved {
			return nil
		}
	}
	return fmt.Errorf("%s pull request %d: %w", verb, number, errBusy)
}

// load returns all pull requests, the newest first, in the state they are in
// now, and the branches that tell.
func (l *Local) load(ctx context.Context) ([]*record, map[string]string, error) {
	stored, err := l.store.Records(ctx, localPrefix)
	if err != nil {
		return nil, nil, err
	}
	branches, err := l.store.Branches(ctx)
	if err != nil {
		return nil, nil, err
	}
	all := make([]*record, 0, len(stored))
	for ref, content := range stored {
		r, err := decodeRecord(ref, content)
		if err != nil {
			return nil, nil, err
		}
		if r.State == StateOpen {
			if r.State, err = l.state(ctx, r, branches); err != nil {
				return nil, nil, fmt.Errorf("tell the state of pull request %d: %w", r.Number, err)
			}
		}
		all = append(all, r)
	}
	slices.SortFunc(all, func(a, b *record) int { return cmp.Compare(b.Number, a.Number) })
	return all, branches, nil
}

// state finds out what has become of an open pull request. Its commit is the
// head as it was proposed last; people may have added to it since.
func (l *Local) state(ctx context.Context, r *record, branches map[string]string) (string, error) {
	head, base := branches[r.Head], branches[r.Base]
	for _, commit := range slices.Compact([]string{r.Commit, head}) {
		if commit == "" || base == "" {
			continue
		}
		merged, err := l.store.Contains(ctx, base, commit)
		if err != nil {
			return "", err
		}
		if merged {
			return StateMerged, nil
		}
	}
	if head == "" {
		return StateClosed, nil
	}
	return StateOpen, nil
}

// save writes a pull request unless nothing about it changed, and reports
// whether nobody else was first.
func (l *Local) save(ctx context.Context, r *record) (bool, error) {
	if r.stored != nil {
		content, err := r.encode()
		if err != nil || bytes.Equal(content, r.stored) {
			return err == nil, err
		}
	}
	r.Updated = l.now().UTC()
	content, err := r.encode()
	if err != nil {
		return false, err
	}
	return l.store.SwapRecord(ctx, r.ref(), r.stored, content)
}

func findOpen(all []*record, head, base string) *record {
	i := slices.IndexFunc(all, func(r *record) bool { return r.Head == head && r.Base == base && r.State == StateOpen })
	if i < 0 {
		return nil
	}
	return all[i]
}

func nextNumber(newestFirst []*record) int {
	if len(newestFirst) == 0 {
		return 1
	}
	return newestFirst[0].Number + 1
}

func numberOf(ref string) (int, bool) {
	digits := strings.TrimPrefix(ref, localPrefix)
	n, err := strconv.Atoi(digits)
	return n, err == nil && n > 0 && strconv.Itoa(n) == digits
}
