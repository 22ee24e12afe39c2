package forge

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"time"
)

// recordVersion is the version of the format that the local forge writes.
const recordVersion = 1

// A record is a pull request as the local forge keeps it.
type record struct {
	Version  int       `json:"version"`
	Number   int       `json:"number"`
	State    string    `json:"state"`
	Head     string    `json:"head"`
	Base     string    `json:"base"`
	Commit   string    `json:"commit"` // where the head was
	Title    string    `json:"title"`
	Body     string    `json:"body"`
	Mark     Mark      `json:"mark,omitzero"`
	Labels   []string  `json:"labels,omitempty"`
	Draft    bool      `json:"draft,omitempty"`
	Opened   time.Time `json:"opened"`
	Updated  time.Time `json:"updated"`
	Comments []Comment `json:"comments,omitempty"`

	stored []byte // as it was read; nil for a new one
}

// A Comment is one on a pull request of the local forge.
type Comment struct {
	Mark string    `json:"mark,omitempty"`
	Body string    `json:"body"`
	At   time.Time `json:"at"`
}

func (r *record) ref() string { return localPrefix + strconv.Itoa(r.Number) }

func (r *record) pullRequest() PullRequest {
	return PullRequest{
		Number: r.Number, URL: r.ref(), Head: r.Head, Base: r.Base,
		Title: r.Title, Body: r.Body, Mark: r.Mark, Labels: r.Labels, Draft: r.Draft, State: r.State,
	}
}

func (r *record) encode() ([]byte, error) {
	r.Version = recordVersion
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(r); err != nil {
		return nil, fmt.Errorf("encode pull request %d: %w", r.Number, err)
	}
	return b.Bytes(), nil
}

func decodeRecord(ref string, content []byte) (*record, error) {
	r := &record{stored: content}
	if err := json.Unmarshal(content, r); err != nil {
		return nil, fmt.Errorf("decode %s: %w", ref, err)
	}
	if r.Version != recordVersion {
		return nil, fmt.Errorf("decode %s: format version %d is not known to this program", ref, r.Version)
	}
	if n, ok := numberOf(ref); !ok || n != r.Number {
		return nil, fmt.Errorf("decode %s: it is the record of pull request %d", ref, r.Number)
	}
	switch r.State {
	case StateOpen, StateMerged, StateClosed:
		return r, nil
	}
	return nil, fmt.Errorf("decode %s: state %q is not known", ref, r.State)
}
