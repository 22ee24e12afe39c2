package main

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/internal/cli"
	"github.com/lockstep-apiops/lockstep/internal/report"
	"github.com/lockstep-apiops/lockstep/publisher/plan"
)

// A wish is a report that was asked for.
type wish struct{ format, file string }

// standardOutput is the name of a file that stands for it.
const standardOutput = "-"

// wishes reads the setting report. What is printed is a page that others can
// follow, or a document, and then alone.
func (r *run) wishes() ([]wish, error) {
	var ws []wish
	printed := r.v.String("format")
	for _, text := range r.v.List("report") {
		format, file, ok := strings.Cut(text, "=")
		switch {
		case !ok || file == "" || !slices.Contains(report.Formats(), format):
			return nil, cli.Usagef("--report %s: say FORMAT=FILE, with a format of %s", text, strings.Join(report.Formats(), ", "))
		case file == standardOutput && report.IsDocument(format):
			return nil, cli.Usagef("--report %s: to print it, say --format %s", text, format)
		case file == standardOutput && report.IsDocument(printed):
			return nil, cli.Usagef("--report %s: with --format %s, name a file", text, printed)
		case file != standardOutput && slices.ContainsFunc(ws, func(w wish) bool { return w.file == file }):
			return nil, cli.Usagef("--report %s: %s is another report's file", text, file)
		}
		ws = append(ws, wish{format, file})
	}
	return ws, nil
}

// report writes the reports that were asked for, however the run ended, and on
// GitHub the summary of the step. It returns the run's error with its own.
func (r *run) report(err error) error {
	p := r.made
	if r.result == nil {
		p = r.stopped(err)
	}
	errs := []error{err}
	for _, w := range r.reports {
		if err := r.write(w, p); err != nil {
			errs = append(errs, fmt.Errorf("write report %s=%s: %w", w.format, w.file, err))
		}
	}
	if err := r.summarize(p); err != nil {
		r.log.Warn("no summary written", "err", err) // nobody asked for it
	}
	if len(errs) == 1 {
		return err // as it is, with the exit code it may carry
	}
	return errors.Join(errs...)
}

// stopped returns the plan, as far as there is one, with what ended the run
// before there was a result.
func (r *run) stopped(err error) *plan.Plan {
	p := plan.Plan{Target: r.target()}
	if r.made != nil {
		p = *r.made
	}
	coded, isCoded := errors.AsType[*cli.Error](err)
	_, known := errors.AsType[*plan.ProblemError](err)
	if err != nil && !known && (!isCoded || coded.Err != nil) {
		text := strings.ReplaceAll(strings.TrimSpace(err.Error()), "\n", "; ")
		p.Problems = append(slices.Clone(p.Problems), plan.Problem{Severity: plan.Error, Text: text})
	}
	return &p
}

func (r *run) target() plan.Target {
	d := r.opened.Gateway.Describe()
	return plan.Target{Product: d.Product, Instance: d.Instance}
}

// write writes one report: of a run that did something the result, and before
// it the plan if the format lets one follow the other.
func (r *run) write(w wish, p *plan.Plan) error {
	var b bytes.Buffer
	o := r.linked()
	if r.result == nil || !report.IsDocument(w.format) {
		if err := report.Plan(&b, w.format, p, o); err != nil {
			return err
		}
	}
	if r.result != nil {
		if b.Len() > 0 && w.format == "markdown" {
			b.WriteByte('\n')
		}
		if err := report.Result(&b, w.format, r.result, o); err != nil {
			return err
		}
	}
	if w.file == standardOutput {
		_, err := r.sys.Stdout.Write(b.Bytes())
		return err
	}
	return os.WriteFile(w.file, b.Bytes(), 0o644)
}

// summarize adds the page of the run to the file that GitHub shows with a
// step. Earlier commands of the step may have left less room.
func (r *run) summarize(p *plan.Plan) (err error) {
	name := r.sys.Getenv("GITHUB_STEP_SUMMARY")
	if name == "" || r.v.Bool("no-summary") {
		return nil
	}
	f, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	const least = 4 << 10
	o := r.linked()
	if o.Limit = report.SummaryLimit - int(info.Size()); o.Limit < least {
		return errors.New("the summary is full")
	}
	return report.Summary(f, p, r.result, o)
}

// options say how plans and results are printed.
func (r *run) options() report.Options {
	return report.Options{Color: r.sys.Color(), Requests: r.requests(), Target: r.target(), Path: r.path}
}

// linked are options for what is read in a forge.
func (r *run) linked() report.Options {
	o := r.options()
	o.Color = false
	if web := r.web(); web != "" {
		o.Mermaid = true
		o.Links = func(k gateway.Key) string {
			if p := r.file(k); p != "" {
				return web + (&url.URL{Path: p}).EscapedPath()
			}
			return ""
		}
	}
	return o
}

// web returns the address below which the forge that runs us shows the files
// of the commit, or nothing: it must be the repository that is published.
func (r *run) web() string {
	if repo := r.place.repo; repo != "" {
		if info, err := os.Stat(repo); err != nil || !info.IsDir() {
			return ""
		}
	}
	var commit string
	if r.made != nil {
		commit = r.made.Source.Commit
	}
	env := r.sys.Getenv
	if commit := cmp.Or(commit, env("GITHUB_SHA")); commit != "" && env("GITHUB_SERVER_URL") != "" {
		return env("GITHUB_SERVER_URL") + "/" + env("GITHUB_REPOSITORY") + "/blob/" + commit + "/"
	}
	if commit := cmp.Or(commit, env("CI_COMMIT_SHA")); commit != "" && env("CI_PROJECT_URL") != "" {
		return env("CI_PROJECT_URL") + "/-/blob/" + commit + "/"
	}
	return ""
}

// root returns the folder of the tree as seen from the root of the repository,
// which pipelines tell. Elsewhere the current folder is taken for it.
func (r *run) root() string {
	if r.place.repo != "" {
		return r.place.dir
	}
	top, err := filepath.Abs(cmp.Or(r.sys.Getenv("GITHUB_WORKSPACE"), r.sys.Getenv("CI_PROJECT_DIR"), r.sys.Getenv("BUILD_SOURCESDIRECTORY")))
	if err != nil {
		return ""
	}
	folder, err := filepath.Abs(r.place.dir)
	if err != nil {
		return ""
	}
	rel, err := filepath.Rel(top, folder)
	if err != nil || !filepath.IsLocal(rel) {
		return ""
	}
	return filepath.ToSlash(rel)
}
