package extractor

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-apiops/lockstep/artifacts"
	"github.com/lockstep-apiops/lockstep/gateway"
)

func someResult() Result {
	r := Result{
		Read: 42,
		Changes: []ResourceChange{
			{Key: gateway.NewKey("tag", "new"), Op: Added, Files: []string{"tags/new/tagInformation.json"}},
			{Key: gateway.NewKey("api", "orders"), Op: Changed, Files: []string{"a", "b", "c", "d", "e", "f"}, Fields: []string{"properties.displayName", "specification.yaml"}},
			{Key: gateway.NewKey("operation", "orders", "a|b"), Op: Removed, Files: []string{"apis/orders/operations/a%7Cb/operationInformation.json"}},
		},
		Notes: []gateway.Note{
			{Kind: "gateway", Err: fmt.Errorf("list: %w", gateway.ErrUnsupported)},
			{Kind: "wiki", Parent: gateway.NewKey("api", "@all"), Err: gateway.ErrUnsupported},
			{Text: "asking for every resource instead"},
		},
		Unmanaged: []gateway.Unmanaged{{Name: "users", Count: 12, Why: "runtime state"}},
		Problems: []artifacts.Problem{
			{Level: artifacts.Info, Path: "README.md", Text: "not managed"},
			{Level: artifacts.Warning, Path: "Apis", Text: "not used: it must be spelt apis"},
		},
	}
	r.sort()
	return r
}

func TestDescribe(t *testing.T) {
	title, body := Describe(someResult(), Meta{Product: "apim", Instance: "contoso"})
	if want := "Bring artifacts in line with apim contoso: 1 removed, 1 changed, 1 added"; title != want {
		t.Errorf("got title %q, want %q", title, want)
	}
	want := "**1 removed, 1 changed, 1 added** in `apim` gateway `contoso`, of which 42 resources were read.\n" +
		"\n| | Resource | Files |\n|---|---|---|\n" +
		"| **removed** | operation <code>orders&#47;a&#124;b</code> | `apis/orders/operations/a%7Cb/operationInformation.json` |\n" +
		"| changed | api `orders` | `a`, `b`, `c`, `d`, and 2 more |\n" +
		"| added | tag `new` | `tags/new/tagInformation.json` |\n" +
		"\n<details><summary>What changed in each</summary>\n\n" +
		"- api `orders`: `properties.displayName`, `specification.yaml`\n" +
		"\n</details>\n" +
		"\n**Notes**\n\n" +
		"- `asking for every resource instead`\n" +
		"- `not read: gateway resources: list: not available on this gateway's tier`\n" +
		"- `not read: wiki resources of api @all: not offered there`\n" +
		"- seen, not managed: 12 users (runtime state)\n" +
		"- `Apis`: `not used: it must be spelt apis`\n"
	if d := cmp.Diff(body, want); d != "" {
		t.Error(d)
	}
}

func TestDescribeNothing(t *testing.T) {
	title, body := Describe(Result{Read: 1}, Meta{Product: "apim", Instance: "x"})
	if title != "Bring artifacts in line with apim x: no changes" || body != "**no changes** in `apim` gateway `x`, of which 1 resource was read.\n" {
		t.Errorf("got %q, %q", title, body)
	}
}

// No name breaks out of its cell, calls anybody or becomes markup.
func TestDescribeHostileNames(t *testing.T) {
	for _, name := range []string{
		"@team", "#1", "a|b", "`code`", "``", "<script>", "</details>", "a\nb", "\u202eevil", "![x](http://x)", `back\slash`, " lead", "&amp;", "*", "\xff",
	} {
		_, body := Describe(Result{Changes: []ResourceChange{{
			Key: gateway.NewKey("api", name), Op: Changed, Files: []string{name}, Fields: []string{name},
		}}, Notes: []gateway.Note{{Text: name}}}, Meta{Product: "p", Instance: name})
		if !utf8.ValidString(body) || strings.ContainsAny(body, "\u202e") {
			t.Errorf("%q: hidden characters in %q", name, body)
		}
		for line := range strings.Lines(body) {
			if strings.HasPrefix(line, "| changed") && strings.Count(line, "|") != 4 {
				t.Errorf("%q: breaks its row: %q", name, line)
			}
			outside := ""
			for i, part := range strings.Split(line, "`") {
				if i%2 == 0 {
					outside += part
				}
			}
			if strings.Count(line, "`")%2 != 0 || strings.ContainsAny(outside, "@![]\\") || strings.Contains(outside, "<script") {
				t.Errorf("%q: is more than text in %q", name, line)
			}
		}
		if n := strings.Count(body, "<details>"); n != 1 {
			t.Errorf("%q: %d details", name, n)
		}
	}
}

func TestDescribeLimit(t *testing.T) {
	r := someResult()
	for i := range 500 {
		r.Changes = append(r.Changes, ResourceChange{
			Key: gateway.NewKey("api", fmt.Sprintf("ü-%03d", i)), Op: Changed, Files: []string{fmt.Sprintf("apis/ü-%03d/apiInformation.json", i)}, Fields: []string{"properties.x"},
		})
	}
	_, full := Describe(r, Meta{Product: "apim", Instance: "contoso"})
	for limit := 1; limit < len(full)+10; limit += 1 + limit/20 {
		_, body := Describe(r, Meta{Product: "apim", Instance: "contoso", Limit: limit})
		if len(body) > limit || !utf8.ValidString(body) {
			t.Fatalf("limit %d: got %d bytes", limit, len(body))
		}
		if limit > 400 && (!strings.HasPrefix(body, "**1 removed, 501 changed, 1 added** in") || strings.Count(body, "<details>") != strings.Count(body, "</details>")) {
			t.Fatalf("limit %d: got %q", limit, body)
		}
		if limit > 400 && body != full && !strings.Contains(body, "_Left out for length: ") {
			t.Fatalf("limit %d: does not tell what it leaves out: %q", limit, body)
		}
	}
	_, body := Describe(r, Meta{Product: "apim", Instance: "contoso", Limit: 4000})
	for _, want := range []string{"| **removed** |", "not read: gateway", "of 503 resources, 501 of 501 lines of detail._"} {
		if !strings.Contains(body, want) {
			t.Errorf("lacks %q:\n%s", want, body)
		}
	}
}
