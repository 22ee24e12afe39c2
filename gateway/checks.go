package gateway

import "regexp"

// Checks are what a product demands of resources and its table of kinds does
// not say, for whoever judges a tree before anything is sent. They make no call.
// The maps are by Kind.Row. A product without Checks, or a row that a map lacks,
// is judged by the table alone.
type Checks struct {
	// Schemas say what payloads look like.
	Schemas map[string]*Schema
	// Claims are as Kind.Claims, for what the gateway would refuse and no plan
	// needs to know.
	Claims map[string]func(r *Resource) []string
	// Texts look for flaws in a text field that has a file of its own.
	Texts map[string]func(text string) []Flaw
	// Payloads look for flaws in the file of a payload, as it is in the tree.
	Payloads map[string]func(text []byte) []Flaw
	// Files look for flaws in an attached file.
	Files map[string]func(name string, text []byte) []Flaw
	// Inside reports whether an attached file of owner, which tells all of the
	// resources of a row, speaks of the one of that name.
	Inside map[string]func(owner *Resource, name string) bool
	// Secrets are what credentials look like in texts of the product.
	Secrets []SecretLike
	// Line returns the line of a text in which it names another resource, from
	// 1; 0: not known. nil: none is known.
	Line func(text string, m Mention) int
	// StandIn gives a resource made-up values for what it cannot be made
	// without and git does not hold, so that it can be tried out. nil: none.
	StandIn func(r *Resource)
	// Given returns the names of what a resource takes for there and no kind
	// is of: the teams of an organization. nil: nothing.
	Given func(r *Resource) []string
}

// A SecretLike tells texts that probably hold a credential.
type SecretLike struct {
	What    string // it may be: "a signing key"
	Pattern *regexp.Regexp
}

// A Flaw is something in a text that the gateway would refuse, or that is most
// likely a mistake.
type Flaw struct {
	Rule    string // the id of a rule of package internal/validate: "policy-xml"
	Warning bool   // it may be meant so
	Line    int    // from 1; 0: the text as a whole
	Text    string // what is wrong, without values
}
