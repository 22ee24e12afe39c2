package validate

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"strings"

	"github.com/lockstep-apiops/lockstep/gateway"
)

// line returns the line of a field in the payload's file, or of the nearest
// that has it in it. Where the order of an array means nothing, the array
// stands for its elements.
func (c *checker) line(it *item, field string) int {
	if it.payload == "" {
		return 0
	}
	for _, set := range it.kind.Sets {
		if strings.HasPrefix(field, set+"[") {
			field = set
		}
	}
	if it.kind.Format == gateway.YAML {
		return max(1, c.tree.Line(it.key, pointerTo(field)))
	}
	if it.index == nil {
		text, err := fs.ReadFile(c.Tree, it.payload)
		if err != nil {
			return 0
		}
		it.index = fieldLines(text)
	}
	for field != "" {
		if n := it.index[field]; n > 0 {
			return n
		}
		field = field[:max(0, strings.LastIndexAny(field, ".["))]
	}
	return 1
}

// fieldLines returns the lines of the fields of a JSON document by path:
// "properties.protocols[0]".
func fieldLines(text []byte) map[string]int {
	x := liner{text: bytes.TrimPrefix(text, []byte("\ufeff")), line: 1, lines: map[string]int{}}
	x.dec = json.NewDecoder(bytes.NewReader(x.text))
	x.value("") // what cannot be read has no lines, and is told elsewhere
	return x.lines
}

// A liner reads JSON and notes where its fields are.
type liner struct {
	text  []byte
	dec   *json.Decoder
	at    int // up to where newlines are counted
	line  int
	lines map[string]int
}

// here returns the line of the token that was read last.
func (x *liner) here() int {
	if to := int(x.dec.InputOffset()); to > x.at {
		x.line += bytes.Count(x.text[x.at:to], []byte("\n"))
		x.at = to
	}
	return x.line
}

// value reads one value, and reports whether it could.
func (x *liner) value(path string) bool {
	t, err := x.dec.Token()
	if err != nil {
		return false
	}
	if _, noted := x.lines[path]; !noted && path != "" {
		x.lines[path] = x.here()
	}
	switch t {
	case json.Delim('{'):
		return x.object(path)
	case json.Delim('['):
		for i := 0; x.dec.More(); i++ {
			if !x.value(fmt.Sprintf("%s[%d]", path, i)) {
				return false
			}
		}
		_, err = x.dec.Token()
	}
	return err == nil
}

func (x *liner) object(path string) bool {
	for x.dec.More() {
		t, err := x.dec.Token()
		if err != nil {
			return false
		}
		name, _ := t.(string)
		below := join(path, name)
		x.lines[below] = x.here()
		if !x.value(below) {
			return false
		}
	}
	_, err := x.dec.Token()
	return err == nil
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}
