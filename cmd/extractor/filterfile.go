package main

import (
	"fmt"
	"os"

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

// filterFile leaves out what the configuration file does.
func (r *run) filterFile(set *config.Set) error {
	if name := r.v.MissingFile(); name != "" {
		r.log.Warn("the configuration file is not there: going on without", "file", name)
	}
	outside, err := r.filter(set, "environment and command line", r.v.Outside)
	if err != nil {
		return err
	}
	inFile, err := r.filter(set, r.v.File(), func() ([]byte, error) {
		if r.v.File() == "" {
			return nil, nil
		}
		return os.ReadFile(r.v.File())
	})
	if err != nil {
		return err
	}
	r.opts.Skip = func(key gateway.Key) bool { return inFile.Skip(key) || outside.Skip(key) }
	return nil
}

// filter reads filters from a text.
func (r *run) filter(set *config.Set, name string, read func() ([]byte, error)) (*filterfile.Filter, error) {
	text, err := read()
	if err != nil {
		return nil, fmt.Errorf("read filters: %w", err)
	}
	f, warnings, err := filterfile.Parse(r.opened.Gateway.Describe().Kinds, name, text, filterfile.Options{Settings: set.Keys()})
	if err != nil {
		return nil, &cli.Error{Code: cli.ExitUsage, Err: err}
	}
	for _, w := range warnings {
		r.log.Warn("check the configuration file", "problem", w)
	}
	return f, nil
}
