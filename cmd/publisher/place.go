package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/lockstep-apiops/lockstep/internal/cli"
	"github.com/lockstep-apiops/lockstep/internal/config"
	"github.com/lockstep-apiops/lockstep/internal/connect"
	"github.com/lockstep-apiops/lockstep/internal/git"
)

// A place is where the tree is read from.
type place struct {
	repo string // path or URL of the repository; "" for a plain folder
	dir  string // the folder: inside the repository, with slashes, if there is one
}

// findPlace returns where the settings say that the tree is. With a commit to
// publish and no repository it is the one that holds the folder.
func findPlace(v *config.Values) (place, error) {
	switch {
	case v.IsSet("repo"):
		dir, err := connect.Folder(v, "input")
		return place{v.String("repo"), dir}, err
	case v.IsSet("commit-id"):
		return holding(v.String("input"))
	}
	return place{dir: v.String("input")}, nil
}

// holding returns the repository that holds a folder, which need not be in the
// work tree any more.
func holding(input string) (place, error) {
	folder, err := filepath.Abs(input)
	if err != nil {
		return place{}, fmt.Errorf("find repository of %s: %w", input, err)
	}
	there, gone := folder, "."
	for {
		if _, err := os.Stat(there); err == nil || there == filepath.Dir(there) {
			break
		}
		there, gone = filepath.Dir(there), filepath.Join(filepath.Base(there), gone)
	}
	top := workTree(there)
	if top == "" {
		return place{}, cli.Usagef("COMMIT_ID is set, and neither %s nor a folder above it is a git repository: name it with --repo", input)
	}
	if there, err = filepath.EvalSymlinks(there); err != nil {
		return place{}, fmt.Errorf("find repository of %s: %w", input, err)
	}
	dir, err := filepath.Rel(top, filepath.Join(there, gone))
	if err != nil {
		return place{}, fmt.Errorf("find repository of %s: %w", input, err)
	}
	return place{top, filepath.ToSlash(dir)}, nil
}

// repository opens the repository that the tree is in.
func (r *run) repository(ctx context.Context) (*git.Repo, error) {
	if r.repo != nil {
		return r.repo, nil
	}
	repo, err := r.host(connect.Options{Repo: r.place.repo}).Repository(ctx)
	if err != nil {
		return nil, err
	}
	r.repo = repo
	return repo, nil
}

// host reaches a repository and its forge as the settings say.
func (r *run) host(o connect.Options) *connect.Host {
	o.Env, o.Log, o.UserAgent = r.sys.Getenv, r.log, userAgent()
	return connect.New(r.v, o)
}

// origin returns where the server has the repository: of a checkout, where it
// was cloned from.
func (r *run) origin() string {
	if _, err := os.Stat(r.place.repo); err != nil {
		return r.place.repo // a URL, or nothing
	}
	url, err := git.RemoteURL(r.place.repo, "origin")
	if err != nil {
		return r.place.repo // it has none: it is its own server
	}
	if _, err := os.Stat(filepath.Join(workTree(r.place.repo), url)); err == nil && !filepath.IsAbs(url) {
		return filepath.Join(workTree(r.place.repo), url)
	}
	return url
}

// server opens the repository as the server has it, which knows what a checkout
// does not: refs that were not fetched, and history that was cut off.
func (r *run) server(ctx context.Context) (*git.Repo, error) {
	if r.remote != nil {
		return r.remote, nil
	}
	local, err := r.repository(ctx)
	if err != nil {
		return nil, err
	}
	origin := r.origin()
	if origin == r.place.repo {
		return local, nil
	}
	repo, err := r.host(connect.Options{Repo: origin, Borrow: r.place.repo}).Repository(ctx)
	if err != nil {
		return nil, err
	}
	r.remote = repo
	return repo, nil
}
