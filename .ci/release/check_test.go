//go:build release

package main

import (
	"archive/zip"
	"bytes"
	"debug/elf"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
)

// TestRelease makes a release of the commit twice, each from a folder of its
// own, and runs what is in it.
func TestRelease(t *testing.T) {
	const version = "v0.0.1-rc.1"
	dir := t.TempDir()
	commit, err := git(t.Context(), "../..", "rev-parse", "HEAD") // once: it may move in between
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"a", "b"} {
		args := []string{"-repo", "../..", "-commit", commit, "-version", version, "-out", filepath.Join(dir, name), "-rid", "linux-x64,linux-musl-x64,win-x64"}
		if err := run(t.Context(), args, io.Discard); err != nil {
			t.Fatal(err)
		}
	}
	first, second := read(t, filepath.Join(dir, "a", version)), read(t, filepath.Join(dir, "b", version))
	if len(first) != 10 || len(second) != 10 {
		t.Errorf("got %d and %d files, want 10", len(first), len(second))
	}
	for name, content := range first {
		if content != second[name] {
			t.Errorf("%s is another the second time, want the same bytes", name)
		}
	}
	checkBill(t, []byte(first[sbomFile]))
	if !strings.Contains(first[sbomFile], "pkg:golang/github.com/go-git/go-git/v5@v") {
		t.Error("the bill of materials lacks what the extractor stands on")
	}
	if out, err := exec.Command("sh", "-c", "cd '"+filepath.Join(dir, "a", version)+"' && sha256sum --strict -c checksums.txt").CombinedOutput(); err != nil {
		t.Errorf("sha256sum -c: %v\n%s", err, out)
	}
	for _, p := range programs() {
		if first[p+"-linux-x64.zip"] != first[p+"-linux-musl-x64.zip"] {
			t.Errorf("%s: the archives of both C libraries differ, want the same static file", p)
		}
		checkStatic(t, unpack(t, first[p+"-linux-x64.zip"], p))
		checkVersion(t, unpack(t, first[p+"-linux-x64.zip"], p), p, version)
		if windows := unpack(t, first[p+"-win-x64.zip"], p+".exe"); !bytes.HasPrefix(windows, []byte("MZ")) {
			t.Errorf("%s.exe is no program of Windows", p)
		}
	}
}

// unpack returns the only file of an archive.
func unpack(t *testing.T, archive, name string) []byte {
	t.Helper()
	z, err := zip.NewReader(strings.NewReader(archive), int64(len(archive)))
	if err != nil || len(z.File) != 1 || z.File[0].Name != name || z.File[0].Mode() != 0o755 {
		t.Fatalf("archive of %s: %v, want one file that may run", name, err)
	}
	f, err := z.File[0].Open()
	if err != nil {
		t.Fatal(err)
	}
	content, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// checkStatic fails when a program asks for an interpreter or a library.
func checkStatic(t *testing.T, content []byte) {
	t.Helper()
	f, err := elf.NewFile(bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range f.Progs {
		if p.Type == elf.PT_INTERP || p.Type == elf.PT_DYNAMIC {
			t.Errorf("the program has a segment %v, want it static", p.Type)
		}
	}
}

// checkVersion runs a program on the machine that it was built for.
func checkVersion(t *testing.T, content []byte, program, version string) {
	t.Helper()
	if runtime.GOOS+"/"+runtime.GOARCH != "linux/amd64" {
		t.Logf("%s is not run: it is for another machine", program)
		return
	}
	name := filepath.Join(t.TempDir(), program)
	if err := os.WriteFile(name, content, 0o755); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(name, "--version").CombinedOutput()
	want := regexp.MustCompile(`^` + program + ` version ` + regexp.QuoteMeta(version) + ` \(commit [0-9a-f]{12}, \d{4}-\d\d-\d\d, go1\.\d+(\.\d+)?\)\n$`)
	if err != nil || !want.Match(out) {
		t.Errorf("%s --version = %q, %v, want %v", program, out, err, want)
	}
}
