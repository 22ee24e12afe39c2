package main

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"time"
)

// A source is a commit, laid out in a folder of its own: what lies about in a
// work tree cannot get into a release.
type source struct {
	dir     string
	version string
	commit  string // all of it
	at      time.Time
}

// checkOut lays out a commit. A version that is tagged must be that of the
// commit.
func checkOut(ctx context.Context, repo, commit, version string) (*source, error) {
	hash, err := git(ctx, repo, "rev-parse", "--verify", "--end-of-options", commit+"^{commit}")
	if err != nil {
		return nil, fmt.Errorf("find commit: %w", err)
	}
	if tagged, err := git(ctx, repo, "rev-parse", "--verify", "--quiet", "refs/tags/"+version+"^{commit}"); err == nil && tagged != hash {
		return nil, fmt.Errorf("find commit: the tag %s is on %.12s, and %s is %.12s", version, tagged, commit, hash)
	}
	stamp, err := git(ctx, repo, "show", "--no-patch", "--format=%cI", hash)
	if err != nil {
		return nil, fmt.Errorf("find time of commit: %w", err)
	}
	at, err := time.Parse(time.RFC3339, stamp)
	if err != nil {
		return nil, fmt.Errorf("find time of commit: %w", err)
	}
	dir, err := os.MkdirTemp("", "release-")
	if err != nil {
		return nil, fmt.Errorf("lay out commit: %w", err)
	}
	s := &source{dir: dir, version: version, commit: hash, at: at.UTC().Truncate(2 * time.Second)} // as fine as archives are
	if err := layOut(ctx, repo, hash, dir); err != nil {
		return nil, errors.Join(fmt.Errorf("lay out commit: %w", err), os.RemoveAll(dir))
	}
	return s, nil
}

// layOut writes the files of a commit into a folder.
func layOut(ctx context.Context, repo, hash, dir string) (err error) {
	packed, err := output(ctx, repo, "-c", "core.autocrlf=false", "archive", "--format=tar", hash)
	if err != nil {
		return err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, root.Close()) }()
	for r := tar.NewReader(bytes.NewReader(packed)); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := layOutFile(root, h, r); err != nil {
			return err
		}
	}
}

// layOutFile writes one file or folder.
func layOutFile(root *os.Root, h *tar.Header, r io.Reader) error {
	name := filepath.FromSlash(path.Clean(h.Name))
	switch h.Typeflag {
	case tar.TypeXGlobalHeader:
		return nil
	case tar.TypeDir:
		return root.MkdirAll(name, 0o755)
	case tar.TypeReg:
		content, err := io.ReadAll(r)
		if err != nil {
			return err
		}
		return root.WriteFile(name, content, h.FileInfo().Mode().Perm())
	}
	return fmt.Errorf("%s is neither a file nor a folder", h.Name)
}

// remove removes the folder. What stays behind lies in a folder for what is
// temporary.
func (s *source) remove() { _ = os.RemoveAll(s.dir) }

// short is the commit as programs show it.
func (s *source) short() string { return s.commit[:12] }

// git runs git and returns what it printed, without blanks around it.
func git(ctx context.Context, repo string, args ...string) (string, error) {
	out, err := output(ctx, repo, args...)
	return strings.TrimSpace(string(out)), err
}

// output runs git and returns what it printed.
func output(ctx context.Context, repo string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, "git", append([]string{"-C", repo}, args...)...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("git %s: %w: %s", strings.Join(args, " "), err, strings.TrimSpace(stderr.String()))
	}
	return out, nil
}
