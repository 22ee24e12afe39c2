package plan_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/publisher/plan"
)

func TestTextChanges(t *testing.T) {
	long := strings.Repeat("x\n", 500)
	for _, tt := range []struct {
		name       string
		have, want *gateway.Resource
		lines      []string
	}{
		{
			"policy", res("operation policy", "a/o/policy", "value", "<a>\n<b>\n"), res("operation policy", "a/o/policy", "value", "<a>\n<c>\n"),
			[]string{"@@ -1,2 +1,2 @@", " <a>", "-<b>", "+<c>"},
		},
		{"file added", res("api", "a"), withSpec(res("api", "a"), "new\n"), []string{"@@ -0,0 +1,1 @@", "+new"}},
		{"binary", withSpec(res("api", "a"), "\xff"), withSpec(res("api", "a"), "\xfe\xff"), []string{"(binary, 1 bytes before, 2 after)"}},
		{"line ends", withSpec(res("api", "a"), "a\n"), withSpec(res("api", "a"), "a\r\n"), []string{"(only line ends differ)"}},
		{
			"huge", withSpec(res("api", "a"), strings.Repeat("y", 2<<20)), withSpec(res("api", "a"), "n"),
			[]string{"(too large to compare by line, 2097152 bytes before, 1 after)"},
		},
		{"many lines", withSpec(res("api", "a"), ""), withSpec(res("api", "a"), long), append(slices.Repeat([]string{"+x"}, 199), "(301 more lines)")},
		{"a long line", withSpec(res("api", "a"), ""), withSpec(res("api", "a"), strings.Repeat("y", 600)+"\n"), []string{"+" + strings.Repeat("y", 499) + "…"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := mustPlan(t, list{tt.have, res("operation", "a/o"), res("api", "q")}, list{tt.want}, plan.Options{})
			c := p.Actions[0].Changes[0]
			got := c.Lines
			if len(tt.lines) > 0 && !strings.HasPrefix(tt.lines[0], "@@") && strings.HasPrefix(got[0], "@@") {
				got = got[1:]
			}
			if diff := cmp.Diff(tt.lines, got); diff != "" {
				t.Errorf("lines (-want +got):\n%s", diff)
			}
			if c.Have != nil || c.Want != nil {
				t.Error("the texts themselves are in the plan")
			}
		})
	}
}
