package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// repository makes a repository with a commit, and with what is in none.
func repository(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	write := func(name, text string, mode os.FileMode) {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), mode); err != nil {
			t.Fatal(err)
		}
	}
	write("a/main.go", "package main\n", 0o644)
	write("run.sh", "#!/bin/sh\n", 0o755)
	sh(t, dir, "git init --quiet && git add . && git commit --quiet --message One && git tag v1.0.0 && git commit --quiet --allow-empty --message Two && git tag --annotate v1.1.0 --message two")
	write("a/main.go", "package changed\n", 0o644)
	write("stray.go", "package stray\n", 0o644)
	return dir
}

func sh(t *testing.T, dir, script string) {
	t.Helper()
	cmd := exec.Command("sh", "-c", script)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_COMMITTER_DATE=2026-01-31T11:20:31+01:00",
		"GIT_AUTHOR_NAME=Dana", "GIT_AUTHOR_EMAIL=dana@example.com", "GIT_COMMITTER_NAME=Dana", "GIT_COMMITTER_EMAIL=dana@example.com")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

func TestCheckOut(t *testing.T) {
	repo := repository(t)
	s, err := checkOut(t.Context(), repo, "HEAD", "v1.1.0")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := s.at.Format("2006-01-02T15:04:05Z07:00"), "2026-01-31T10:20:30Z"; got != want {
		t.Errorf("the commit is of %s, want %s", got, want)
	}
	if text, err := os.ReadFile(filepath.Join(s.dir, "a/main.go")); err != nil || string(text) != "package main\n" {
		t.Errorf("a/main.go is %q, %v, want it as committed", text, err)
	}
	if info, err := os.Stat(filepath.Join(s.dir, "run.sh")); err != nil || info.Mode() != 0o755 {
		t.Errorf("run.sh is %v, %v, want a program", info, err)
	}
	if _, err := os.Stat(filepath.Join(s.dir, "stray.go")); !os.IsNotExist(err) {
		t.Errorf("stray.go, which is in no commit: %v, want it left out", err)
	}
	s.remove()
	if _, err := os.Stat(s.dir); !os.IsNotExist(err) {
		t.Errorf("the folder after remove: %v, want none", err)
	}
}

func TestCheckOutRefusesTagOfAnother(t *testing.T) {
	_, err := checkOut(t.Context(), repository(t), "HEAD", "v1.0.0")
	if err == nil || !strings.Contains(err.Error(), "the tag v1.0.0 is on ") {
		t.Errorf("checkOut() = %v, want that the tag is on another commit", err)
	}
}
