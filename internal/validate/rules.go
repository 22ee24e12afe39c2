package validate

import "slices"

// A Rule is a kind of finding. Its ID is part of reports that others keep: it
// stays as it is.
type Rule struct {
	ID       string
	Severity Severity
	Title    string
	Help     string // what to do
}

// Override is the rule of entries in the configuration file, which callers look
// at by themselves.
const Override = "override"

// The ids of the rules.
const (
	ruleEmpty       = "empty"
	ruleUnreadable  = "unreadable"
	ruleTwice       = "kept-twice"
	ruleUnused      = "unused-file"
	ruleName        = "name"
	ruleRequired    = "schema-required"
	ruleType        = "schema-type"
	ruleValue       = "schema-value"
	ruleKnown       = "schema-known-value"
	ruleUnknown     = "schema-unknown-field"
	ruleReference   = "reference"
	ruleMismatch    = "mismatch"
	ruleRefused     = "refused"
	ruleDuplicate   = "duplicate"
	rulePolicy      = "policy-xml"
	ruleDefinition  = "definition"
	ruleLint        = "lint"
	ruleToken       = "token"
	ruleOpen        = "token-without-value"
	ruleSecret      = "secret"
	ruleSecretLike  = "secret-like"
	rulePlaceholder = "placeholder"
)

// Rules returns all rules, in the order in which pages list them.
func Rules() []Rule {
	return []Rule{
		{ruleEmpty, Error, "Tree without resources", "Name the folder that holds the folders of the kinds, in --input, and the gateway in --gateway."},
		{ruleUnreadable, Error, "File cannot be read", "Mend the syntax at this place, or save the file as UTF-8."},
		{ruleTwice, Error, "Resource kept twice", "Keep one of the files and remove the other."},
		{ruleUnused, Warning, "File that is not used", "Spell the file or folder as the layout has it, or add what is missing beside it."},
		{ruleName, Error, "Name that is not allowed", "Rename the folder: its name is the name of the resource."},
		{ruleRequired, Error, "Required field missing", "Add the field, in the file or in the configuration of the environment."},
		{ruleType, Error, "Value of the wrong type", "Write the value as the type that the field has."},
		{ruleValue, Error, "Value that is not allowed", "Choose a value within what the field may hold."},
		{ruleKnown, Warning, "Value that is not known", "Check the spelling; the gateway may know more values than this version."},
		{ruleUnknown, Warning, "Field that is not known", "Check the spelling; the gateway may know more fields than this version."},
		{ruleReference, Error, "Reference to what is not there", "Add what is referred to, correct the name, or validate with --lenient if it is on the gateway alone."},
		{ruleMismatch, Error, "Parts that do not fit together", "Change one of the resources that the text names."},
		{ruleRefused, Error, "Resource that no gateway takes", "Correct what the text names, or move the file to where it belongs."},
		{ruleDuplicate, Error, "The same thing claimed twice", "Change one of the two."},
		{rulePolicy, Error, "Policy not well formed", "Mend the markup: a policy is XML in which expressions stand unescaped."},
		{ruleDefinition, Error, "API definition cannot be read", "Mend the definition: it could not be imported."},
		{ruleLint, Error, "Linter's complaint", "Follow the linter's advice, or change its rules."},
		{ruleToken, Error, "Token left in place", "Tokens are replaced in the configuration of an environment, not in the tree: override the field there."},
		{ruleOpen, Warning, "Token without a value", "Set the variable in the environment of the job that publishes."},
		{ruleSecret, Error, "Secret in clear text", "Remove the value, treat it as known to others, and give the new one in the configuration or refer to a key vault or a named value."},
		{ruleSecretLike, Warning, "Looks like a secret in clear text", "If it is one, treat it as known to others, and refer to a secret named value instead."},
		{rulePlaceholder, Warning, "Placeholder left in place", "Write what belongs there, or override it in the configuration of the environment."},
		{Override, Error, "Override that does not fit", "Correct the entry in the configuration file."},
	}
}

// severityOf returns the severity of a rule's findings.
func severityOf(id string) Severity {
	i := slices.IndexFunc(Rules(), func(r Rule) bool { return r.ID == id })
	if i < 0 {
		return Error
	}
	return Rules()[i].Severity
}
