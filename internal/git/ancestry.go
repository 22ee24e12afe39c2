package git

import (
	"context"
	"fmt"
)

// An Answer to a question about history.
type Answer int

// Unknown is the answer where history ends at the edge of a shallow clone.
const (
	Unknown Answer = iota
	Yes
	No
)

// String returns "unknown", "yes" or "no".
func (a Answer) String() string {
	switch a {
	case Yes:
		return "yes"
	case No:
		return "no"
	}
	return "unknown"
}

// IsAncestor tells whether commit a is b or comes before it. In a repository
// opened by URL it fetches the history of b, though not its files. In one that
// is shallow, the answer is Unknown rather than a No that may be wrong.
func (r *Repo) IsAncestor(ctx context.Context, a, b Hash) (Answer, error) {
	answer, err := r.search(ctx, a, b)
	if err == nil && answer == Unknown {
		if _, local := r.host.(*folder); local {
			return Unknown, nil
		}
		if err := r.host.fetch(ctx, []Hash{b}, 0); err != nil {
			return Unknown, fmt.Errorf("compare history: %w", err)
		}
		answer, err = r.search(ctx, a, b)
	}
	if err != nil {
		return Unknown, fmt.Errorf("compare history: %w", err)
	}
	return answer, nil
}

// search looks for a in the part of b's history that is in the store.
func (r *Repo) search(ctx context.Context, a, b Hash) (Answer, error) {
	answer := No
	seen := map[Hash]bool{b: true}
	for todo := []Hash{b}; len(todo) > 0; {
		h := todo[0]
		todo = todo[1:]
		if h == a {
			return Yes, nil
		}
		if err := ctx.Err(); err != nil {
			return Unknown, err
		}
		if !r.objects.has(h) {
			answer = Unknown
			continue
		}
		c, err := r.objects.commit(h)
		if err != nil {
			return Unknown, err
		}
		for _, p := range c.ParentHashes {
			if !seen[p] {
				seen[p] = true
				todo = append(todo, p)
			}
		}
	}
	return answer, nil
}
