package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// checkedOut returns the folder of the checkout that a folder of results stands
// for, or "". Jobs of Azure Pipelines that were made for Azure/apiops collect
// what is extracted apart from the checkout, and put it in the place of a
// folder of the repository later. Who starts from nothing there would write
// each file in a form of its own.
func (r *run) checkedOut(name string) (string, error) {
	staging, sources := r.sys.Getenv("BUILD_ARTIFACTSTAGINGDIRECTORY"), r.sys.Getenv("BUILD_SOURCESDIRECTORY")
	if staging == "" || sources == "" {
		return "", nil
	}
	rel, err := inside(staging, name)
	if err != nil || rel == "" {
		return "", err
	}
	if entries, err := os.ReadDir(name); len(entries) > 0 || err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", err // it has a state of its own
	}
	from := filepath.Join(sources, rel)
	info, err := os.Stat(from)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil || !info.IsDir() {
		return "", err
	}
	return from, nil
}

// inside returns the path of a folder as seen from one above it, or "".
func inside(above, name string) (string, error) {
	above, err := filepath.Abs(above)
	if err != nil {
		return "", err
	}
	if name, err = filepath.Abs(name); err != nil {
		return "", err
	}
	rel, err := filepath.Rel(above, name)
	if err != nil || rel == "." || !filepath.IsLocal(rel) {
		return "", nil // elsewhere, maybe on another drive
	}
	return rel, nil
}

// startFrom has an empty folder start with what the checkout holds. It returns
// the folder to read the base from.
func (r *run) startFrom(name string) (string, error) {
	from, err := r.checkedOut(name)
	if err != nil {
		return "", fmt.Errorf("look for the folder in the checkout: %w", err)
	}
	if from == "" {
		return name, nil
	}
	if r.v.Bool("dry-run") {
		return from, nil
	}
	if err := os.CopyFS(name, os.DirFS(from)); err != nil {
		return "", fmt.Errorf("start from the folder of the checkout: %w", err)
	}
	return name, r.printf("%s starts from %s\n", name, from)
}
