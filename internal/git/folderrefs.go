package git

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// list returns the refs of the repository, read from its files.
func (f *folder) list(ctx context.Context) (*listing, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	refs, err := f.packed()
	if err != nil {
		return nil, err
	}
	symbolic := map[string]string{}
	if err := f.loose(refs, symbolic); err != nil {
		return nil, err
	}
	for name, target := range symbolic {
		for range 5 { // as git has it
			if next, ok := symbolic[target]; ok {
				target = next
			}
		}
		if h, ok := refs[target]; ok {
			refs[name] = h
		}
	}
	l := &listing{}
	for name, h := range refs {
		l.refs = append(l.refs, Ref{Name: name, Hash: h})
	}
	slices.SortFunc(l.refs, func(a, b Ref) int { return strings.Compare(a.Name, b.Name) })
	return l, f.readHead(l, symbolic)
}

// readHead completes a listing with HEAD, or for the name of the branch, when
// it is detached, with what the remote origin was cloned with.
func (f *folder) readHead(l *listing, symbolic map[string]string) error {
	h, target, err := readRefFile(filepath.Join(f.dir, "HEAD"))
	if err != nil {
		return fmt.Errorf("read HEAD: %w", err)
	}
	if target != "" {
		l.headBranch, l.head = target, l.at(target)
		return nil
	}
	l.headBranch, l.head = symbolic["refs/remotes/origin/HEAD"], h
	return nil
}

// loose reads the refs that have a file each into refs and symbolic.
func (f *folder) loose(refs map[string]Hash, symbolic map[string]string) error {
	root := filepath.Join(f.common, "refs")
	return filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil // gone since its folder was read
		}
		if err != nil {
			return err
		}
		if d.IsDir() || strings.HasSuffix(path, ".lock") {
			return nil
		}
		rel, err := filepath.Rel(f.common, path)
		if err != nil {
			return err
		}
		name := filepath.ToSlash(rel)
		h, target, err := readRefFile(path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			return fmt.Errorf("read %s: %w", name, err)
		case target != "":
			symbolic[name] = target
			delete(refs, name)
		default:
			refs[name] = h
		}
		return nil
	})
}

// packed reads the refs in the packed-refs file.
func (f *folder) packed() (map[string]Hash, error) {
	refs := map[string]Hash{}
	text, err := os.ReadFile(filepath.Join(f.common, "packed-refs"))
	if errors.Is(err, fs.ErrNotExist) {
		return refs, nil
	}
	if err != nil {
		return nil, err
	}
	lines := bufio.NewScanner(bytes.NewReader(text))
	for lines.Scan() {
		line := lines.Text()
		if line == "" || line[0] == '#' || line[0] == '^' {
			continue
		}
		digits, name, _ := strings.Cut(line, " ")
		h, ok := ParseHash(digits)
		if !ok || name == "" {
			return nil, fmt.Errorf("read packed-refs: malformed line %q", line)
		}
		refs[name] = h
	}
	return refs, lines.Err()
}

// read returns where one ref is; a symbolic one is an error.
func (f *folder) read(name string) (Hash, error) {
	if isFile(f.path(name)) {
		h, target, err := readRefFile(f.path(name))
		if target != "" {
			return Hash{}, fmt.Errorf("it stands for %s: name that", target)
		}
		return h, err
	}
	refs, err := f.packed()
	return refs[name], err
}

func (f *folder) path(ref string) string { return filepath.Join(f.common, filepath.FromSlash(ref)) }

// readRefFile returns the hash in a ref's file, or the ref that it stands for.
func readRefFile(path string) (h Hash, target string, err error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return Hash{}, "", err
	}
	line := strings.TrimSpace(string(text))
	if target, ok := strings.CutPrefix(line, "ref:"); ok {
		return Hash{}, strings.TrimSpace(target), nil
	}
	h, ok := ParseHash(line)
	if !ok {
		return Hash{}, "", fmt.Errorf("malformed ref %q", line)
	}
	return h, "", nil
}

// fetch can add nothing: what a repository on disk lacks is missing.
func (f *folder) fetch(_ context.Context, want []Hash, _ int) error {
	for _, h := range want {
		if !f.objects.has(h) {
			_, err := f.objects.commit(h)
			return err
		}
	}
	return nil
}
