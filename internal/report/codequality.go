package report

import (
	"bytes"

	"github.com/lockstep-apiops/lockstep/publisher/plan"
)

// A qualityFile is one entry of a GitLab code quality report.
type qualityFile struct {
	Description string          `json:"description"`
	CheckName   string          `json:"check_name"`
	Fingerprint string          `json:"fingerprint"`
	Severity    string          `json:"severity"`
	Location    qualityLocation `json:"location"`
}

type qualityLocation struct {
	Path  string       `json:"path"`
	Lines qualityLines `json:"lines"`
}

type qualityLines struct {
	Begin int `json:"begin"`
}

func codeQualityPlan(b *bytes.Buffer, p *plan.Plan, o Options) error {
	return codeQuality(b, planFindings(p), p.Target, o)
}

func codeQualityResult(b *bytes.Buffer, r *plan.Result, o Options) error {
	return codeQuality(b, resultFindings(r), o.Target, o)
}

func codeQuality(b *bytes.Buffer, fs []finding, t plan.Target, o Options) error {
	out := []qualityFile{} // never null: an empty report is an empty list
	ids := fingerprints(fs, t)
	for i, f := range fs {
		file, line := o.place(f)
		out = append(out, qualityFile{
			Description: f.text, CheckName: "lockstep-" + f.rule, Fingerprint: ids[i], Severity: qualitySeverity(f),
			Location: qualityLocation{Path: file, Lines: qualityLines{Begin: line}},
		})
	}
	return writeJSON(b, out)
}

// qualitySeverity returns the severity of a finding in GitLab's words.
func qualitySeverity(f finding) string {
	switch {
	case f.level == errorLevel:
		return "critical"
	case f.level == warningLevel, f.rule == deleteRule:
		return "major"
	}
	return "info"
}
