// Package git reads and writes git repositories without a work tree.
//
// It works on objects: a commit's tree is an [io/fs] file system, a change is
// a new tree over an old one, and a push is one compare-and-swap of one ref.
// Nothing is ever checked out, so the cost of a change follows the size of the
// change and not of the repository.
//
// The package knows no gateway and no forge. It merges whole files and not
// lines, and runs no hooks of a repository that it opens by its path. It signs
// and checks signatures with keys that it is given, and decides nothing by them.
package git

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
)

// A Hash names an object. The zero Hash names none.
type Hash = plumbing.Hash

// ParseHash returns the hash that s spells as 40 hexadecimal digits.
func ParseHash(s string) (Hash, bool) {
	if !plumbing.IsHash(s) || len(s) != 2*len(Hash{}) {
		return Hash{}, false
	}
	return plumbing.NewHash(s), true
}

// HashBlob returns the hash that content has as a file in git.
func HashBlob(content []byte) Hash { return plumbing.ComputeHash(plumbing.BlobObject, content) }

var (
	// ErrNotFound means that a repository, ref, commit or object is not there.
	ErrNotFound = errors.New("not found")
	// ErrDenied means that the server did not accept the credentials.
	ErrDenied = errors.New("access denied")
	// ErrStale means that a ref was not at the commit it was expected at:
	// somebody else was first. The error is a [*StaleError].
	ErrStale = errors.New("ref has changed")
	// ErrRefused means that the server, or a hook on it, did not take a push.
	ErrRefused = errors.New("push refused")
	// ErrUnchanged means that a commit would have had its base's tree.
	ErrUnchanged = errors.New("nothing changed")
)

// A StaleError says that a ref is not where a push expected it.
type StaleError struct {
	Ref        string
	Want, Have Hash   // expected and found; the zero Hash is an absent ref
	Server     string // what the server said, "" if it was not asked to write
}

// Error says where the ref is.
func (e *StaleError) Error() string {
	s := fmt.Sprintf("update %s: %v: expected %s, found %s", e.Ref, ErrStale, place(e.Want), place(e.Have))
	if e.Server != "" {
		s += " (server: " + e.Server + ")"
	}
	return s
}

// Unwrap returns ErrStale.
func (e *StaleError) Unwrap() error { return ErrStale }

func place(h Hash) string {
	if h.IsZero() {
		return "no such ref"
	}
	return h.String()[:10]
}

// Options says how to open a repository. The zero value will do for one that
// needs no credentials.
type Options struct {
	Auth     Auth
	Proxy    string       // URL of a proxy; "" for what the environment says
	CABundle []byte       // PEM certificates to trust besides the system's
	HTTP     *http.Client // for http and https; nil for one of the package's own

	// Borrow is a local repository whose objects need not be fetched, such
	// as the checkout of a CI job. Nothing is written to it.
	Borrow string
	// TempDir is where a repository opened by URL keeps what it fetches;
	// "" for the system's own place.
	TempDir string
	// Now is the clock that dates records; nil for time.Now.
	Now func() time.Time
	// Log receives one line for each exchange with a server; nil for none.
	Log *slog.Logger
}

// A Repo is an open repository. Its methods may be called from several
// goroutines at once. Close it when done.
type Repo struct {
	objects *objects
	host    host
	now     func() time.Time
	cleanup func() error
}

// A host owns the refs of a repository and can supply objects.
type host interface {
	// list returns all refs.
	list(ctx context.Context) (*listing, error)
	// fetch adds commits to the object store: whole, or with depth 0 their
	// whole history with or without files.
	fetch(ctx context.Context, want []Hash, depth int) error
	// swap moves ref from old to new, or fails with a *StaleError.
	swap(ctx context.Context, ref string, to, from Hash) error
}

// Open opens the repository at location: a path, or a URL (https, http, ssh,
// file, or user@host:path).
//
// A path may be a bare repository, a checkout of any kind (detached, shallow,
// linked worktree, submodule), or a folder inside one. Its objects are read
// and written in place, and its refs are the ones that Push updates.
//
// A URL names a repository on a server. What is needed of it is fetched
// without history into a temporary folder that Close removes; a file URL is
// served by the git program, hooks included.
func Open(ctx context.Context, location string, o Options) (*Repo, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if isURL(location) {
		r, err := openURL(location, o)
		if err != nil {
			return nil, fmt.Errorf("open repository %s: %w", StripUserinfo(location), err)
		}
		return r, nil
	}
	r, err := openPath(location, o)
	if err != nil {
		return nil, fmt.Errorf("open repository %s: %w", location, err)
	}
	return r, nil
}

// Close lets go of open files and removes what was fetched.
func (r *Repo) Close() error {
	err := r.objects.close()
	if r.cleanup != nil {
		err = errors.Join(err, r.cleanup())
	}
	return err
}

func openPath(path string, o Options) (*Repo, error) {
	f, err := findFolder(path)
	if err != nil {
		return nil, err
	}
	objs, err := f.openObjects()
	if err != nil {
		return nil, err
	}
	f.objects = objs
	return &Repo{objects: objs, host: f, now: o.Now}, nil
}

func openURL(location string, o Options) (*Repo, error) {
	s, err := newServer(location, o)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp(o.TempDir, "lockstep-git-")
	if err != nil {
		return nil, err
	}
	objs, err := tempObjects(dir, o.Borrow)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	s.objects = objs
	return &Repo{
		objects: objs, host: s, now: o.Now,
		cleanup: func() error { return os.RemoveAll(dir) },
	}, nil
}

// isURL reports whether location is meant for a server and is no local path.
func isURL(location string) bool {
	if scheme, _, ok := strings.Cut(location, "://"); ok && scheme != "" && !strings.ContainsAny(scheme, `/\`) {
		return true
	}
	// user@host:path, but not C:\path and not ./a:b.
	host, _, ok := strings.Cut(location, ":")
	if !ok || len(host) < 2 || strings.ContainsAny(host, `/\`) {
		return false
	}
	_, err := os.Lstat(location)
	return err != nil
}
