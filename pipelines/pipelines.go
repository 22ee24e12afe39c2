// Package pipelines holds the files that run Lockstep in CI systems and in Kubernetes: a folder for each, and what they
// share in the folder lockstep.
//
// The files are complete as they stand, for the environments dev and prod, so that people can copy them by hand and
// linters can read them. Package internal/pipelines fits them to other answers and tests them.
package pipelines

import (
	"embed"
	"io/fs"
)

//go:embed CODEOWNERS all:lockstep all:github all:azure all:gitlab all:gitea all:jenkins all:kubernetes
var files embed.FS

// FS returns the files.
func FS() fs.FS { return files }
