package plan

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Format names the file format of a plan and its version.
const Format = "lockstep/plan/v1"

// The file format. Payloads are not part of it: whoever applies a plan reads
// them from the source again and compares digests.
type (
	planFile struct {
		Format    string         `json:"format"`
		Source    sourceFile     `json:"source"`
		Gateway   targetFile     `json:"gateway"`
		Options   optionsFile    `json:"options"`
		Summary   summaryFile    `json:"summary"`
		Actions   []actionFile   `json:"actions"`
		Conflicts []conflictFile `json:"conflicts"`
		Problems  []problemFile  `json:"problems"`
		Extra     []keyFile      `json:"extra"`
	}
	sourceFile struct {
		Repo   string `json:"repo,omitempty"`
		Commit string `json:"commit,omitempty"`
		Since  string `json:"since,omitempty"`
		Digest string `json:"digest,omitempty"`
	}
	targetFile struct {
		Product  string `json:"product"`
		Instance string `json:"instance"`
	}
	optionsFile struct {
		Incremental bool `json:"incremental"`
		Delete      bool `json:"delete"`
		Overwrite   bool `json:"overwrite"`
		Lenient     bool `json:"lenient"`
	}
	summaryFile struct {
		Compared  int  `json:"compared"`
		Unread    bool `json:"unread,omitempty"`
		Create    int  `json:"create"`
		Update    int  `json:"update"`
		Delete    int  `json:"delete"`
		Cascade   int  `json:"cascade"`
		Conflicts int  `json:"conflicts"`
		Errors    int  `json:"errors"`
		Warnings  int  `json:"warnings"`
		Extra     int  `json:"extra"`
	}
	actionFile struct {
		Op       Op           `json:"op"`
		Stage    Stage        `json:"stage"`
		Key      keyFile      `json:"key"`
		Changes  []changeFile `json:"changes,omitempty"`
		Depends  []int        `json:"depends,omitempty"`
		ETag     string       `json:"etag,omitempty"`
		Have     string       `json:"have,omitempty"`
		Want     string       `json:"want,omitempty"`
		Cascades []keyFile    `json:"cascades,omitempty"`
		Note     string       `json:"note,omitempty"`
	}
	conflictFile struct {
		Action  actionFile   `json:"action"`
		Gateway []changeFile `json:"gateway"`
		Git     []changeFile `json:"git"`
	}
	changeFile struct {
		Field string   `json:"field"`
		Have  any      `json:"have,omitempty"`
		Want  any      `json:"want,omitempty"`
		Lines []string `json:"lines,omitempty"`
	}
	problemFile struct {
		Severity Severity `json:"severity"`
		Key      *keyFile `json:"key,omitempty"`
		Text     string   `json:"text"`
	}
	keyFile struct {
		Kind  string   `json:"kind"`
		Names []string `json:"names"`
	}
)

// JSON returns the plan as a file: equal plans give equal bytes.
func (p *Plan) JSON() ([]byte, error) {
	f := planFile{
		Format:    Format,
		Source:    sourceFile(p.Source),
		Gateway:   targetFile(p.Target),
		Options:   optionsFile(p.Settings),
		Summary:   p.summary(),
		Actions:   each(p.Actions, fromAction),
		Conflicts: each(p.Conflicts, fromConflict),
		Problems:  each(p.Problems, fromProblem),
		Extra:     each(p.Extra, fromKey),
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false) // policies are XML; the file is read by people too
	enc.SetIndent("", "  ")
	if err := enc.Encode(f); err != nil {
		return nil, fmt.Errorf("encode plan: %w", err)
	}
	return b.Bytes(), nil
}

func (p *Plan) summary() summaryFile {
	s := summaryFile{
		Compared: p.Compared, Unread: p.Unread, Create: p.Count(Create), Update: p.Count(Update), Delete: p.Count(Delete),
		Conflicts: len(p.Conflicts), Extra: len(p.Extra),
	}
	s.Cascade = p.Deletes() - s.Delete
	for _, pr := range p.Problems {
		if pr.Severity == Error {
			s.Errors++
		} else {
			s.Warnings++
		}
	}
	return s
}

// Load reads a plan that JSON wrote. It has no payloads: its actions name
// what was to be done, and digests tell whether that still is what the source
// says. It refuses other formats and versions, unknown fields, and a plan
// whose order is broken.
func Load(text []byte) (*Plan, error) {
	var head struct {
		Format string `json:"format"`
	}
	if err := json.Unmarshal(text, &head); err != nil {
		return nil, fmt.Errorf("load plan: %w", err)
	}
	if err := checkFormat(head.Format); err != nil {
		return nil, fmt.Errorf("load plan: %w", err)
	}
	var f planFile
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	dec.UseNumber()
	if err := dec.Decode(&f); err != nil {
		return nil, fmt.Errorf("load plan: %w", err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("load plan: text after the end of the plan")
	}
	p := &Plan{
		Source: Source(f.Source), Target: Target(f.Gateway), Settings: Settings(f.Options),
		Compared: f.Summary.Compared, Unread: f.Summary.Unread, Actions: each(f.Actions, toAction), Conflicts: each(f.Conflicts, toConflict),
		Problems: each(f.Problems, toProblem), Extra: each(f.Extra, toKey), Loaded: true,
	}
	if err := p.valid(); err != nil {
		return nil, fmt.Errorf("load plan: %w", err)
	}
	return p, nil
}

func checkFormat(format string) error {
	switch name, version, _ := strings.Cut(format, "/plan/"); {
	case format == Format:
		return nil
	case name == "lockstep" && version != "":
		return fmt.Errorf("it is of version %s, this program reads %s: plan and apply with the same version", version, Format)
	}
	return fmt.Errorf("it is not a plan: its format is %q, not %q", format, Format)
}

// valid checks what applying a plan relies on.
func (p *Plan) valid() error {
	for i, a := range p.Actions {
		switch {
		case a.Op != Create && a.Op != Update && a.Op != Delete:
			return fmt.Errorf("action %d: unknown op %q", i, a.Op)
		case a.Stage.rank() < 0:
			return fmt.Errorf("action %d: unknown stage %q", i, a.Stage)
		case a.Key.IsZero() || a.Key.Name() == "":
			return fmt.Errorf("action %d: no key", i)
		case (a.WantDigest == "") != (a.Op == Delete):
			return fmt.Errorf("action %d: digest of the wanted state does not fit op %s", i, a.Op)
		}
		for _, d := range a.Depends {
			if d < 0 || d >= i || p.Actions[d].Stage.rank() > a.Stage.rank() {
				return fmt.Errorf("action %d: depends on %d, which does not come before", i, d)
			}
		}
	}
	return nil
}

// each returns what f makes of each element; an empty list, never nil, so
// that lists in files are lists.
func each[A, B any](as []A, f func(A) B) []B {
	bs := make([]B, 0, len(as))
	for _, a := range as {
		bs = append(bs, f(a))
	}
	return bs
}
