package overlay

import (
	"regexp"
	"strings"

	"gopkg.in/yaml.v3"
)

// token finds what stands for a value from outside: {#NAME#} and {#[NAME]#},
// which pipelines of Azure/apiops replace, ${env:NAME}, ${file:PATH} and
// ${secret:NAME}.
var token = regexp.MustCompile(`\{#\s*(?:\[\s*([A-Za-z_][\w.-]*)\s*\]|([A-Za-z_][\w.-]*))\s*#\}|` +
	`\$\{env:([A-Za-z_]\w*)\}|\$\{file:([^{}\s]+)\}|\$\{secret:([A-Za-z_][\w.-]*)\}`)

// fill returns a text with its tokens filled in. One without a value stays,
// and is a problem unless the file may be open.
func (p *parser) fill(n *yaml.Node) string {
	if !strings.ContainsAny(n.Value, "{") || p.stands(n.Value) {
		return n.Value
	}
	return token.ReplaceAllStringFunc(n.Value, func(s string) string {
		m := token.FindStringSubmatch(s)
		value, missing := "", ""
		switch file, secret := m[4], m[5]; {
		case file != "":
			value, missing = p.hidden(p.File, file)
		case secret != "":
			value, missing = p.hidden(p.Secret, secret)
		default:
			value, missing = p.variable(m[1] + m[2] + m[3])
		}
		if missing == "" {
			return value
		}
		p.openTokens++
		if !p.Open {
			p.Problemf(n, "token %s has no value: %s", s, missing)
		}
		return s
	})
}

// variable returns what a token stands for that names a variable, or how to give
// it a value.
func (p *parser) variable(name string) (value, missing string) {
	if p.Env != nil {
		if v, ok := p.Env(name); ok {
			return v, ""
		}
	}
	return "", "set " + name + " in the environment"
}

// hidden returns what a token stands for that names a secret, and notes that it
// is not to be shown, or why there is none.
func (p *parser) hidden(get func(string) (string, error), name string) (value, missing string) {
	if get == nil {
		return "", "nobody is asked for it here"
	}
	value, err := get(name)
	if err != nil {
		return "", err.Error()
	}
	p.secrets = append(p.secrets, value)
	return value, ""
}

// stands reports whether a text is what the gateway itself replaces by a secret.
func (p *parser) stands(text string) bool {
	if p.kind == nil {
		return false
	}
	for _, s := range p.kind.Secret {
		if s.Stands != nil && s.Stands(text) {
			return true
		}
	}
	return false
}
