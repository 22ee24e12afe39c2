package main

import (
	"bytes"
	"fmt"
	"os"
	"path"

	"github.com/lockstep-apiops/lockstep/internal/cli"
	"github.com/lockstep-apiops/lockstep/internal/report"
	"github.com/lockstep-apiops/lockstep/publisher/plan"
)

// conclusion shows what a look at a tree found, in all reports that were asked
// for, and returns the end of the run: wrong is what must not be.
func (r *run) conclusion(c *report.Check) error {
	c.Product = r.target().Product
	for i := range c.Findings {
		c.Findings[i].File = clean(c.Findings[i].File)
	}
	if err := report.Findings(r.sys.Stdout, r.v.String("format"), c, r.options()); err != nil {
		return err
	}
	for _, w := range r.reports {
		if err := r.writeCheck(w, c); err != nil {
			return fmt.Errorf("write report %s=%s: %w", w.format, w.file, err)
		}
	}
	for _, f := range c.Findings {
		if f.Severity == plan.Error || r.v.Bool("strict") {
			return &cli.Error{Code: cli.ExitFailed}
		}
	}
	return nil
}

// writeCheck writes one report.
func (r *run) writeCheck(w wish, c *report.Check) error {
	o := r.linked()
	if w.file == standardOutput {
		return report.Findings(r.sys.Stdout, w.format, c, o)
	}
	var b bytes.Buffer
	if err := report.Findings(&b, w.format, c, o); err != nil {
		return err
	}
	return os.WriteFile(w.file, b.Bytes(), 0o644)
}

// clean returns a path in its shortest form; that of no file stays empty.
func clean(file string) string {
	if file == "" {
		return ""
	}
	return path.Clean(file)
}
