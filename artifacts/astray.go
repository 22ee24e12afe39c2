package artifacts

import (
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/internal/nearest"
)

// What nothing is made of and looks like a payload all the same is told, lest what it
// holds counts as gone. Anything else may lie in a tree.

// misnamed says under which name a file in this folder would be the payload of a
// resource, where all that is wrong is what its name ends in: other tools write the same
// as .yml or .YAML, or in JSON, which is YAML as well, and editors leave copies behind.
// A copy, and a file at the root, where there may be any, counts only where there is none
// of the right name. "": all is well.
func (x *indexer) misnamed(dir, file string, s spot) string {
	stem, ext, copied := payloadName(file)
	if _, isName := resourceName(stem); ext == "" || !isName {
		return ""
	}
	right, kind := s.payload(stem)
	if right == "" {
		return ""
	}
	if copied || dir == "." {
		if _, err := fs.Stat(x.tree.fsys, path.Join(dir, right)); err == nil {
			return ""
		}
	}
	text := "it must be spelt " + right
	switch {
	case kind.Format == gateway.YAML && ext == ".json":
		text += ", and may hold JSON all the same"
	case kind.Format != gateway.YAML && ext != ".json":
		text += ", and hold JSON"
	}
	return text
}

// copies are what the names of copies end in that editors and people make.
var copies = []string{"~", ".bak", ".orig", ".old", ".save", ".txt"}

// payloadName takes the name of a file that may be a payload apart. ext is in lower case,
// and "" if it is no such name.
func payloadName(file string) (stem, ext string, copied bool) {
	for _, end := range copies {
		if before, ok := strings.CutSuffix(file, end); ok {
			file, copied = before, true
			break
		}
	}
	ext = strings.ToLower(path.Ext(file))
	if !slices.Contains([]string{".yaml", ".yml", ".json"}, ext) {
		return "", "", false
	}
	return file[:len(file)-len(ext)], ext, copied
}

// payload returns the file in this folder that would be a resource's payload, by its
// name without an end.
func (s *spot) payload(stem string) (file string, kind *gateway.Kind) {
	for _, c := range s.collections {
		if k := c.form.Kind; len(c.rest) == 0 && k.Flat() {
			return strings.Replace(k.File, "*", stem, 1), k
		}
	}
	for _, p := range s.places {
		if p.kind == nil || !p.kind.Stored() || p.form.Maybe || strings.HasPrefix(p.kind.File, "../") {
			continue
		}
		if right, ext := p.kind.File, path.Ext(p.kind.File); ext != "" && foldPath(strings.TrimSuffix(right, ext)) == foldPath(stem) {
			return right, p.kind
		}
	}
	return "", nil
}

// astrayFile says what is wrong with a file that looks like the payload of a resource
// and lies where none belongs; "": it does not. At the root of a tree there may be any
// files.
func astrayFile(dir, name string, s spot) string {
	for _, c := range s.collections {
		if dir != "." && len(c.rest) > 0 && c.form.Kind.Flat() && strings.HasSuffix(name, path.Ext(c.form.Kind.File)) {
			return "each resource lies in the folder of its kind, such as " + c.rest[0]
		}
	}
	for _, p := range s.places {
		if p.kind != nil && strings.HasPrefix(p.kind.File, "../") && strings.HasSuffix(name, path.Ext(p.kind.File)) {
			return "each " + p.kind.Name + " lies in the folder above, where all are"
		}
	}
	return ""
}

// astrayFolder is astrayFile for a folder: one with payloads in it, where kinds have
// folders and none has this. At the root its name must be nearly that of one.
func (x *indexer) astrayFolder(dir, name string, s spot) string {
	at := path.Join(globText(dir), globText(name))
	for _, p := range s.places {
		if dir == "." || p.kind == nil || p.kind.File == "" {
			continue
		}
		file := p.kind.File
		if strings.HasPrefix(file, "../") {
			if len(s.collections) > 0 {
				continue // each of them has a look below
			}
			file = "*" + path.Ext(file)
		}
		if x.holds(path.Join(at, file)) {
			return "it looks like " + article(p.kind.Name) + ", and lies in the folder of another"
		}
	}
	var known []string
	for _, c := range s.collections {
		if len(c.rest) > 0 {
			known = append(known, c.rest[0])
		}
	}
	hint := nearest.Hint(name, known)
	if dir == "." && hint == "" {
		return ""
	}
	for _, c := range s.collections {
		if k := c.form.Kind; len(c.rest) > 0 && k.File != "" {
			below := append([]string{at}, c.rest[1:]...)
			if !k.Flat() {
				below = append(below, "*")
			}
			if x.holds(path.Join(append(below, k.File)...)) {
				return "no kind has a folder of that name here" + hint
			}
		}
	}
	return ""
}

// holds reports whether a tree has a file that a pattern matches.
func (x *indexer) holds(pattern string) bool {
	files, err := fs.Glob(x.tree.fsys, pattern)
	return err == nil && len(files) > 0
}

// globText returns a pattern that only the text itself matches.
func globText(text string) string {
	return strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`).Replace(text)
}
