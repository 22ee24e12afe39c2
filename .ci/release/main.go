// Command release makes the files of a release from a commit: an archive of
// each program for each kind of machine, the pipelines as archives, a bill of
// materials, and the checksums of all of them. The same commit, version and Go
// give the same bytes, whoever runs it and wherever.
//
// It is a module of its own, so that the product does not carry what a release
// needs. It knows names and forms of files; it uploads nothing.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"strings"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "release:", err)
		os.Exit(1)
	}
}

// versions are those that a release may have.
var versions = regexp.MustCompile(`^v(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-(alpha|beta|rc)(\.\d+)?)?$`)

func run(ctx context.Context, args []string, stdout io.Writer) error {
	flags := flag.NewFlagSet("release", flag.ContinueOnError)
	repo := flags.String("repo", ".", "git repository")
	commit := flags.String("commit", "HEAD", "commit to release")
	version := flags.String("version", "", "version to release: v1.2.3, v1.2.3-rc.1")
	out := flags.String("out", "dist", "folder in which a folder named like the version is made anew")
	rids := flags.String("rid", strings.Join(allRIDs(), ","), "kinds of machines to build for")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if !versions.MatchString(*version) {
		return fmt.Errorf("read version: %q is none: say v1.2.3, or v1.2.3-rc.1 before it", *version)
	}
	targets, err := targetsNamed(strings.Split(*rids, ","))
	if err != nil {
		return err
	}
	source, err := checkOut(ctx, *repo, *commit, *version)
	if err != nil {
		return err
	}
	defer source.remove()
	dir := filepath.Join(*out, *version)
	return publish(ctx, source, source.build, targets, dir, stdout)
}
