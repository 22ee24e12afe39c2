package cli

import (
	"runtime"
	"runtime/debug"
	"strings"
)

// The linker sets these in a release; see the Makefile. Nothing else does.
var version, commit, date string

// Build says from what a program was made. What is not known is empty.
type Build struct {
	Version string // v1.2.3
	Commit  string // abbreviated, with -dirty when the work tree had changes
	Date    string // of the commit, 2006-01-02
	Go      string // go1.26
}

// ThisBuild returns the build of the running program.
func ThisBuild() Build {
	b := Build{Version: version, Commit: commit, Date: date, Go: runtime.Version()}
	if info, ok := debug.ReadBuildInfo(); ok {
		b.complete(info)
	}
	if b.Version == "" {
		b.Version = "v0.0.0-dev"
	}
	return b
}

// complete takes what the linker did not set from what the go command noted.
func (b *Build) complete(info *debug.BuildInfo) {
	noted := make(map[string]string)
	for _, s := range info.Settings {
		noted[s.Key] = s.Value
	}
	if b.Version == "" && info.Main.Version != "(devel)" {
		b.Version = info.Main.Version
	}
	if b.Commit == "" && len(noted["vcs.revision"]) >= 12 {
		b.Commit = noted["vcs.revision"][:12]
		if noted["vcs.modified"] == "true" {
			b.Commit += "-dirty"
		}
	}
	if b.Date == "" {
		b.Date, _, _ = strings.Cut(noted["vcs.time"], "T")
	}
}

// String returns the build in one line: v1.2.3 (commit 0123456789ab, 2026-01-31, go1.26).
func (b Build) String() string {
	var about []string
	if b.Commit != "" {
		about = append(about, "commit "+b.Commit)
	}
	if b.Date != "" {
		about = append(about, b.Date)
	}
	return b.Version + " (" + strings.Join(append(about, b.Go), ", ") + ")"
}
