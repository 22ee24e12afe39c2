package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/lockstep-apiops/lockstep/gateway/all"
	"github.com/lockstep-apiops/lockstep/internal/cli"
	"github.com/lockstep-apiops/lockstep/internal/config"
	"github.com/lockstep-apiops/lockstep/internal/source"
	"github.com/lockstep-apiops/lockstep/publisher"
	"github.com/lockstep-apiops/lockstep/publisher/overlay"
)

// sections are the keys of the configuration file that override the tree.
func sections() []string {
	keys, err := all.Sections()
	if err != nil {
		panic(err) // a fault in a table of kinds
	}
	return keys
}

// readOverrides reads the overrides in the configuration file.
func (r *run) readOverrides(set *config.Set, o overlay.Options) error {
	if name := r.v.MissingFile(); name != "" {
		r.log.Warn("the configuration file is not there: going on without", "file", name)
	}
	file := r.v.File()
	if file == "" {
		return nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("read overrides: %w", err)
	}
	kinds := r.opened.Gateway.Describe().Kinds
	o.Settings, o.Lenient = set.Keys(), r.v.Bool("lenient")
	if o.File == nil && !o.Open { // a rehearsal
		o.File, o.Secret = standIn, standIn
	}
	now, warnings, err := overlay.Parse(kinds, file, text, o)
	if err != nil {
		return &cli.Error{Code: cli.ExitUsage, Err: err}
	}
	for _, w := range warnings {
		r.note(w)
	}
	o.Open, o.Lenient, o.File, o.Secret = true, true, nil, nil // what it was is compared as it is written
	r.over = source.Overrides{
		Overlay: now, Path: inside(r.place.repo, file), Note: r.note,
		Parse: func(text []byte) (*overlay.Overlay, error) {
			was, _, err := overlay.Parse(kinds, file, text, o)
			return was, err
		},
	}
	return nil
}

// standIn takes the place of where secrets are kept: a change may be rehearsed
// that nobody has looked at yet.
func standIn(string) (string, error) { return "stand-in", nil }

// ofEnvironment finds the name of an environment in that of a file.
var ofEnvironment = regexp.MustCompile(`^[^.]+\.([A-Za-z0-9_-]+)\.[Yy][Aa]?[Mm][Ll]$`)

// environment returns the name of the environment that texts are read for: the
// one that is set, else that in the name of the configuration file.
func (r *run) environment() string {
	if name := r.v.String("environment"); name != "" {
		return name
	}
	if m := ofEnvironment.FindStringSubmatch(filepath.Base(r.v.File())); m != nil {
		return m[1]
	}
	return ""
}

// variant notes a file that counts for the environment alone.
func (r *run) variant(file string) {
	if !slices.Contains(r.texts, file) {
		r.texts = append(r.texts, file)
	}
}

// sayVariants tells which files count for the environment alone.
func (r *run) sayVariants() error {
	slices.Sort(r.texts)
	for _, file := range r.texts {
		if err := r.say("environment %s: %s counts\n", r.environment(), file); err != nil {
			return err
		}
	}
	return nil
}

// overlaid returns a source as the environment has it.
func (r *run) overlaid(s publisher.Source) publisher.Source {
	if r.over.Overlay.Empty() && r.over.Path == "" {
		return s
	}
	return source.NewOverlaid(s, r.over)
}

// note tells what may be wrong in the configuration file.
func (r *run) note(p *overlay.Problem) {
	if r.notes {
		r.noted = append(r.noted, p)
		return
	}
	r.log.Warn("check the configuration file", "problem", p)
}

// tokens returns what looks up tokens in the environment: the very name, else
// as systems spell it that know neither lower case nor dots. An empty value is
// none: it is what pipelines make of a secret that does not exist.
func tokens(environ []string) func(string) (string, bool) {
	spell := strings.NewReplacer(".", "_", "-", "_")
	exact, folded := map[string]string{}, map[string]string{}
	for _, v := range environ {
		if name, value, _ := strings.Cut(v, "="); value != "" {
			exact[name], folded[strings.ToUpper(spell.Replace(name))] = value, value
		}
	}
	return func(name string) (string, bool) {
		if v, ok := exact[name]; ok {
			return v, true
		}
		v, ok := folded[strings.ToUpper(spell.Replace(name))]
		return v, ok
	}
}

// inside returns the place of a file in the work tree of a repository, with
// slashes, or "" if it lies elsewhere.
func inside(repo, file string) string {
	root := workTree(repo)
	file, err := filepath.Abs(file)
	if err != nil || root == "" {
		return ""
	}
	if target, err := filepath.EvalSymlinks(file); err == nil {
		file = target
	}
	rel, err := filepath.Rel(root, file)
	if err != nil || !filepath.IsLocal(rel) {
		return ""
	}
	return filepath.ToSlash(rel)
}

// workTree returns the folder at the top of the work tree that a path lies in,
// or "" if it lies in none.
func workTree(path string) string {
	dir, err := filepath.Abs(path)
	if err != nil || path == "" {
		return ""
	}
	if dir, err = filepath.EvalSymlinks(dir); err != nil {
		return "" // a URL
	}
	for {
		if _, err := os.Lstat(filepath.Join(dir, ".git")); err == nil {
			return dir
		}
		up := filepath.Dir(dir)
		if up == dir {
			return ""
		}
		dir = up
	}
}
