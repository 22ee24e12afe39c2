package apimtest

import (
	"fmt"
	"strings"

	"github.com/lockstep-apiops/lockstep/gateway"
)

// policy makes the text of a policy that names what there is, beside C# and
// other things that are hard on readers of XML.
func (m *maker) policy(key gateway.Key) map[string]any {
	var b strings.Builder
	b.WriteString("<policies>\n")
	for _, section := range []string{"inbound", "backend", "outbound", "on-error"} {
		fmt.Fprintf(&b, "\t<%s>\n\t\t<base />\n", section)
		if section != "backend" {
			b.WriteString(m.statements(key, m.IntN(3)))
		}
		fmt.Fprintf(&b, "\t</%s>\n", section)
	}
	b.WriteString("</policies>\n")
	return map[string]any{"format": "rawxml", "value": m.spelled(b.String())}
}

func (m *maker) fragment(key gateway.Key) map[string]any {
	p := map[string]any{"format": "rawxml", "value": m.spelled("<fragment>\n" + m.statements(key, 1+m.IntN(2)) + "</fragment>\n")}
	m.maybe(p, "description", m.word())
	return p
}

func (m *maker) resolverPolicy(gateway.Key) map[string]any {
	text := fmt.Sprintf("<http-data-source>\n\t<http-request>\n\t\t<set-method>GET</set-method>\n"+
		"\t\t<set-url>https://%d.example.com</set-url>\n\t</http-request>\n</http-data-source>\n", m.IntN(9))
	return map[string]any{"format": "rawxml", "value": text}
}

// spelled gives a text the line ends of one system or another.
func (m *maker) spelled(text string) string {
	if m.IntN(3) == 0 {
		return strings.ReplaceAll(text, "\n", "\r\n")
	}
	return text
}

func (m *maker) statements(key gateway.Key, n int) string {
	var b strings.Builder
	for range n {
		b.WriteString("\t\t" + m.statement(key) + "\n")
	}
	return b.String()
}

// statement returns one policy statement.
func (m *maker) statement(key gateway.Key) string {
	naming := []struct{ row, text string }{
		{"policy fragment", `<include-fragment fragment-id="%s" />`},
		{"backend", `<set-backend-service backend-id="%s" />`},
		{"certificate", `<authentication-certificate certificate-id="%s" />`},
		{"logger", `<log-to-eventhub logger-id="%s">@(context.Request.Url.Path)</log-to-eventhub>`},
	}
	switch i := m.IntN(len(naming) + 4); {
	case i < len(naming):
		if target, ok := m.one(naming[i].row, key); ok && target != key && fit(target.Name()) && m.before(target, key) {
			return fmt.Sprintf(naming[i].text, target.Name())
		}
	case i == len(naming):
		if ref, ok := m.reference(key); ok {
			return `<set-header name="X-Key" exists-action="override"><value>` + ref + `</value></set-header>`
		}
	case i == len(naming)+1:
		return `<set-variable name="v" value="@(context.Request.Url.Path != "/a" && 1 < 2 ? "<b>" : (string)null)" />`
	case i == len(naming)+2:
		return `<set-body><![CDATA[{"a": "<&>", "n": ` + fmt.Sprint(m.IntN(9)) + `}]]></set-body>`
	}
	return `<!-- nothing & <nothing> -->`
}

// before reports whether a fragment may include the other: only one that was
// made before it, or they would include each other.
func (m *maker) before(target, key gateway.Key) bool {
	if target.Kind != key.Kind {
		return true
	}
	for _, k := range m.keys[key.Kind] {
		switch k {
		case key:
			return false
		case target:
			return true
		}
	}
	return false
}

// fit reports whether a name can stand in an attribute as it is.
func fit(name string) bool { return !strings.ContainsAny(name, `"'&<>@{}`) }
