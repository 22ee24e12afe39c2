package overlay

import (
	"regexp"
	"strings"

	"gopkg.in/yaml.v3"
)

// token finds what stands for a value from outside: {#NAME#} and {#[NAME]#},
// which pipelines of Azure/apiops replace, and ${env:NAME}.
var token = regexp.MustCompile(`\{#\s*(?:\[\s*([A-Za-z_][\w.-]*)\s*\]|([A-Za-z_][\w.-]*))\s*#\}|\$\{env:([A-Za-z_]\w*)\}`)

// fill returns a text with its tokens filled in. One without a value stays,
// and is a problem unless the file may be open.
func (p *parser) fill(n *yaml.Node) string {
	if !strings.ContainsAny(n.Value, "{") {
		return n.Value
	}
	return token.ReplaceAllStringFunc(n.Value, func(s string) string {
		m := token.FindStringSubmatch(s)
		name := m[1] + m[2] + m[3]
		if p.Env != nil {
			if v, ok := p.Env(name); ok {
				return v
			}
		}
		p.openTokens++
		if !p.Open {
			p.Problemf(n, "token %s has no value: set %s in the environment", s, name)
		}
		return s
	})
}
