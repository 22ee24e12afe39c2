package guard

import (
	"fmt"
	"strings"
	"time"

	"github.com/lockstep-apiops/lockstep/internal/git"
)

// RecordPrefix is where the records of what was published are kept in a
// repository, unless its server takes branches and tags only.
const RecordPrefix = "refs/lockstep/published/"

// A Record says what was published last. It is a commit: its tree is what the
// gateway was given, its first parent the record before, its last parent the
// commit that was published. So git keeps that commit, and git log tells who
// published what and when.
type Record struct {
	Target   string // the gateway, in words
	Commit   git.Hash
	Previous git.Hash // published before; zero: nothing
	Rewrite  bool     // Previous is not in the history of Commit, and somebody allowed that
	By       string   // who published; "" if nobody knows
	Run      string   // where to read the log; "" if nowhere
}

// The keys of a record's trailers.
const (
	keyCommit   = "Lockstep-Published"
	keyTarget   = "Lockstep-Target"
	keyPrevious = "Lockstep-Previous"
	keyRewrite  = "Lockstep-Rewrite"
	keyBy       = "Lockstep-By"
	keyRun      = "Lockstep-Run"
)

// Meta returns what the record's commit says. The record before it is given by
// its own commit; the zero Hash is none.
func (r Record) Meta(before git.Hash, now time.Time) git.Meta {
	m := git.Meta{
		Author: git.Person{Name: "Lockstep", Email: "lockstep@localhost"}, When: now.UTC(),
		Message:  fmt.Sprintf("Publish %s to %s", short(r.Commit.String()), r.Target),
		Parents:  []git.Hash{r.Commit},
		Trailers: []git.Trailer{{Key: keyCommit, Value: r.Commit.String()}, {Key: keyTarget, Value: r.Target}},
	}
	if !before.IsZero() {
		m.Parents = []git.Hash{before, r.Commit}
	}
	if !r.Previous.IsZero() {
		m.Trailers = append(m.Trailers, git.Trailer{Key: keyPrevious, Value: r.Previous.String()})
	}
	if r.Rewrite {
		m.Message += fmt.Sprintf("\n\nThe commit published before, %s, is not in its history: this was allowed.", short(r.Previous.String()))
		m.Trailers = append(m.Trailers, git.Trailer{Key: keyRewrite, Value: "allowed"})
	}
	for _, t := range []git.Trailer{{Key: keyBy, Value: r.By}, {Key: keyRun, Value: r.Run}} {
		if t.Value != "" {
			m.Trailers = append(m.Trailers, t)
		}
	}
	return m
}

// ParseRecord reads a record from the message of its commit.
func ParseRecord(message string) (Record, error) {
	var r Record
	for _, t := range git.Trailers(message) {
		var ok bool
		switch t.Key {
		case keyCommit:
			if r.Commit, ok = git.ParseHash(t.Value); !ok {
				return Record{}, fmt.Errorf("read record: %s: %q is no commit", t.Key, t.Value)
			}
		case keyTarget:
			r.Target = t.Value
		case keyPrevious:
			if r.Previous, ok = git.ParseHash(t.Value); !ok {
				return Record{}, fmt.Errorf("read record: %s: %q is no commit", t.Key, t.Value)
			}
		case keyRewrite:
			r.Rewrite = true
		case keyBy:
			r.By = t.Value
		case keyRun:
			r.Run = t.Value
		}
	}
	if r.Commit.IsZero() {
		return Record{}, fmt.Errorf("read record: it does not say what was published: something else was pushed there")
	}
	return r, nil
}

// RecordRef returns the ref that keeps the record of a scope, which is an
// instance or a part of it. Azure Repos, told by the address of the repository,
// documents no refs but branches, tags and notes: there it is a branch.
func RecordRef(location, scope string) string {
	name := RecordPrefix + RefName(scope)
	if strings.Contains(location, "/_git/") || strings.Contains(location, ".visualstudio.com") || strings.Contains(location, "ssh.dev.azure.com") {
		return "refs/heads/" + strings.TrimPrefix(name, "refs/")
	}
	return name
}

// RefName returns a scope as one part of a ref's name or of a comment's mark.
func RefName(scope string) string {
	keep := func(r rune) rune {
		switch {
		case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', '0' <= r && r <= '9', r == '_', r == '.':
			return r
		}
		return '-'
	}
	parts := strings.FieldsFunc(strings.Map(keep, scope), func(r rune) bool { return r == '-' })
	name := strings.Trim(strings.Join(parts, "-"), ".")
	for strings.Contains(name, "..") {
		name = strings.ReplaceAll(name, "..", ".")
	}
	if name == "" || strings.HasSuffix(name, ".lock") {
		return name + "_"
	}
	return name
}

// Last is how the commit that is to be published stands to the one that was
// published last.
type Last struct {
	Commit   git.Hash   // to be published
	Previous git.Hash   // published last; zero: nothing was recorded
	Contains git.Answer // Commit is Previous or comes after it
	Allowed  bool       // it need not be
	Trial    bool       // a pull request that is not merged yet
}

// Rewritten reports whether what was published last is not in the history of
// the commit.
func (l Last) Rewritten() bool { return !l.Previous.IsZero() && l.Contains == git.No }

// Judge returns the finding on the history of what is published.
func (l Last) Judge() Finding {
	f := finding(History)
	was := short(l.Previous.String())
	switch {
	case l.Previous.IsZero():
		return f(Held, "nothing was recorded as published yet")
	case l.Contains == git.Yes:
		return f(Held, fmt.Sprintf("commit %s follows %s, which was published last", short(l.Commit.String()), was))
	case l.Trial:
		return f(Later, fmt.Sprintf("the pull request lacks commit %s, which was published last: its merge will have it", was))
	case l.Contains == git.No && l.Allowed:
		return f(Held, fmt.Sprintf("commit %s, which was published last, is not in the history: --allow-rewrite lets that pass", was))
	case l.Contains == git.No:
		return f(Refused, fmt.Sprintf("commit %s, which was published last, is not in the history of %s: "+
			"history was rewritten, or an older commit is being published; if that is meant, say --allow-rewrite", was, short(l.Commit.String())))
	}
	return f(Refused, fmt.Sprintf("the clone is too shallow to tell whether commit %s follows %s, which was published last: "+
		"fetch its whole history (fetch-depth: 0)", short(l.Commit.String()), was))
}
