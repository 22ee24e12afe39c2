package report

import (
	"bytes"
	"net/url"

	"github.com/lockstep-apiops/lockstep/publisher/plan"
)

// maxResults is how many results GitHub shows of a run. It takes more of them,
// but no file of more than 10 MB when packed; we stay below unpacked.
const (
	maxResults = 5000
	maxSARIF   = 9 << 20
)

// fingerprintName names how the fingerprints of results are made. It is not
// the name of GitHub's own hash of a line: its upload computes that itself and
// warns of every value that another tool set.
const fingerprintName = "lockstepFinding/v1"

// The parts of SARIF 2.1.0 that are used.
type (
	sarifFile struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool        sarifTool         `json:"tool"`
		Invocations []sarifInvocation `json:"invocations"`
		Automation  sarifID           `json:"automationDetails"`
		Results     []sarifResult     `json:"results"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name  string      `json:"name"`
		URI   string      `json:"informationUri"`
		Rules []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID    string       `json:"id"`
		Short sarifMessage `json:"shortDescription"`
		Full  sarifMessage `json:"fullDescription"`
	}
	sarifMessage struct {
		Text string `json:"text"`
	}
	sarifInvocation struct {
		Successful    bool                `json:"executionSuccessful"`
		Notifications []sarifNotification `json:"toolExecutionNotifications,omitempty"`
	}
	sarifNotification struct {
		Level   string       `json:"level"`
		Message sarifMessage `json:"message"`
	}
	sarifID struct {
		ID string `json:"id"`
	}
	sarifResult struct {
		RuleID       string            `json:"ruleId"`
		RuleIndex    int               `json:"ruleIndex"`
		Level        string            `json:"level"`
		Message      sarifMessage      `json:"message"`
		Locations    []sarifLocation   `json:"locations"`
		Fingerprints map[string]string `json:"partialFingerprints"`
	}
	sarifLocation struct {
		Physical sarifPhysical  `json:"physicalLocation"`
		Logical  []sarifLogical `json:"logicalLocations,omitempty"`
	}
	sarifPhysical struct {
		Artifact sarifURI    `json:"artifactLocation"`
		Region   sarifRegion `json:"region"`
	}
	sarifURI struct {
		URI string `json:"uri"`
	}
	sarifRegion struct {
		StartLine int `json:"startLine"`
	}
	sarifLogical struct {
		Name string `json:"fullyQualifiedName"`
		Kind string `json:"kind"`
	}
)

func sarifPlan(b *bytes.Buffer, p *plan.Plan, o Options) error {
	return sarif(b, planFindings(p), p.Target, o)
}

func sarifOutcome(b *bytes.Buffer, r *plan.Result, o Options) error {
	return sarif(b, resultFindings(r), o.Target, o)
}

func sarif(b *bytes.Buffer, fs []finding, t plan.Target, o Options) error {
	run := sarifRun{
		Tool:        sarifTool{sarifDriver{"Lockstep", "https://github.com/lockstep-apiops/lockstep", sarifRules(o.ruleSet())}},
		Invocations: []sarifInvocation{{Successful: len(fs) == 0 || fs[0].level != errorLevel}},
		// What stands before the last slash tells the reports of gateways apart.
		Automation: sarifID{"lockstep/" + url.PathEscape(clip(t.Product, maxText)) + "/" + url.PathEscape(clip(t.Instance, maxText)) + "/"},
		Results:    []sarifResult{},
	}
	shown := fs[:min(len(fs), maxResults)] // the worst come first
	room := maxSARIF
	for i, id := range fingerprints(shown, t) {
		r := sarifOf(shown[i], id, o)
		if room -= r.size(); room < 0 {
			break
		}
		run.Results = append(run.Results, r)
	}
	if n := len(fs) - len(run.Results); n > 0 {
		text := count(n, "more finding") + " left out, for there may be no more of them"
		run.Invocations[0].Notifications = []sarifNotification{{"warning", sarifMessage{text}}}
	}
	return writeJSON(b, sarifFile{"https://json.schemastore.org/sarif-2.1.0.json", "2.1.0", []sarifRun{run}})
}

// size returns how many bytes a result takes at most, when each character of
// its texts is escaped.
func (r sarifResult) size() int {
	const frame = 900
	n := len(r.Message.Text)
	for _, at := range r.Locations {
		n += len(at.Physical.Artifact.URI)
		for _, l := range at.Logical {
			n += len(l.Name)
		}
	}
	return frame + 2*n
}

func sarifRules(rules []rule) []sarifRule {
	var out []sarifRule
	for _, r := range rules {
		out = append(out, sarifRule{r.id, sarifMessage{r.title}, sarifMessage{r.help}})
	}
	return out
}

func sarifOf(f finding, id string, o Options) sarifResult {
	path, line := o.place(f)
	file := url.URL{Path: path}
	at := sarifLocation{Physical: sarifPhysical{sarifURI{file.String()}, sarifRegion{line}}}
	if !f.key.IsZero() {
		at.Logical = []sarifLogical{{clean(clip(f.key.String(), maxText)), "resource"}}
	}
	return sarifResult{
		RuleID: f.rule, RuleIndex: indexOf(o.ruleSet(), f.rule), Level: sarifLevel(f), Message: sarifMessage{f.text},
		Locations: []sarifLocation{at}, Fingerprints: map[string]string{fingerprintName: id},
	}
}

// sarifLevel returns the level of a finding in the words of SARIF. What is to
// be deleted is more than a note.
func sarifLevel(f finding) string {
	switch {
	case f.level == errorLevel:
		return "error"
	case f.level == warningLevel, f.rule == deleteRule:
		return "warning"
	}
	return "note"
}
