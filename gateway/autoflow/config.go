package autoflow

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lockstep-apiops/lockstep/gateway"
)

// sections are the lists of a configuration, each of objects with an id and
// versions, by the name of the kind that they hold.
func sections() map[string]string {
	return map[string]string{"api": "API", "server": "Server", "service": "Service", "client": "Client"}
}

// check refuses a configuration of which the outline is none that this package
// knows: what cannot be told apart cannot be kept apart.
func (c *config) check() error {
	for _, section := range sections() {
		v, ok := c.top[section]
		if !ok {
			continue
		}
		list, ok := v.([]any)
		if !ok {
			return fmt.Errorf("%s: want a list", section)
		}
		seen := map[string]int{}
		for i, e := range list {
			entry, _ := e.(map[string]any)
			id, _ := entry["id"].(string)
			if id == "" {
				return fmt.Errorf("%s[%d]: want an object with an id", section, i)
			}
			if first, twice := seen[id]; twice {
				return fmt.Errorf("%s[%d]: the id %q belongs to %s[%d] already", section, i, id, section, first)
			}
			seen[id] = i
			if err := checkVersions(entry, section == "Service"); err != nil {
				return fmt.Errorf("%s %q: %w", section, id, err)
			}
		}
	}
	for _, name := range []string{"$product", "settings"} {
		if v, ok := c.top[name]; ok {
			if _, ok := v.(map[string]any); !ok {
				return fmt.Errorf("%s: want an object", name)
			}
		}
	}
	return nil
}

// checkVersions checks the versions of an entry and, where they have some,
// their operations.
func checkVersions(entry map[string]any, operations bool) error {
	versions, err := objects(entry, "version")
	if err != nil || !operations {
		return err
	}
	for name, v := range versions {
		if _, err := objects(v.(map[string]any), "operation"); err != nil {
			return fmt.Errorf("version %s: %w", name, err)
		}
	}
	return nil
}

// objects returns the object of objects that a field holds, if it is there.
func objects(m map[string]any, field string) (map[string]any, error) {
	v, ok := m[field]
	if !ok {
		return nil, nil
	}
	all, ok := v.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("%s: want an object", field)
	}
	for name, e := range all {
		if _, ok := e.(map[string]any); !ok || name == "" {
			return nil, fmt.Errorf("%s %q: want an object with a name", field, name)
		}
	}
	return all, nil
}

// clone returns a copy that can be changed.
func (c *config) clone() *config {
	top, _ := gateway.Clone(c.top).(map[string]any)
	return &config{top: top, style: c.style, form: c.form, empty: c.empty}
}

// list returns the entries of a section.
func (c *config) list(section string) []any {
	list, _ := c.top[section].([]any)
	return list
}

// entry returns the entry of a section with that id, and its place; nil, -1:
// there is none.
func (c *config) entry(section, id string) (map[string]any, int) {
	for i, e := range c.list(section) {
		if m, _ := e.(map[string]any); m["id"] == id {
			return m, i
		}
	}
	return nil, -1
}

// ids returns the ids of the entries of a section, in their order.
func (c *config) ids(section string) []string {
	var ids []string
	for _, e := range c.list(section) {
		m, _ := e.(map[string]any)
		id, _ := m["id"].(string)
		ids = append(ids, id)
	}
	return ids
}

// insert adds an entry to a section, in its place among those in order.
func (c *config) insert(section string, entry map[string]any) {
	list, ids := c.list(section), c.ids(section)
	i := unordered(ids)
	for id, _ := entry["id"].(string); i < len(ids) && ids[i] < id; i++ {
	}
	c.top[section] = slices.Insert(list, i, any(entry))
}

// remove takes an entry out of a section, which goes with its last if nobody
// said that it stays.
func (c *config) remove(section, id string) {
	_, i := c.entry(section, id)
	if i < 0 {
		return
	}
	list := slices.Delete(c.list(section), i, i+1)
	c.top[section] = list
	if len(list) == 0 && !slices.Contains(c.empty, section) {
		delete(c.top, section)
	}
}

// settle says whether a section that has no entries is there.
func (c *config) settle(section string, there bool) {
	if there {
		c.empty = append(slices.Clip(c.empty), section)
	}
	switch {
	case len(c.list(section)) > 0:
	case there:
		c.top[section] = []any{}
	default:
		delete(c.top, section)
	}
}

// unordered returns how many of the first ids have no place of their own: the
// rest is sorted.
func unordered(ids []string) int {
	n := len(ids)
	for n > 1 && strings.Compare(ids[n-2], ids[n-1]) < 0 {
		n--
	}
	return max(0, n-1)
}

// arrange brings a section into an order: what first names, then the others,
// sorted.
func (c *config) arrange(section string, first []string) {
	place := func(e any) (int, string) {
		m, _ := e.(map[string]any)
		id, _ := m["id"].(string)
		if i := slices.Index(first, id); i >= 0 {
			return i, id
		}
		return len(first), id
	}
	slices.SortStableFunc(c.list(section), func(a, b any) int {
		i, x := place(a)
		j, y := place(b)
		if i != j {
			return i - j
		}
		return strings.Compare(x, y)
	})
}
