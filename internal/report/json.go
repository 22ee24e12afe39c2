package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/publisher/plan"
)

// ResultFormat names the JSON format of a result and its version.
const ResultFormat = "lockstep/result/v1"

// jsonPlan writes the plan's own file format.
func jsonPlan(b *bytes.Buffer, p *plan.Plan, _ Options) error {
	text, err := p.JSON()
	b.Write(quietJSON(text))
	return err
}

// quietJSON returns a JSON document that says the same, without the two # in
// a row with which commands to some pipelines begin, and without characters
// that nobody sees. Only strings hold any of them.
func quietJSON(text []byte) []byte {
	var b bytes.Buffer
	b.Grow(len(text))
	from := 0 // what is not copied yet
	var last rune
	for i, r := range string(text) {
		// The encoder has escaped what is below a blank.
		loud := r == '#' && last == '#' || r >= 0x7f && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r))
		last = r
		if !loud {
			continue
		}
		b.Write(text[from:i])
		for _, unit := range utf16.Encode([]rune{r}) {
			fmt.Fprintf(&b, `\u%04x`, unit)
		}
		from, last = i+utf8.RuneLen(r), 0 // a third # in a row follows none
	}
	b.Write(text[from:])
	return b.Bytes()
}

// writeJSON writes a document that no pipeline takes commands from.
func writeJSON(b *bytes.Buffer, v any) error {
	var text bytes.Buffer
	enc := json.NewEncoder(&text)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	err := enc.Encode(v)
	b.Write(quietJSON(text.Bytes()))
	return err
}

type resultFile struct {
	Format   string        `json:"format"`
	Summary  countsFile    `json:"summary"`
	Outcomes []outcomeFile `json:"outcomes"`
}

type countsFile struct {
	Created    int `json:"created"`
	Updated    int `json:"updated"`
	Deleted    int `json:"deleted"`
	Cascaded   int `json:"cascaded"`
	Failed     int `json:"failed"`
	Blocked    int `json:"blocked"`
	Conflicts  int `json:"conflicts"`
	Skipped    int `json:"skipped"`
	NotStarted int `json:"notStarted"`
	Requests   int `json:"requests,omitempty"`
}

type outcomeFile struct {
	Op     plan.Op     `json:"op"`
	Stage  plan.Stage  `json:"stage"`
	Key    keyFile     `json:"key"`
	Status plan.Status `json:"status"`
	Error  string      `json:"error,omitempty"`
	By     *keyFile    `json:"blockedBy,omitempty"`
	Note   string      `json:"note,omitempty"`
}

type keyFile struct {
	Kind  string   `json:"kind"`
	Names []string `json:"names"`
}

func toKey(k gateway.Key) keyFile { return keyFile{k.Kind, k.Names()} }

func jsonResult(b *bytes.Buffer, r *plan.Result, o Options) error {
	c := r.Counts()
	f := resultFile{
		Format: ResultFormat,
		Summary: countsFile{
			Created: c.Created, Updated: c.Updated, Deleted: c.Deleted, Cascaded: c.Cascaded, Failed: c.Failed,
			Blocked: c.Blocked, Conflicts: c.Conflicts, Skipped: c.Skipped, NotStarted: c.NotStarted, Requests: o.Requests,
		},
		Outcomes: []outcomeFile{},
	}
	for _, oc := range r.Outcomes {
		out := outcomeFile{
			Op: oc.Action.Op, Stage: oc.Action.Stage, Key: toKey(oc.Action.Key), Status: oc.Status, Error: reason(oc),
			Note: list(oc.Action.Note, oc.Note),
		}
		if oc.By != nil {
			by := toKey(oc.By.Key)
			out.By = &by
		}
		f.Outcomes = append(f.Outcomes, out)
	}
	return writeJSON(b, f)
}
