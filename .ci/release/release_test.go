package main

import (
	"archive/zip"
	"bytes"
	"context"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// testSource is a source with pipelines and no programs.
func testSource(t *testing.T) *source {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"pipelines/github/workflows/publish.yml": "on: push\n", "pipelines/github/actions/setup/action.yml": "name: setup\n",
		"pipelines/azure/publish.yml": "trigger: none\n", "pipelines/lockstep/install.sh": "#!/bin/sh\n",
	} {
		if err := os.MkdirAll(filepath.Join(dir, filepath.Dir(name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return &source{dir: dir, version: "v1.2.3", commit: strings.Repeat("0123", 10), at: time.Date(2026, 1, 31, 10, 20, 30, 0, time.UTC)}
}

// fakeBuild puts this test program, which is a Go program like any other, where
// programs belong.
func fakeBuild(_ context.Context, t target, dir string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	content, err := os.ReadFile(self)
	if err != nil {
		return err
	}
	for _, p := range programs() {
		if err := os.WriteFile(filepath.Join(dir, t.file(p)), content, 0o755); err != nil {
			return err
		}
	}
	return nil
}

// testRelease makes a release of one kind of machine.
func testRelease(t *testing.T, dir string, rids ...string) {
	t.Helper()
	named, err := targetsNamed(rids)
	if err != nil {
		t.Fatal(err)
	}
	if err := publish(t.Context(), testSource(t), fakeBuild, named, dir, io.Discard); err != nil {
		t.Fatal(err)
	}
}

// read returns the files in a folder by their names.
func read(t *testing.T, dir string) map[string]string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, e := range entries {
		content, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		files[e.Name()] = string(content)
	}
	return files
}

func TestPublish(t *testing.T) {
	dir := t.TempDir()
	first, second := filepath.Join(dir, "a", "v1.2.3"), filepath.Join(dir, "b", "v1.2.3")
	testRelease(t, first, "linux-x64")
	testRelease(t, second, "linux-x64")
	files := read(t, first)
	for name, content := range read(t, second) {
		if content != files[name] {
			t.Errorf("%s is another the second time, want the same bytes", name)
		}
	}
	var names []string
	for name := range files {
		names = append(names, name)
	}
	slices.Sort(names)
	want := []string{"Azure_DevOps.zip", "Github.zip", "checksums.txt", "extractor-linux-x64.zip", "publisher-linux-x64.zip", "sbom.cdx.json"}
	if diff := cmp.Diff(names, want); diff != "" {
		t.Errorf("files (-got +want):\n%s", diff)
	}
	if out, err := exec.Command("sh", "-c", "cd '"+first+"' && sha256sum --strict -c checksums.txt").CombinedOutput(); err != nil || bytes.Count(out, []byte(": OK\n")) != len(want)-1 {
		t.Errorf("sha256sum -c: %v, want %d times OK:\n%s", err, len(want)-1, out)
	}
	checkBill(t, []byte(files[sbomFile]))
}

func TestArchives(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "v1.2.3")
	testRelease(t, dir, "win-x64", "linux-musl-arm64")
	files := read(t, dir)
	tests := []struct {
		archive string
		want    map[string]fs.FileMode
	}{
		{"extractor-linux-musl-arm64.zip", map[string]fs.FileMode{"extractor": 0o755}},
		{"publisher-win-x64.zip", map[string]fs.FileMode{"publisher.exe": 0o755}},
		{"Github.zip", map[string]fs.FileMode{".github/workflows/publish.yml": 0o644, ".github/actions/setup/action.yml": 0o644, "lockstep/install.sh": 0o755}},
		{"Azure_DevOps.zip", map[string]fs.FileMode{".azure-pipelines/publish.yml": 0o644, "lockstep/install.sh": 0o755}},
	}
	for _, tt := range tests {
		t.Run(tt.archive, func(t *testing.T) {
			z, err := zip.NewReader(strings.NewReader(files[tt.archive]), int64(len(files[tt.archive])))
			if err != nil {
				t.Fatal(err)
			}
			got := map[string]fs.FileMode{}
			for _, f := range z.File {
				got[f.Name] = f.Mode()
				if want := time.Date(2026, 1, 31, 10, 20, 30, 0, time.UTC); !f.Modified.Equal(want) {
					t.Errorf("%s is of %v, want %v", f.Name, f.Modified, want)
				}
			}
			if diff := cmp.Diff(got, tt.want); diff != "" {
				t.Errorf("files (-got +want):\n%s", diff)
			}
		})
	}
}

// TestInstall installs from a release what the script of the pipelines asks for.
func TestInstall(t *testing.T) {
	for _, tool := range []string{"curl", "unzip", "sh"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s is not installed, so nothing is: %v", tool, err)
		}
	}
	script, err := filepath.Abs("../../pipelines/lockstep/install.sh")
	if err != nil {
		t.Fatal(err)
	}
	releases, bin := t.TempDir(), t.TempDir()
	testRelease(t, filepath.Join(releases, "v1.2.3"), allRIDs()[:2]...)
	for _, p := range programs() {
		cmd := exec.Command("sh", script, p, "v1.2.3", bin)
		cmd.Env = append(os.Environ(), "LOCKSTEP_RELEASES=file://"+releases)
		if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
			t.Errorf("install %s: %v, want it done without a word:\n%s", p, err, out)
		}
		if info, err := os.Stat(filepath.Join(bin, p)); err != nil || info.Mode() != 0o755 {
			t.Errorf("%s was installed as %v, %v, want a program", p, info, err)
		}
	}
}

func TestRefused(t *testing.T) {
	tests := []struct {
		name string
		args []string
		want string
	}{
		{"no version", nil, `"" is none`},
		{"a version without a v", []string{"-version", "1.2.3"}, `"1.2.3" is none`},
		{"a version with a path", []string{"-version", "v1.2.3/../x"}, "is none"},
		{"a machine that nobody has", []string{"-version", "v1.2.3", "-rid", "linux-x86"}, `"linux-x86" is not one of linux-x64, `},
		{"no commit", []string{"-version", "v1.2.3", "-commit", "nosuch"}, "find commit: git rev-parse"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := run(t.Context(), append(tt.args, "-out", t.TempDir()), io.Discard)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("run() = %v, want an error with %q", err, tt.want)
			}
		})
	}
}

func TestEnvironment(t *testing.T) {
	got := environment([]string{"HOME=/home/dana", "GOFLAGS=-race", "GOEXPERIMENT=x"}, targets()[1])
	want := []string{"HOME=/home/dana", "CGO_ENABLED=0", "GOOS=linux", "GOARCH=arm64", "GOAMD64=v1", "GOARM64=v8.0", "GOWORK=off"}
	if diff := cmp.Diff(got, want); diff != "" {
		t.Errorf("environment() (-got +want):\n%s", diff)
	}
}
