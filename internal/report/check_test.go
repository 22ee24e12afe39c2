package report_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"strings"
	"testing"

	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/internal/report"
	"github.com/lockstep-apiops/lockstep/publisher/plan"
)

// someCheck found some of everything, hostile names included.
func someCheck() *report.Check {
	return &report.Check{
		Name: "validate", Product: "apim",
		Rules: []report.Rule{
			{ID: "reference", Title: "Reference to what is not there", Help: "Add it."},
			{ID: "lint", Title: "Linter's complaint", Help: "Heed it."}, {ID: "unused", Title: "Of nothing", Help: "Never shown."},
		},
		Checked: []gateway.Key{key("api", "orders"), key("tag", "good")},
		Findings: []report.Finding{
			{Rule: "reference", Severity: plan.Warning, Key: key("api", "orders"), File: "apis/orders/policy.xml", Line: 7, Text: "mentions *gone*\x1b[2J ##vso[x]"},
			{Rule: "reference", Severity: plan.Error, Key: key("api", "orders"), File: "apis/or ders/apiInformation.json", Text: "refers to the backend gone"},
			{Rule: "lint", Severity: plan.Error, File: "a,b:c;d].yaml", Line: 3, Text: "one\n::error::two"},
			{Rule: "lint", Severity: plan.Error, Text: "the linter ended with code 2"},
		},
	}
}

func show(t *testing.T, format string, c *report.Check) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := report.Findings(&b, format, c, report.Options{}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestFindings(t *testing.T) {
	names := map[string]string{"markdown": "md", "text": "txt", "junit": "xml", "codequality": "quality.json"}
	for _, format := range report.Formats() {
		t.Run(format, func(t *testing.T) {
			ext := format
			if names[format] != "" {
				ext = names[format]
			}
			golden(t, "check."+ext, show(t, format, someCheck()))
			none := show(t, format, &report.Check{Name: "validate", Product: "apim"})
			switch ext {
			case "json", "quality.json", "sarif":
				if !json.Valid(none) {
					t.Errorf("of nothing: no JSON: %s", none)
				}
			case "xml":
				if err := xml.Unmarshal(none, new(struct{})); err != nil {
					t.Errorf("of nothing: %v", err)
				}
			default:
				if !strings.Contains(string(none), "nothing wrong") {
					t.Errorf("of nothing: %q", none)
				}
			}
		})
	}
}

func TestFindingsOfNoRule(t *testing.T) {
	c := someCheck()
	c.Rules = nil
	if err := report.Findings(&bytes.Buffer{}, "text", c, report.Options{}); err == nil {
		t.Error("a finding of no rule was shown")
	}
	if err := report.Findings(&bytes.Buffer{}, "none", someCheck(), report.Options{}); err == nil {
		t.Error("an unknown format was shown")
	}
}
