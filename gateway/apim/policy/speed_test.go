package policy

import (
	"strings"
	"testing"
)

const megabyte = 1 << 20

// shapes are texts that a careless scanner would go over again and again.
var shapes = map[string]string{
	"elements":            repeat(`<set-header name="a"><value>@(x["y"])</value></set-header>` + "\n"),
	"deep":                repeat("<a>"),
	"closed deep":         repeat("<key>")[:megabyte/2/5*5] + repeat("</key>")[:megabyte/2/5*6],
	"attributes":          "<a" + repeat(` b="1"`) + "/>",
	"open quotes":         repeat(`<a b="`),
	"open comments":       repeat("<!--"),
	"open CDATA":          repeat("<![CDATA["),
	"open expressions":    repeat("@("),
	"open strings":        repeat(`@("`),
	"holes":               "<a>@(" + repeat(`$"{`),
	"white space":         "<a>@{" + repeat(" ") + "\n}</a>",
	"lines":               "<a>@{" + repeat(" \n") + "}</a>",
	"braces":              repeat("{{"),
	"named values":        repeat("{{a"),
	"open C# comments":    "<a>@{" + repeat("/*"),
	"slashes":             "<a>@{" + repeat("/"),
	"angle brackets":      repeat("<"),
	"fragments, unclosed": repeat("<include-fragment fragment-id='x'>"),
	"colons in a hole":    `<a>@($"{` + repeat("::") + `}")</a>`,
	"ampersands":          "<a>@(" + repeat("&") + ")</a>",
	"dollars":             "<a>@(" + repeat("$@") + ")</a>",
}

func repeat(s string) string { return strings.Repeat(s, megabyte/len(s)) }

// TestLinear takes minutes if any of the shapes is read in quadratic time. It
// takes a part of each, to spare a run with the race detector.
func TestLinear(t *testing.T) {
	for name, text := range shapes {
		t.Run(name, func(t *testing.T) {
			text := text[:len(text)/8]
			if Equal(text, text+"x") {
				t.Error("Equal = true, want false")
			}
			References(text)
		})
	}
}

func BenchmarkEqual(b *testing.B) {
	for name, text := range shapes {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				Equal(text, text+" ")
			}
		})
	}
}

func BenchmarkReferences(b *testing.B) {
	for name, text := range shapes {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				References(text)
			}
		})
	}
}
