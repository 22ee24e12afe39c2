package policy

import (
	"strings"
	"testing"
)

const wellFormed = `<policies>
    <inbound>
        <base />
        <set-header name="X" exists-action="override">
            <value>a  b</value>
        </set-header>
    </inbound>
</policies>`

func TestEqual(t *testing.T) {
	tests := []struct {
		name string
		a, b string
		want bool
	}{
		{"identical", "<a/>", "<a/>", true},
		{"line ends", "<a>\n<b/>\n</a>", "<a>\r\n<b/>\r\n</a>", true},
		{"lone carriage returns", "<a>\n<b/>\n</a>", "<a>\r<b/>\r</a>", true},
		{"byte-order mark", "<a/>", "\ufeff<a/>", true},
		{"declaration", "<a/>", "<?xml version=\"1.0\" encoding=\"utf-8\"?>\r\n<a/>", true},
		{"mark and declaration", "<a/>", "\ufeff<?xml version=\"1.0\"?><a/>\n", true},
		{"ends of the text", "<a/>", "\n\n  <a/>\t\n", true},
		{"empty and blank", "", " \r\n", true},
		{"indentation", wellFormed, strings.ReplaceAll(wellFormed, "    ", "\t"), true},
		{"all on one line", "<a>\n  <b/>\n</a>", "<a><b/></a>", true},
		{"space before the slash", "<a><b /></a>", "<a><b/></a>", true},
		{"space before the bracket", "<a ></a >", "<a></a>", true},
		{"attributes on lines", `<a b="1" c="2"/>`, "<a\n  b=\"1\"\n  c=\"2\"\n/>", true},
		{"space around the equals sign", `<a b = "1"/>`, `<a b="1"/>`, true},
		{"comment wrapped", "<a><!-- one two\n     three --></a>", "<a><!--one two three--></a>", true},
		{"comment moved to its line", "<a><!-- x --><b/></a>", "<a>\n<!-- x -->\n<b/></a>", true},
		{"line ends in an expression", "<a b=\"@{\n return 1;\n}\"/>", "<a b=\"@{\r\n return 1;\r\n}\"/>", true},
		{"white space at line ends of code", "<a>@{ \n return 1;\t\n }</a>", "<a>@{\n return 1;\n }</a>", true},

		{"value", `<a b="1"/>`, `<a b="2"/>`, false},
		{"quotes", `<a b="1"/>`, `<a b='1'/>`, false},
		{"order of attributes", `<a b="1" c="2"/>`, `<a c="2" b="1"/>`, false},
		{"empty element", "<a></a>", "<a/>", false},
		{"entities", `<a b="&amp;"/>`, `<a b="&#38;"/>`, false},
		{"case", "<a/>", "<A/>", false},
		{"space in a value", `<a b="x y"/>`, `<a b="x  y"/>`, false},
		{"space at the end of a value", `<a b="x"/>`, `<a b="x "/>`, false},
		{"space in text", "<a>x y</a>", "<a>x  y</a>", false},
		{"space around text", "<a>x</a>", "<a> x </a>", false},
		{"space at a line end in text", "<a>x \ny</a>", "<a>x\ny</a>", false},
		{"text beside a comment", "<a>x <!-- c --> y</a>", "<a>x <!-- c -->y</a>", false},
		{"comment", "<a><!-- one --></a>", "<a><!-- two --></a>", false},
		{"no comment", "<a><!-- one --></a>", "<a></a>", false},
		{"comment of joined words", "<a><!-- o ne --></a>", "<a><!-- one --></a>", false},
		{"CDATA", "<a><![CDATA[ x ]]></a>", "<a><![CDATA[x ]]></a>", false},
		{"CDATA with a line end", "<a><![CDATA[x \n]]></a>", "<a><![CDATA[x\n]]></a>", false},
		{"space beside CDATA", "<a> <![CDATA[x]]></a>", "<a><![CDATA[x]]></a>", false},
		{"indentation of code", "<a>@{\n return 1;\n}</a>", "<a>@{\n  return 1;\n}</a>", false},
		{"space in code", `<a b="@(1 + 2)"/>`, `<a b="@(1 +  2)"/>`, false},
		{"space in a C# string", `<a b="@("x y")"/>`, `<a b="@("x  y")"/>`, false},
		{"line end in a verbatim string", "<a>@{ return @\"x \ny\"; }</a>", "<a>@{ return @\"x\ny\"; }</a>", false},
		{"non-breaking space", "<a>\u00a0</a>", "<a></a>", false},

		{"no structure, same", "<a <b", "<a <b", true},
		{"no structure, line ends", "<a \n<b", "<a\r\n<b  ", true},
		{"no structure, indentation", "<a>\n<b>\n</a>", "<a>\n  <b>\n</a>", false},
		{"no structure on one side", "<a>\n<b/>\n</a>", "<a>\n<b>\n</a>", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := Equal(tt.a, tt.b); got != tt.want {
				t.Errorf("Equal(%q, %q) = %t, want %t", tt.a, tt.b, got, tt.want)
			}
			if got := Equal(tt.b, tt.a); got != tt.want {
				t.Errorf("Equal(%q, %q) = %t, want %t", tt.b, tt.a, got, tt.want)
			}
		})
	}
}
