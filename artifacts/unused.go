package artifacts

import (
	"io/fs"
	"path"
	"strings"

	"github.com/lockstep-apiops/lockstep/gateway"
)

func (x *indexer) problem(l Level, p, text string) {
	x.tree.problems = append(x.tree.problems, Problem{l, p, text})
}

func (x *indexer) unused(l Level, dir string, files []string, text string) {
	for _, f := range files {
		x.problem(l, path.Join(dir, f), text)
	}
}

func (x *indexer) symlink(dir, name string, s spot) {
	level := Info
	if _, ok := s.owner(name); ok {
		level = Warning
	} else if next := s.enter(x.tree.kinds, name); !next.empty() {
		level = Warning
	}
	x.problem(level, path.Join(dir, name), "not used: a symbolic link is not followed")
}

func (x *indexer) unknownFile(dir, name string, s spot) {
	if text, _, ok := s.variant(name); ok {
		if _, err := fs.Stat(x.tree.fsys, path.Join(dir, text)); err != nil {
			x.problem(Warning, path.Join(dir, name), "not used: there is no "+text+" beside it")
		}
		return
	}
	for _, p := range s.places {
		if p.kind == nil || !p.kind.Stored() || p.form.Maybe {
			continue
		}
		for _, right := range append(fileNames(p.kind), patterns(p.kind)...) {
			if a := (gateway.Attachment{Pattern: foldPath(right)}); a.Match(foldPath(name)) {
				x.problem(Warning, path.Join(dir, name), "not used: to be "+article(p.kind.Name)+"'s it must be spelt "+right)
				return
			}
		}
	}
	if text := x.misnamed(dir, name, s); text != "" {
		x.problem(Warning, path.Join(dir, name), "not used: "+text)
		return
	}
	if text := astrayFile(dir, name, s); text != "" {
		x.problem(Warning, path.Join(dir, name), "not used: "+text)
		return
	}
	x.problem(Info, path.Join(dir, name), "not managed")
}

func (x *indexer) unknownFolder(dir, name string, s spot) {
	p := path.Join(dir, name)
	for _, c := range s.collections {
		kind := c.form.Kind
		switch {
		case len(c.rest) > 0 && foldPath(c.rest[0]) == foldPath(name):
			x.problem(Warning, p, "not used: to hold "+kind.Name+" resources it must be spelt "+c.rest[0])
			return
		case len(c.rest) == 0:
			text := "not used: no folder name of " + article(kind.Name)
			if right, err := folderName(unescape(name)); err == nil {
				text += ": it must be spelt " + right
			}
			x.problem(Warning, p, text)
			return
		}
	}
	if text := x.astrayFolder(dir, name, s); text != "" {
		x.problem(Warning, p, "not used: "+text)
		return
	}
	if p != ".git" {
		x.problem(Info, p, "not managed")
	}
}

// fileNames returns the names of the files that a kind keeps its payload in.
func fileNames(k *gateway.Kind) []string {
	var all []string
	if k.File != "" {
		all = append(all, k.File)
	}
	for _, s := range k.Split {
		all = append(all, s.File)
	}
	return all
}

func patterns(k *gateway.Kind) []string {
	var all []string
	for _, a := range k.Attach {
		all = append(all, a.Pattern)
	}
	return all
}

// article puts "a" or "an" before a noun.
func article(noun string) string {
	if noun != "" && strings.ContainsRune("aeiou", rune(noun[0])) {
		return "an " + noun
	}
	return "a " + noun
}
