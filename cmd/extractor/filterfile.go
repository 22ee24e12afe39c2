package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"

	"gopkg.in/yaml.v3"

	"github.com/lockstep-apiops/lockstep/extractor"
	"github.com/lockstep-apiops/lockstep/extractor/filterfile"
	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/gateway/all"
	"github.com/lockstep-apiops/lockstep/internal/cli"
	"github.com/lockstep-apiops/lockstep/internal/config"
)

// sections are the keys of the configuration file that say what to extract.
func sections() []string {
	keys, err := all.Sections()
	must(err)
	return append(keys, filterfile.ModeKey)
}

// filters are what limits an extraction.
type filters struct {
	flags    extractor.Filter
	files    []*filterfile.Filter // that of the environment and the command line, and that of the file
	sighting filterfile.Sighting
	said     []any // all of them, to compare
}

// digest stands for what the filters say; "" if there are none.
func (f *filters) digest() (string, error) {
	if len(f.said) == 0 {
		return "", nil
	}
	text, err := json.Marshal(f.said)
	if err != nil {
		return "", fmt.Errorf("compare filters: %w", err)
	}
	const enough = 6 // bytes
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:enough]), nil
}

// note keeps what a text has of filters.
func (f *filters) note(text []byte) error {
	var all map[string]any
	if err := yaml.Unmarshal(text, &all); err != nil {
		return err
	}
	kept := sections()
	maps.DeleteFunc(all, func(key string, _ any) bool { return !slices.Contains(kept, key) })
	if len(all) > 0 {
		f.said = append(f.said, all)
	}
	return nil
}

// setFilters reads what limits the extraction.
func (r *run) setFilters(set *config.Set) (err error) {
	kinds := r.opened.Gateway.Describe().Kinds
	if r.filters.flags, err = extractor.ParseFilter(kinds, r.v.List("include"), all.Excluded(r.v)); err != nil {
		return &cli.Error{Code: cli.ExitUsage, Err: err}
	}
	if include, exclude := r.v.List("include"), all.Excluded(r.v); len(include)+len(exclude) > 0 {
		r.filters.said = append(r.filters.said, map[string][]string{"include": include, "exclude": exclude})
	}
	r.opts.Filter, r.opts.Closure = r.filters.flags, r.v.Bool("closure")
	if name := r.v.MissingFile(); name != "" {
		r.log.Warn("the configuration file is not there: going on without", "file", name)
	}
	if err := r.filter(set, "environment and command line", r.v.Outside); err != nil {
		return err
	}
	if name := r.v.File(); name != "" {
		err = r.filter(set, name, func() ([]byte, error) { return os.ReadFile(name) })
	}
	r.opts.Asked = r.asked
	r.opts.Progress = func(key gateway.Key) { r.filters.sighting.Read = append(r.filters.sighting.Read, key) }
	r.opts.Listed = func(key gateway.Key) { r.filters.sighting.Listed = append(r.filters.sighting.Listed, key) }
	return err
}

// asked reports whether somebody asked for a kind: with a setting, or a filter
// that names it.
func (r *run) asked(k *gateway.Kind) bool {
	return slices.Contains(r.v.List("with"), k.Row) || r.filters.flags.Names(k) ||
		slices.ContainsFunc(r.filters.files, func(f *filterfile.Filter) bool { return f.HasKey(k.Name) })
}

// filter reads filters from a text.
func (r *run) filter(set *config.Set, name string, read func() ([]byte, error)) error {
	text, err := read()
	if err != nil {
		return fmt.Errorf("read filters: %w", err)
	}
	f, warnings, err := filterfile.Parse(r.opened.Gateway.Describe().Kinds, name, text, filterfile.Options{
		Settings: set.Keys(), Lenient: r.v.Bool("lenient"), Closure: r.opts.Closure,
	})
	if err != nil {
		return &cli.Error{Code: cli.ExitUsage, Err: err}
	}
	for _, w := range warnings {
		r.log.Warn("check the configuration file", "problem", w)
	}
	if err := r.filters.note(text); err != nil {
		return fmt.Errorf("read filters: %w", err)
	}
	r.filters.files = append(r.filters.files, f)
	r.opts.Also = append(r.opts.Also, f)
	return nil
}

// warnUnmatched tells of filters that match nothing on the gateway.
func (r *run) warnUnmatched(result extractor.Result) {
	kinds := r.opened.Gateway.Describe().Kinds
	r.filters.sighting.Unread = func(kind string) bool {
		return slices.ContainsFunc(result.Notes, func(n gateway.Note) bool { return n.Err != nil && n.Kind == kind })
	}
	for _, p := range r.filters.flags.Unmatched(kinds, r.filters.sighting.Read) {
		r.log.Warn("a filter matches nothing on the gateway", "include", p)
	}
	for _, f := range r.filters.files {
		for _, p := range f.Unmatched(r.filters.sighting) {
			r.log.Warn("check the configuration file", "problem", p)
		}
	}
}
