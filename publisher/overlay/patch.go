package overlay

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/lockstep-apiops/lockstep/gateway"
)

// A patch is one operation of RFC 6902 on a payload.
type patch struct {
	op    string
	path  []string
	value any
	line  int
}

// The operations that a patch may be. The RFC has more, which read from the
// payload; what they would be good for is not for an environment to do.
const (
	opAdd     = "add"
	opReplace = "replace"
	opRemove  = "remove"
)

var errNotThere = errors.New("there is nothing at this path")

// parsePointer reads a JSON pointer of RFC 6901. That of the payload itself is
// refused.
func parsePointer(s string) ([]string, error) {
	if !strings.HasPrefix(s, "/") {
		return nil, errors.New("a path starts with a slash: /properties/url")
	}
	parts := strings.Split(s[1:], "/")
	for i, p := range parts {
		parts[i] = strings.ReplaceAll(strings.ReplaceAll(p, "~1", "/"), "~0", "~")
	}
	return parts, nil
}

// apply changes a payload in place.
func (p patch) apply(spec map[string]any) error {
	if _, err := p.change(spec, p.path); err != nil {
		return fmt.Errorf("%s /%s: %w", p.op, strings.Join(p.path, "/"), err)
	}
	return nil
}

// change returns the value v with what is below it at path changed.
func (p patch) change(v any, path []string) (any, error) {
	switch v := v.(type) {
	case map[string]any:
		return v, p.changeMember(v, path)
	case []any:
		return p.changeElement(v, path)
	}
	return nil, errNotThere
}

func (p patch) changeMember(m map[string]any, path []string) error {
	name := path[0]
	old, ok := m[name]
	switch {
	case !ok && (len(path) > 1 || p.op != opAdd):
		return errNotThere
	case len(path) > 1:
		changed, err := p.change(old, path[1:])
		if err == nil {
			m[name] = changed
		}
		return err
	case p.op == opRemove:
		delete(m, name)
	default:
		m[name] = gateway.Clone(p.value)
	}
	return nil
}

func (p patch) changeElement(list []any, path []string) (any, error) {
	if path[0] == "-" && len(path) == 1 && p.op == opAdd {
		return append(list, gateway.Clone(p.value)), nil
	}
	i, err := strconv.Atoi(path[0])
	last := len(list) - 1
	if p.op == opAdd && len(path) == 1 {
		last++
	}
	if err != nil || i < 0 || i > last || strconv.Itoa(i) != path[0] {
		return nil, errNotThere
	}
	switch {
	case len(path) > 1:
		changed, err := p.change(list[i], path[1:])
		if err != nil {
			return nil, err
		}
		list[i] = changed
	case p.op == opRemove:
		list = slices.Delete(list, i, i+1)
	case p.op == opAdd:
		list = slices.Insert(list, i, gateway.Clone(p.value))
	default:
		list[i] = gateway.Clone(p.value)
	}
	return list, nil
}
