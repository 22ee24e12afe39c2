package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// The files of a release besides archives.
const (
	checksumsFile = "checksums.txt"
	sbomFile      = "sbom.cdx.json"
)

// A builder builds the programs for a target into a folder.
type builder func(ctx context.Context, t target, dir string) error

// publish makes the files of a release and puts them, all or none, into a
// folder that it makes anew.
func publish(ctx context.Context, s *source, build builder, targets []target, dir string, stdout io.Writer) (err error) {
	files, err := assemble(ctx, s, build, targets, stdout)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return fmt.Errorf("write release: %w", err)
	}
	fresh, err := os.MkdirTemp(filepath.Dir(dir), ".release-")
	if err != nil {
		return fmt.Errorf("write release: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(fresh)) }()
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if err := os.WriteFile(filepath.Join(fresh, name), files[name], 0o644); err != nil {
			return fmt.Errorf("write release: %w", err)
		}
	}
	if err := errors.Join(os.Chmod(fresh, 0o755), os.RemoveAll(dir), os.Rename(fresh, dir)); err != nil {
		return fmt.Errorf("write release: %w", err)
	}
	fmt.Fprintf(stdout, "%s: %d files of %s, commit %s\n", dir, len(files), s.version, s.short())
	return nil
}

// assemble returns the files of a release by their names.
func assemble(ctx context.Context, s *source, build builder, targets []target, stdout io.Writer) (map[string][]byte, error) {
	files := map[string][]byte{}
	var built []binary
	for _, t := range targets {
		programs, err := buildAll(ctx, s, build, t)
		if err != nil {
			return nil, err
		}
		for _, b := range programs {
			archive, err := pack(map[string]entry{t.file(b.program): {b.content, 0o755}}, s.at)
			if err != nil {
				return nil, err
			}
			files[t.archive(b.program)] = archive
		}
		built = append(built, programs...)
		fmt.Fprintf(stdout, "built for %s\n", t.rid)
	}
	for _, b := range bundles() {
		entries, err := b.entries(os.DirFS(s.dir))
		if err != nil {
			return nil, err
		}
		if files[b.archive], err = pack(entries, s.at); err != nil {
			return nil, err
		}
	}
	var err error
	if files[sbomFile], err = sbom(s, built); err != nil {
		return nil, err
	}
	files[checksumsFile] = checksums(files)
	return files, nil
}

// A binary is a program that was built for a target.
type binary struct {
	program string
	target  target
	content []byte
}

// buildAll builds the programs for a target and reads them. Targets that differ
// in their names alone cost nothing: the go command builds but once.
func buildAll(ctx context.Context, s *source, build builder, t target) (built []binary, err error) {
	dir := filepath.Join(s.dir, ".release", t.goos+"-"+t.goarch)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("build for %s: %w", t.rid, err)
	}
	for _, p := range programs() {
		name := filepath.Join(dir, t.file(p))
		if _, err := os.Stat(name); err != nil {
			if err := build(ctx, t, dir); err != nil {
				return nil, err
			}
		}
		content, err := os.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("build for %s: %w", t.rid, err)
		}
		built = append(built, binary{p, t, content})
	}
	return built, nil
}

// checksums returns the SHA-256 of files, as sha256sum prints and checks them.
func checksums(files map[string][]byte) []byte {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(files)) {
		fmt.Fprintf(&b, "%x  %s\n", sha256.Sum256(files[name]), name)
	}
	return []byte(b.String())
}
