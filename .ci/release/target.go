package main

import (
	"fmt"
	"slices"
	"strings"
)

// A target is a kind of machine, by the name that archives have for it.
type target struct {
	rid          string
	goos, goarch string
}

// targets are all there are. The programs are static, so what runs on Linux
// with one C library runs with the other: those of musl hold the same file,
// under the names that pipelines ask for on Alpine.
func targets() []target {
	return []target{
		{"linux-x64", "linux", "amd64"},
		{"linux-arm64", "linux", "arm64"},
		{"linux-musl-x64", "linux", "amd64"},
		{"linux-musl-arm64", "linux", "arm64"},
		{"win-x64", "windows", "amd64"},
		{"osx-arm64", "darwin", "arm64"},
		{"osx-x64", "darwin", "amd64"},
	}
}

// programs are what each archive holds one of.
func programs() []string { return []string{"extractor", "publisher"} }

// file returns the name of a program on the target.
func (t target) file(program string) string {
	if t.goos == "windows" {
		return program + ".exe"
	}
	return program
}

// archive returns the name of a program's archive for the target.
func (t target) archive(program string) string { return program + "-" + t.rid + ".zip" }

func allRIDs() []string {
	var rids []string
	for _, t := range targets() {
		rids = append(rids, t.rid)
	}
	return rids
}

// targetsNamed returns the targets of those names.
func targetsNamed(rids []string) ([]target, error) {
	var named []target
	for _, rid := range rids {
		i := slices.IndexFunc(targets(), func(t target) bool { return t.rid == rid })
		if i < 0 {
			return nil, fmt.Errorf("choose machines: %q is not one of %s", rid, strings.Join(allRIDs(), ", "))
		}
		named = append(named, targets()[i])
	}
	return named, nil
}
