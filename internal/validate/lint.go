package validate

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lockstep-apiops/lockstep/internal/command"
)

// A Lint is a command that judges the definitions of APIs.
type Lint struct {
	// Command is the program and its arguments. Where one is {}, the command is
	// run once for each definition, whose path takes its place; else all paths
	// follow the last argument.
	Command []string
	// Folder is where the tree is on disk; "" if it is not there, and
	// definitions are written to a folder for the time being.
	Folder string
	// Timeout is how long all runs may take together; 0 is no limit.
	Timeout time.Duration
	Env     []string // of the command
}

const (
	pathMark = "{}"
	// perRun is how many definitions a command is given at once, for command
	// lines are bounded.
	perRun = 200
	// maxOutput is how much of what a command prints is read.
	maxOutput = 1 << 20
	// shownLines is how many lines are told of output that names no file.
	shownLines = 20
)

// SplitCommand splits a command line at blanks, as a shell does: quotes, single
// or double, keep blanks, and a backslash outside of single quotes keeps the
// character after it. Nothing else is special.
func SplitCommand(line string) ([]string, error) {
	var words []string
	var word strings.Builder
	var quote rune
	inside, escaped := false, false
	for _, r := range line {
		switch {
		case escaped:
			word.WriteRune(r)
			escaped = false
		case r == '\\' && quote != '\'':
			escaped, inside = true, true
		case quote != 0 && r == quote:
			quote = 0
		case quote != 0:
			word.WriteRune(r)
		case r == '"' || r == '\'':
			quote, inside = r, true
		case r == ' ' || r == '\t' || r == '\n':
			if inside {
				words = append(words, word.String())
				word.Reset()
				inside = false
			}
		default:
			word.WriteRune(r)
			inside = true
		}
	}
	if quote != 0 || escaped {
		return nil, errors.New("split command: a quote is not closed")
	}
	if inside {
		words = append(words, word.String())
	}
	if len(words) == 0 {
		return nil, errors.New("split command: it is empty")
	}
	return words, nil
}

// A definition is an attached file that is linted.
type definition struct {
	item *item
	file string // in the tree
	path string // on disk
}

// lint runs the linter on the definitions of all APIs.
func (c *checker) lint(ctx context.Context) (err error) {
	if c.Lint.Timeout > 0 {
		limited, cancel := context.WithTimeout(ctx, c.Lint.Timeout)
		defer cancel()
		ctx = limited
	}
	defs, remove, err := c.definitions()
	if err != nil {
		return fmt.Errorf("write definitions for the linter: %w", err)
	}
	defer func() { err = errors.Join(err, remove()) }()
	size := perRun
	if slices.Contains(c.Lint.Command, pathMark) {
		size = 1
	}
	for some := range slices.Chunk(defs, size) {
		if err := c.runLinter(ctx, some); err != nil {
			return fmt.Errorf("run linter %s: %w", c.Lint.Command[0], err)
		}
	}
	return nil
}

// definitions returns the attached files on disk, and what removes those that
// were written for it.
func (c *checker) definitions() ([]definition, func() error, error) {
	remove := func() error { return nil }
	dir := c.Lint.Folder
	if dir == "" {
		made, err := os.MkdirTemp("", "definitions-")
		if err != nil {
			return nil, remove, err
		}
		dir, remove = made, func() error { return os.RemoveAll(made) }
	}
	var defs []definition
	for _, it := range c.items {
		for _, name := range slices.Sorted(maps.Keys(it.want.Files)) {
			d := definition{it, it.attach[name], filepath.Join(dir, filepath.FromSlash(it.attach[name]))}
			if c.Lint.Folder == "" {
				if err := write(d.path, it.want.Files[name]); err != nil {
					return nil, remove, errors.Join(err, remove())
				}
			}
			defs = append(defs, d)
		}
	}
	return defs, remove, nil
}

func write(file string, text []byte) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return err
	}
	return os.WriteFile(file, text, 0o600)
}

// runLinter runs the command once. That it ends with another code than 0 is a
// finding; that it cannot be run is an error.
func (c *checker) runLinter(ctx context.Context, defs []definition) error {
	args := slices.Clone(c.Lint.Command[1:])
	if i := slices.Index(args, pathMark); i >= 0 {
		args[i] = defs[0].path
	} else {
		for _, d := range defs {
			args = append(args, d.path)
		}
	}
	out := &command.Head{Limit: maxOutput}
	err := command.Run(ctx, append([]string{c.Lint.Command[0]}, args...), command.Options{Environ: c.Lint.Env, Out: out, Errors: out})
	code := 0
	if ended, ok := errors.AsType[*exec.ExitError](err); ok {
		code, err = ended.ExitCode(), nil
	}
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("it took longer than %v: %w", c.Lint.Timeout, err)
	case err != nil:
		return err
	}
	c.heed(defs, out.String(), code)
	return nil
}

// place finds what most linters print: a path, a line and perhaps a column, and
// what is wrong there.
var place = regexp.MustCompile(`^\s*(.+?)[:(](\d+)(?:[:,](\d+))?\)?:?\s+(.*)$`)

var mild = regexp.MustCompile(`(?i)^(?:\W*)(?:warn(?:ing)?|info(?:rmation)?|hint|note)\b`)

// heed makes findings of what a linter printed. If it failed and named no
// place, the first lines it printed are the finding.
func (c *checker) heed(defs []definition, output string, code int) {
	placed := 0
	for line := range strings.Lines(output) {
		m := place.FindStringSubmatch(strings.TrimRight(line, "\r\n"))
		if m == nil {
			continue
		}
		i := slices.IndexFunc(defs, func(d definition) bool { return same(d.path, m[1]) })
		if i < 0 {
			continue
		}
		n, _ := strconv.Atoi(m[2]) // it is a number, or one that no file has a line of
		f := Finding{ruleLint, Error, defs[i].item.key, defs[i].file, n, m[4]}
		if mild.MatchString(m[4]) {
			f.Severity = Warning
		} else {
			placed++
		}
		c.report.Findings = append(c.report.Findings, f)
	}
	if code == 0 || placed > 0 {
		return
	}
	f := Finding{Rule: ruleLint, Severity: Error, Text: fmt.Sprintf("the linter ended with code %d: %s", code, firstLines(output))}
	if len(defs) == 1 {
		f.Key, f.File = defs[0].item.key, defs[0].file
	}
	c.report.Findings = append(c.report.Findings, f)
}

// same reports whether two paths are that of one file.
func same(a, b string) bool {
	a, errA := filepath.Abs(a)
	b, errB := filepath.Abs(b)
	return errA == nil && errB == nil && a == b
}

func firstLines(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	if len(lines) > shownLines {
		lines = append(lines[:shownLines], fmt.Sprintf("and %d more lines", len(lines)-shownLines))
	}
	return strings.Join(lines, "\n")
}
