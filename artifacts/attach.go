package artifacts

import (
	"bytes"
	"fmt"
	"maps"
	"path"
	"slices"

	"github.com/lockstep-apiops/lockstep/gateway"
)

// checkAttached refuses files that the tree could not hold.
func (j *job) checkAttached() error {
	groups := map[*gateway.Attachment]string{}
	for _, name := range slices.Sorted(maps.Keys(j.want.Files)) {
		a := firstGroup(j.kind, name)
		if back, ok := resourceName(name); a == nil || names(j.kind, name) || !ok || back != name {
			return fmt.Errorf("the kind has no place for a file named %q", name)
		}
		if groups[a] != "" {
			return fmt.Errorf("both %s and %s: only one can be kept", groups[a], name)
		}
		groups[a] = name
	}
	return nil
}

// attach writes the file of a group unless one there says the same already.
func (j *job) attach(a *gateway.Attachment) {
	var name string
	for n := range j.want.Files {
		if firstGroup(j.kind, n) == a {
			name = n
		}
	}
	have := j.old.group(j.kind, a)
	if name == "" {
		if !slices.Contains(j.want.Unread, a.Pattern) {
			j.remove(have, "")
		}
		return
	}
	text := j.want.Files[name]
	for _, n := range have {
		old := j.old.files[n]
		if bytes.Equal(old, text) || a.Equal != nil && a.Equal(n, old, name, text) {
			j.leave(a, have, n)
			return
		}
	}
	if len(have) > 0 && !slices.Contains(have, name) && a.Reencode != nil {
		if b, err := a.Reencode(text, name, have[0]); err == nil && (a.Equal == nil || a.Equal(have[0], b, name, text)) {
			name, text = have[0], b
		}
	}
	if old, ok := j.oldFile(name); ok && a.Equal != nil {
		text = adapt(old, text, func(b []byte) bool { return a.Equal(name, b, name, text) })
	}
	j.leave(a, have, name)
	j.files.Write[path.Join(j.dir, name)] = text
}

func (j *job) oldFile(name string) ([]byte, bool) {
	if j.old == nil {
		return nil, false
	}
	b, ok := j.old.files[name]
	return b, ok
}

// leave removes the files of a group that keep one of them from counting.
func (j *job) leave(a *gateway.Attachment, group []string, one string) {
	if i := slices.Index(group, one); i >= 0 && a.Order != nil {
		group = group[:i]
	}
	j.remove(group, one)
}

// remove removes all files of a group but one.
func (j *job) remove(group []string, but string) {
	for _, name := range group {
		if name != but {
			j.files.Remove = append(j.files.Remove, path.Join(j.dir, name))
		}
	}
}

// adapt gives text the byte-order mark, line ends and final newline that old
// has, or as many of them as leave it saying the same.
func adapt(old, text []byte, same func([]byte) bool) []byte {
	lf, crlf := []byte("\n"), []byte("\r\n")
	lines, pairs := bytes.Count(old, lf), bytes.Count(old, crlf)
	if lines > 0 && pairs > 0 && pairs < lines {
		return text // no habit to follow
	}
	plain := bytes.ReplaceAll(bytes.TrimPrefix(text, bom), crlf, lf)
	ended := append(bytes.Clone(bytes.TrimSuffix(plain, lf)), lf...)
	if !bytes.HasSuffix(old, lf) {
		ended = bytes.TrimSuffix(ended, lf)
	}
	for _, out := range [][]byte{ended, plain} {
		if lines == 0 {
			out = bytes.TrimPrefix(text, bom)
		}
		if pairs > 0 {
			out = bytes.ReplaceAll(out, lf, crlf)
		}
		if bytes.HasPrefix(old, bom) {
			out = slices.Concat(bom, out)
		}
		if same(out) {
			return out
		}
	}
	return text
}
