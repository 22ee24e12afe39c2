package main

import (
	"fmt"
	"os"

	"github.com/lockstep-apiops/lockstep/extractor/filterfile"
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
	if r.v.File() == "" {
		return nil
	}
	text, err := os.ReadFile(r.v.File())
	if err != nil {
		return fmt.Errorf("read filters: %w", err)
	}
	f, warnings, err := filterfile.Parse(r.opened.Gateway.Describe().Kinds, r.v.File(), text, filterfile.Options{Settings: set.Keys()})
	if err != nil {
		return &cli.Error{Code: cli.ExitUsage, Err: err}
	}
	for _, w := range warnings {
		r.log.Warn("check the configuration file", "problem", w)
	}
	r.opts.Skip = f.Skip
	return nil
}
