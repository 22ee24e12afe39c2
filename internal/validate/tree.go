package validate

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"path"
	"slices"

	"github.com/lockstep-apiops/lockstep/artifacts"
	"github.com/lockstep-apiops/lockstep/gateway"
)

// An item is a resource of the tree, and where it is kept.
type item struct {
	key    gateway.Key
	kind   *gateway.Kind
	stored *gateway.Resource // as the tree has it
	want   *gateway.Resource // as the environment has it

	payload string            // path of the payload's file, or ""
	splits  map[string]string // paths of files by the field that they hold
	attach  map[string]string // paths of attached files by name
	index   map[string]int    // lines of the payload by field; nil: not read yet
	flawed  bool              // the product finds fault with the payload's file
}

// home returns the file that stands for the resource.
func (it *item) home() string {
	if it.payload != "" {
		return it.payload
	}
	for _, files := range []map[string]string{it.splits, it.attach} {
		for _, name := range slices.Sorted(maps.Keys(files)) {
			return files[name]
		}
	}
	return ""
}

// read reads the tree, and reports whether there is one to look at.
func (c *checker) read(ctx context.Context) bool {
	tree, err := artifacts.NewTree(c.Kinds, c.Tree)
	if err != nil {
		c.unreadable(gateway.Key{}, "", err)
		return false
	}
	c.tree = tree
	for _, p := range tree.Problems() {
		c.problem(gateway.Key{}, p)
	}
	if len(tree.Keys()) == 0 {
		c.report.Findings = append(c.report.Findings, Finding{Rule: ruleEmpty, Severity: severityOf(ruleEmpty),
			Text: "the tree holds no resources: check the folder and the commit"})
	}
	var wants []*gateway.Resource
	for _, key := range tree.Keys() {
		if ctx.Err() != nil {
			return false
		}
		if c.skipped(key) || tree.Generated(key) {
			continue
		}
		if it := c.item(key); it != nil {
			c.items = append(c.items, it)
			wants = append(wants, it.want)
		}
	}
	c.set = c.Kinds.NewSet(wants...)
	return true
}

// item reads one resource, and returns nil for one that cannot be read.
func (c *checker) item(key gateway.Key) *item {
	it := &item{key: key, kind: c.Kinds.Get(key.Kind), splits: map[string]string{}, attach: map[string]string{}}
	for _, file := range c.tree.Files(key) {
		it.place(c.Kinds, file)
	}
	stored, problems, err := c.tree.Read(key)
	if err != nil {
		c.unreadable(key, it.home(), err)
		return nil
	}
	for _, p := range problems {
		c.problem(key, p)
	}
	it.stored, it.want = stored, stored
	if c.Overrides == nil {
		return it
	}
	if it.want, err = c.Overrides.ApplyTo(stored); err != nil {
		c.add(it, Override, it.home(), 0, err.Error())
		it.want = stored
	}
	return it
}

// place notes what a file of the resource is for. Of several for the same the
// first counts.
func (it *item) place(kinds *gateway.Kinds, file string) {
	name := path.Base(file)
	for _, f := range kinds.Forms(it.key.Kind) {
		if fits, err := path.Match(f.Kind.File, name); fits && err == nil && it.payload == "" && !f.List {
			it.payload = file
			return
		}
	}
	for _, s := range it.kind.Split {
		if name == s.File {
			it.splits[s.Field] = file
			return
		}
	}
	it.attach[name] = file
}

// problem notes what of a tree is not used though somebody may have meant it.
func (c *checker) problem(key gateway.Key, p artifacts.Problem) {
	if p.Level == artifacts.Warning {
		c.report.Findings = append(c.report.Findings, Finding{ruleUnused, Warning, key, p.Path, 0, p.Text})
	}
}

// unreadable notes files that cannot be read.
func (c *checker) unreadable(key gateway.Key, file string, err error) {
	f := Finding{ruleTwice, Error, key, file, 0, err.Error()}
	at, isFile := errors.AsType[*artifacts.FileError](err)
	collision, collides := errors.AsType[*artifacts.CollisionError](err)
	unopened, isPath := errors.AsType[*fs.PathError](err)
	switch {
	case isFile:
		f.Rule, f.File, f.Line, f.Text = ruleUnreadable, at.Path, at.Line, at.Err.Error()
	case collides:
		f.File = collision.B
	case isPath:
		f.Rule, f.File, f.Text = ruleUnreadable, unopened.Path, unopened.Err.Error()
	}
	c.report.Findings = append(c.report.Findings, f)
}
