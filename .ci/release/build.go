package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// cliPackage is where the product keeps what the linker says of a build.
const cliPackage = "github.com/lockstep-apiops/lockstep/internal/cli"

// build builds the programs for a target into a folder, static and stripped of
// where they were built.
func (s *source) build(ctx context.Context, t target, dir string) error {
	ldflags := []string{
		"-s", "-w", "-buildid=",
		"-X", cliPackage + ".version=" + s.version,
		"-X", cliPackage + ".commit=" + s.short(),
		"-X", cliPackage + ".date=" + s.at.Format(time.DateOnly),
	}
	args := []string{"build", "-trimpath", "-buildvcs=false", "-mod=readonly", "-ldflags", strings.Join(ldflags, " "), "-o", dir + string(filepath.Separator)}
	for _, p := range programs() {
		args = append(args, "./cmd/"+p)
	}
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = s.dir
	cmd.Env = environment(os.Environ(), t)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build for %s: %w\n%s", t.rid, err, out)
	}
	return nil
}

// environment returns variables in which what a person may have set for their
// own builds does not count.
func environment(environ []string, t target) []string {
	kept := slices.DeleteFunc(slices.Clone(environ), func(v string) bool {
		name, _, _ := strings.Cut(v, "=")
		return slices.Contains([]string{"GOFLAGS", "GOEXPERIMENT", "GOWORK", "GOFIPS140", "GODEBUG"}, name)
	})
	return append(kept, "CGO_ENABLED=0", "GOOS="+t.goos, "GOARCH="+t.goarch, "GOAMD64=v1", "GOARM64=v8.0", "GOWORK=off")
}
