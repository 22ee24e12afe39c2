package report

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"slices"
	"strings"

	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/publisher/plan"
)

// The parts of a JUnit report that all readers know.
type (
	suitesFile struct {
		XMLName xml.Name `xml:"testsuites"`
		tallyFile
		Suites []suiteFile `xml:"testsuite"`
	}
	suiteFile struct {
		tallyFile
		Cases []*caseFile `xml:"testcase"`
	}
	tallyFile struct {
		Name     string `xml:"name,attr"`
		Tests    int    `xml:"tests,attr"`
		Failures int    `xml:"failures,attr"`
		Errors   int    `xml:"errors,attr"`
		Skipped  int    `xml:"skipped,attr"`
		Time     string `xml:"time,attr"`
	}
	caseFile struct {
		Class   string       `xml:"classname,attr"`
		Name    string       `xml:"name,attr"`
		Time    string       `xml:"time,attr"`
		Failure *failureFile `xml:"failure"`
		Skipped *skippedFile `xml:"skipped"`
		Out     string       `xml:"system-out,omitempty"`
	}
	failureFile struct {
		Message string `xml:"message,attr"`
		Type    string `xml:"type,attr"`
		Text    string `xml:",chardata"`
	}
	skippedFile struct {
		Message string `xml:"message,attr"`
	}
)

// noTime stands where tests say how long they took: a report of equal runs is
// equal.
const noTime = "0"

// A suite collects the cases of a report, one for each resource.
type suite struct {
	cases []*caseFile
	byKey map[gateway.Key]*caseFile
	names map[string]int // how many cases asked for a class and name
}

func newSuite() *suite {
	return &suite{byKey: map[gateway.Key]*caseFile{}, names: map[string]int{}}
}

// of returns the case of a resource, or of the whole.
func (s *suite) of(k gateway.Key) *caseFile {
	if s.byKey[k] == nil {
		class, name := "lockstep", "run"
		if !k.IsZero() {
			class, name = clean(k.Kind), clean(clip(strings.Join(k.Names(), "/"), maxText))
		}
		s.byKey[k] = s.add(class, name)
	}
	return s.byKey[k]
}

// add adds a case whose class and name are its own: readers drop all but one
// of those that share them.
func (s *suite) add(class, name string) *caseFile {
	class, name = legal(class), legal(name)
	own, asked := name, class+"\x00"+name
	for s.names[class+"\x00"+own] > 0 {
		s.names[asked]++
		own = fmt.Sprintf("%s (%d)", name, s.names[asked])
	}
	s.names[class+"\x00"+own]++
	c := &caseFile{Class: class, Name: own, Time: noTime}
	s.cases = append(s.cases, c)
	return c
}

// find tells the case of a finding about it: it fails, or says more.
func (s *suite) find(f finding) {
	c := s.of(f.key)
	text := legal(f.text)
	switch {
	case f.level == noticeLevel || f.level == warningLevel && (f.mild || f.rule == problemRule):
		c.Out += text + "\n"
	case c.Failure == nil:
		c.Failure = &failureFile{Message: text, Type: f.rule, Text: text}
	default:
		c.Failure.Text += "\n" + text
	}
}

func (s *suite) write(b *bytes.Buffer, name string) error {
	if len(s.cases) == 0 {
		s.add("lockstep", "nothing to do") // some readers take a report without tests for a broken one
	}
	slices.SortStableFunc(s.cases, func(x, y *caseFile) int {
		return strings.Compare(x.Class+"\x00"+x.Name, y.Class+"\x00"+y.Name)
	})
	tally := tallyFile{Name: legal(name), Tests: len(s.cases), Time: noTime}
	for _, c := range s.cases {
		switch {
		case c.Failure != nil:
			tally.Failures++
		case c.Skipped != nil:
			tally.Skipped++
		}
	}
	text, err := xml.MarshalIndent(suitesFile{tallyFile: tally, Suites: []suiteFile{{tally, s.cases}}}, "", "  ")
	b.WriteString(xml.Header)
	b.Write(text)
	b.WriteByte('\n')
	return err
}

// legal returns the text without what XML 1.0 can not hold, even escaped.
func legal(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\t', r == '\n', r == '\r', r >= 0x20 && r <= 0xD7FF, r >= 0xE000 && r <= 0xFFFD, r >= 0x10000:
			return r
		}
		return -1
	}, s)
}

func junitPlan(b *bytes.Buffer, p *plan.Plan, _ Options) error {
	s := newSuite()
	for _, f := range planFindings(p) {
		s.find(f)
	}
	return s.write(b, clean("plan "+p.Target.Product+" "+p.Target.Instance))
}

func junitResult(b *bytes.Buffer, r *plan.Result, o Options) error {
	s := newSuite()
	for _, oc := range r.Outcomes {
		c := s.of(oc.Action.Key)
		c.Out = legal(clean(clip(list(title(oc.Action)+": "+string(oc.Status), oc.Action.Note, oc.Note), maxText))) + "\n"
		if oc.Status == plan.Skipped {
			c.Skipped = &skippedFile{"left to stage " + string(oc.Action.Stage)}
		}
	}
	for _, f := range resultFindings(r) {
		s.find(f)
	}
	return s.write(b, clean(strings.TrimSpace("publish "+o.Target.Product+" "+o.Target.Instance)))
}
