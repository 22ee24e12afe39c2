package policy

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// values are attribute values that a scanner may stumble over.
var values = []string{
	"", "plain", "a > b && c < d", "&quot;x&quot;", "{{name}}", "two  words", "a@b.example", "@",
	`@(context.Request.Headers.GetValueOrDefault("X", "(") == ")")`,
	`@(x.Select(c => c == '"' || c == '\'' || c == '\\').Count() > 0 && y < z)`,
	`@("a" + @"C:\" + $"{x["y"]}-{{z}}" + $@"{(a ? "}" : "{")}""q""")`,
	`@{ /* ) } " */ var x = new Dictionary<string, List<int>> { { "a}", null } }; return x; }`,
	`@($"{date:HH'h'mm}" + $"{x,10:0.0}" + $"{(a ? global::System.X.Y : b)}")`,
	"@{\n  // isn't it )\n  return @\"two\nlines\";\n}",
	`@(&quot;(&quot; + $&quot;{x[&quot;y&quot;]}&quot;)`,
	`before @(1 + 1) after`,
}

// A tree is a policy element; one without name is text, a comment or CDATA.
type tree struct {
	name     string
	text     string
	attrs    []string
	children []tree
}

func genTree(depth int) *rapid.Generator[tree] {
	return rapid.Custom(func(t *rapid.T) tree {
		tr := tree{
			name:  rapid.SampledFrom([]string{"set-header", "when", "value", "base"}).Draw(t, "name"),
			attrs: rapid.SliceOfN(rapid.SampledFrom(values), 0, 3).Draw(t, "attrs"),
		}
		switch kind := rapid.IntRange(0, 5).Draw(t, "kind"); {
		case kind == 0:
			tr.text = rapid.SampledFrom(values[1:]).Draw(t, "text")
		case kind == 1:
			tr.text = "<![CDATA[ x ]] > @( \" ]]>"
		case kind > 2 && depth > 0:
			tr.children = rapid.SliceOfN(genTree(depth-1), 0, 4).Draw(t, "children")
			if rapid.Bool().Draw(t, "comment") {
				tr.children = append(tr.children, tree{text: "<!-- a - b @( \" -->"})
			}
		}
		return tr
	})
}

// write writes a tree with the white space that space returns, where white space
// means nothing. Within tags at least one blank keeps attributes apart.
func (tr tree) write(b *strings.Builder, space func() string) {
	if tr.name == "" {
		b.WriteString(tr.text)
		return
	}
	b.WriteString("<" + tr.name)
	for i, v := range tr.attrs {
		fmt.Fprintf(b, "%s a%d%s=%s\"%s\"", space(), i, space(), space(), v)
	}
	b.WriteString(space())
	if tr.text == "" && tr.children == nil {
		b.WriteString("/>")
		return
	}
	b.WriteString(">" + tr.text)
	if tr.text == "" {
		b.WriteString(space())
	}
	for _, c := range tr.children {
		c.write(b, space)
		b.WriteString(space())
	}
	b.WriteString("</" + tr.name + space() + ">")
}

func (tr tree) draw(t *rapid.T, label string) string {
	var b strings.Builder
	tr.write(&b, func() string {
		return rapid.SampledFrom([]string{"", "", " ", "\t", "\n", "\r\n    ", " \n\n "}).Draw(t, label)
	})
	return b.String()
}

func TestEqualProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tr := genTree(3).Draw(t, "policy")
		a, b := tr.draw(t, "space a"), tr.draw(t, "space b")
		if _, err := structure(plain(a)); err != nil {
			t.Fatalf("no structure in %q", a)
		}
		if !Equal(a, b) {
			t.Fatalf("Equal(%q, %q) = false for two layouts of one policy", a, b)
		}
		if got, want := References(b), References(a); !slices.Equal(got, want) {
			t.Fatalf("References(%q) = %v, want %v", b, got, want)
		}
		other := genTree(3).Draw(t, "other")
		if same := other.plain() == tr.plain(); Equal(a, other.draw(t, "space c")) != same {
			t.Fatalf("Equal of %q and another policy = %t", a, !same)
		}
	})
}

// plain returns the tree in one layout.
func (tr tree) plain() string {
	var b strings.Builder
	tr.write(&b, func() string { return "" })
	return b.String()
}
