package git

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/go-git/go-git/v5/config"
)

// A folder is a repository on disk: the host of its own refs.
type folder struct {
	dir     string // HEAD of this work tree
	common  string // objects, refs and config, shared by linked work trees
	objects *objects
}

// findFolder returns the repository that path is, is a checkout of, or is in.
func findFolder(path string) (*folder, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(path); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotFound, err)
	}
	for dir := path; ; dir = filepath.Dir(dir) {
		gitDir, err := gitDirOf(dir)
		if err != nil {
			return nil, err
		}
		if gitDir != "" {
			return newFolder(gitDir)
		}
		if dir == filepath.Dir(dir) {
			return nil, fmt.Errorf("%w: neither %s nor a folder above it is a git repository", ErrNotFound, path)
		}
	}
}

// gitDirOf returns the git folder of dir, or "" if it has none: dir itself when
// bare, its .git folder, or the folder that its .git file names.
func gitDirOf(dir string) (string, error) {
	dot := filepath.Join(dir, ".git")
	info, err := os.Stat(dot)
	switch {
	case err == nil && info.IsDir():
		return dot, nil
	case err == nil:
		text, err := os.ReadFile(dot)
		if err != nil {
			return "", err
		}
		target, ok := strings.CutPrefix(strings.TrimRight(string(text), "\r\n"), "gitdir: ")
		if !ok {
			return "", fmt.Errorf("read %s: it names no git folder", dot)
		}
		return under(dir, target), nil
	case !errors.Is(err, fs.ErrNotExist):
		return "", err
	}
	if isFile(filepath.Join(dir, "HEAD")) && isDir(filepath.Join(dir, "objects")) && isDir(filepath.Join(dir, "refs")) {
		return dir, nil
	}
	return "", nil
}

func newFolder(gitDir string) (*folder, error) {
	f := &folder{dir: gitDir, common: gitDir}
	text, err := os.ReadFile(filepath.Join(gitDir, "commondir"))
	switch {
	case err == nil:
		f.common = under(gitDir, strings.TrimSpace(string(text)))
	case !errors.Is(err, fs.ErrNotExist):
		return nil, err
	}
	if !isFile(filepath.Join(gitDir, "HEAD")) {
		return nil, fmt.Errorf("%w: %s is no git repository", ErrNotFound, gitDir)
	}
	return f, nil
}

// openObjects opens the repository's objects and those it borrows, once it
// knows that it understands the repository's format.
func (f *folder) openObjects() (*objects, error) {
	cfg, err := f.config()
	if err != nil {
		return nil, err
	}
	if err := checkFormat(cfg); err != nil {
		return nil, err
	}
	o := &objects{partial: isPartial(cfg)}
	const depth = 5 // as git has it
	if err := o.addLayers(f.common, depth); err != nil {
		return nil, err
	}
	return o, nil
}

// addLayers adds the objects of a git folder and of its alternates.
func (o *objects) addLayers(gitDir string, depth int) error {
	o.layers = append(o.layers, newLayer(gitDir))
	text, err := os.ReadFile(filepath.Join(gitDir, "objects", "info", "alternates"))
	if errors.Is(err, fs.ErrNotExist) || depth == 0 {
		return nil
	}
	if err != nil {
		return err
	}
	lines := bufio.NewScanner(bytes.NewReader(text))
	for lines.Scan() {
		line := lines.Text()
		if line == "" || line[0] == '#' {
			continue
		}
		dir := under(filepath.Join(gitDir, "objects"), line)
		if filepath.Base(dir) != "objects" || !isDir(dir) {
			continue
		}
		if err := o.addLayers(filepath.Dir(dir), depth-1); err != nil {
			return err
		}
	}
	return lines.Err()
}

func (f *folder) config() (*config.Config, error) {
	text, err := os.ReadFile(filepath.Join(f.common, "config"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	cfg, err := config.ReadConfig(bytes.NewReader(text))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", filepath.Join(f.common, "config"), err)
	}
	return cfg, nil
}

// checkFormat refuses a repository whose layout this package does not know.
func checkFormat(cfg *config.Config) error {
	if v := cfg.Core.RepositoryFormatVersion; v != "" && v != "0" && v != "1" {
		return fmt.Errorf("repository format %s is not supported", v)
	}
	for _, opt := range cfg.Raw.Section("extensions").Options {
		value := strings.ToLower(opt.Value)
		switch key := strings.ToLower(opt.Key); {
		case key == "objectformat" && value == "sha1", key == "refstorage" && value == "files":
		case key == "noop", key == "noop-v1", key == "partialclone", key == "preciousobjects",
			key == "worktreeconfig", key == "relativeworktrees":
		default:
			return fmt.Errorf("repository extension %s = %s is not supported", opt.Key, opt.Value)
		}
	}
	return nil
}

// isPartial reports whether objects may have been left on a server.
func isPartial(cfg *config.Config) bool {
	if cfg.Raw.Section("extensions").HasOption("partialclone") {
		return true
	}
	for _, remote := range cfg.Raw.Section("remote").Subsections {
		if remote.HasOption("promisor") || remote.HasOption("partialclonefilter") {
			return true
		}
	}
	return false
}

// remoteURL returns the URL of a remote that the repository is configured with.
func (f *folder) remoteURL(name string) (string, error) {
	cfg, err := f.config()
	if err != nil {
		return "", err
	}
	r := cfg.Remotes[name]
	if r == nil || len(r.URLs) == 0 {
		return "", fmt.Errorf("%w: the repository has no remote %q", ErrNotFound, name)
	}
	return r.URLs[0], nil
}

// RemoteURL returns the URL of the remote that the repository at a local path
// calls name. It may hold credentials: see [StripUserinfo].
func RemoteURL(path, name string) (string, error) {
	f, err := findFolder(path)
	if err != nil {
		return "", fmt.Errorf("find remote %q of %s: %w", name, path, err)
	}
	url, err := f.remoteURL(name)
	if err != nil {
		return "", fmt.Errorf("find remote %q of %s: %w", name, path, err)
	}
	return url, nil
}

func under(dir, path string) string {
	path = filepath.FromSlash(path)
	if filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	return filepath.Join(dir, path)
}

func isFile(path string) bool {
	info, err := os.Lstat(path)
	return err == nil && !info.IsDir()
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

var _ host = (*folder)(nil)
