package autoflow

import (
	"fmt"

	"github.com/lockstep-apiops/lockstep/gateway"
)

// Orders hold in which order the entries of each section come, as far as they
// are not sorted, and which sections are there without any.
type orders struct{}

func (orders) names(*config, gateway.Key) []string { return []string{"order"} }

func (orders) get(c *config, _ gateway.Key) map[string]any {
	spec := map[string]any{}
	for _, section := range sections() {
		ids := c.ids(section)
		var first []any
		if _, ok := c.top[section]; ok && len(ids) == 0 {
			first = []any{}
		}
		for _, id := range ids[:unordered(ids)] {
			first = append(first, id)
		}
		if first != nil {
			spec[section] = first
		}
	}
	return spec
}

func (orders) set(c *config, _ gateway.Key, spec map[string]any) error {
	c.empty = nil
	for _, section := range sections() {
		var first []string
		list, named := spec[section].([]any)
		if c.settle(section, named && len(list) == 0); len(c.list(section)) == 0 && len(list) == 0 {
			continue
		}
		for _, v := range list {
			id, ok := v.(string)
			if _, i := c.entry(section, id); !ok || i < 0 {
				return fmt.Errorf("%w: %s: %v is not there", gateway.ErrInvalid, section, v)
			}
			first = append(first, id)
		}
		c.arrange(section, first)
	}
	return nil
}

func (orders) remove(*config, gateway.Key) {}
