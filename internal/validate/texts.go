package validate

import (
	"fmt"
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/lockstep-apiops/lockstep/gateway"
)

// A leaf is a text in a payload.
type leaf struct{ field, text string }

// leaves returns the texts of a payload, in the order of their fields.
func leaves(spec map[string]any) []leaf {
	var all []leaf
	collect(spec, "", &all)
	return all
}

func collect(v any, field string, all *[]leaf) {
	switch v := v.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			collect(v[name], join(field, name), all)
		}
	case []any:
		for i, e := range v {
			collect(e, fmt.Sprintf("%s[%d]", field, i), all)
		}
	case string:
		*all = append(*all, leaf{field, v})
	}
}

// payload has the product look at the file of the payload.
func (c *checker) payload(it *item) {
	look := c.Checks.Payloads[it.kind.Row]
	if look == nil || it.payload == "" {
		return
	}
	text, err := fs.ReadFile(c.Tree, it.payload)
	if err != nil {
		c.unreadable(it.key, it.payload, err)
		return
	}
	flaws := look(text)
	c.flaws(it, it.payload, flaws)
	it.flawed = slices.ContainsFunc(flaws, func(f gateway.Flaw) bool { return !f.Warning })
}

// texts has the product look at the texts with files of their own.
func (c *checker) texts(it *item) {
	look := c.Checks.Texts[it.kind.Row]
	if look == nil {
		return
	}
	for _, s := range it.kind.Split {
		if text, ok := gateway.Field(it.want.Spec, s.Field).(string); ok {
			file := it.splits[s.Field]
			if file == "" {
				file = it.home()
			}
			c.flaws(it, file, look(text))
		}
	}
}

// files has the product look at attached files.
func (c *checker) files(it *item) {
	for _, name := range slices.Sorted(maps.Keys(it.want.Files)) {
		text := it.want.Files[name]
		if look := c.Checks.Files[it.kind.Row]; look != nil {
			c.flaws(it, it.attach[name], look(name, text))
		}
		if at := tokens.FindIndex(text); at != nil {
			c.add(it, ruleToken, it.attach[name], lineAt(string(text), at[0]), "holds the token "+string(text[at[0]:at[1]]))
		}
	}
}

func (c *checker) flaws(it *item, file string, flaws []gateway.Flaw) {
	for _, f := range flaws {
		finding := Finding{f.Rule, Error, it.key, file, f.Line, f.Text}
		if f.Warning {
			finding.Severity = Warning
		}
		c.report.Findings = append(c.report.Findings, finding)
	}
}

// secrets looks for values of fields that must never be in a tree.
func (c *checker) secrets(it *item) {
	for _, s := range it.kind.Secret {
		if on, _ := gateway.Field(it.stored.Spec, s.If).(bool); s.If != "" && !on {
			continue
		}
		names := namedBy(s, it.stored.Spec)
		for _, l := range leaves(it.stored.Spec) {
			if names(l.field) && l.text != "" && (s.Plain == nil || !s.Plain(l.text)) && !tokens.MatchString(l.text) {
				c.add(it, ruleSecret, it.home(), c.line(it, l.field), l.field+" holds a secret in clear text: "+mask)
			}
		}
	}
}

// namedBy returns what reports whether a field of a payload is a secret.
func namedBy(s gateway.Secret, spec map[string]any) func(field string) bool {
	switch {
	case s.Each == nil:
		return func(field string) bool { return covers(s.Field, field) }
	case s.Mask == nil:
		return func(string) bool { return false } // those that have no mask are the product's to judge
	}
	const mark = "\x00secret"
	marked, _ := gateway.Clone(spec).(map[string]any)
	s.Edit(marked, func(any) (any, bool) { return mark, true })
	fields := map[string]bool{}
	for _, l := range leaves(marked) {
		fields[l.field] = l.text == mark
	}
	return func(field string) bool { return fields[field] }
}

// mask stands where a secret would.
const mask = "***"

// covers reports whether the path of a column is that of a field, or of an array
// that has it as an element.
func covers(path, field string) bool {
	field, _, _ = strings.Cut(field, "[")
	want, have := strings.Split(path, "."), strings.Split(field, ".")
	for i, name := range want {
		if name == "*" && i == len(want)-1 {
			return len(have) >= len(want)
		}
		if i >= len(have) || name != "*" && name != have[i] {
			return false
		}
	}
	return len(want) == len(have)
}

// What is looked for in every text.
var (
	// tokens are what pipelines replace before they publish.
	tokens = regexp.MustCompile(`\{#\s*(?:\[\s*[A-Za-z_][\w.-]*\s*\]|[A-Za-z_][\w.-]*)\s*#\}|\$\{env:[A-Za-z_]\w*\}`)

	placeholders = regexp.MustCompile(`(?i)\breplace[_-]?me\b|\bchange[_-]?me\b|\*\*\* ?redacted ?\*\*\*|(?:<|&lt;)\s*(?:your|insert|enter)[-_ ][\w .-]*(?:>|&gt;)`)

	// secretLike are what credentials look like, each with what it may be.
	secretLike = []gateway.SecretLike{
		{What: "a private key", Pattern: regexp.MustCompile(`-----BEGIN [A-Z ]*PRIVATE KEY-----`)},
		{What: "a connection string with its key", Pattern: regexp.MustCompile(`(?i)\b(?:AccountKey|SharedAccessKey|SharedSecretValue|Password|Pwd)=[^;{}"'\s<&]{6,}`)},
		{What: "a shared access signature", Pattern: regexp.MustCompile(`(?i)[?&;]sig=[A-Za-z0-9%+/=_-]{20,}`)},
		{What: "a token", Pattern: regexp.MustCompile(`\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.`)},
		{What: "an authorization header", Pattern: regexp.MustCompile(`(?i)\b(?:Bearer|Basic)\s+[A-Za-z0-9+/_.=-]{16,}`)},
		{What: "an access key", Pattern: regexp.MustCompile(`\bAKIA[0-9A-Z]{16}\b|\bgh[pousr]_[A-Za-z0-9]{30,}|\bglpat-[\w-]{20,}|\bxox[abprs]-[\w-]{10,}`)},
		{What: "a password in an address", Pattern: regexp.MustCompile(`(?i)[a-z][a-z0-9+.-]*://[^/\s:@"'<>{}]+:[^/\s:@"'<>{}]+@`)},
		{What: "a password", Pattern: regexp.MustCompile(`(?i)\b(?:password|secret|client-?secret|api-?key|subscription-?key)\s*=\s*(?:"[^"@{<>]{6,}"|'[^'@{<>]{6,}')`)},
	}
)

// hints are parts of texts of which at least one is in each that secretLike
// finds, in lower case: most texts have none.
var hints = []string{"key", "-----begin", "password", "pwd=", "sig=", "eyj", "bearer", "basic", "secret", "akia", "gh", "glpat", "xox", "://"}

// values looks at every text that the environment has.
func (c *checker) values(it *item) {
	for _, l := range leaves(it.want.Spec) {
		file, line := it.home(), func(int) int { return c.line(it, l.field) }
		if it.isSplit(l.field) {
			file, line = it.splits[l.field], func(at int) int { return lineAt(l.text, at) }
		}
		c.token(it, l, file, line)
		if at := placeholders.FindStringIndex(l.text); at != nil {
			c.add(it, rulePlaceholder, file, line(at[0]), named(it, l)+"holds a placeholder")
		}
		if it.declared(l.field) {
			continue
		}
		for _, s := range c.suspects(l.text) {
			if at := s.Pattern.FindStringIndex(l.text); at != nil && !tokens.MatchString(l.text[at[0]:at[1]]) {
				c.add(it, ruleSecretLike, file, line(at[0]), named(it, l)+"holds what looks like "+s.What+": "+mask)
			}
		}
	}
}

// named returns the field as the start of a sentence; a text with a file of its
// own needs none.
func named(it *item, l leaf) string {
	if it.isSplit(l.field) {
		return ""
	}
	return l.field + " "
}

// suspects returns what a text is to be searched for.
func (c *checker) suspects(text string) []gateway.SecretLike {
	lower := strings.ToLower(text)
	if slices.ContainsFunc(hints, func(h string) bool { return strings.Contains(lower, h) }) {
		return slices.Concat(secretLike, c.Checks.Secrets)
	}
	return c.Checks.Secrets
}

// declared reports whether a field is known to be secret, so that it is looked
// at for what it is.
func (it *item) declared(field string) bool {
	return slices.ContainsFunc(it.kind.Secret, func(s gateway.Secret) bool {
		on, _ := gateway.Field(it.want.Spec, s.If).(bool)
		return (s.If == "" || on) && namedBy(s, it.want.Spec)(field)
	})
}

// refers reports whether a text names a secret in the way that the product has
// for it, which is for the gateway to follow.
func (it *item) refers(l leaf) bool {
	return slices.ContainsFunc(it.kind.Secret, func(s gateway.Secret) bool {
		return s.Field != "" && namedBy(s, it.want.Spec)(l.field) && s.Plain != nil && s.Plain(l.text)
	})
}

// token notes a token in a text. One that an override brought along may yet get
// its value.
func (c *checker) token(it *item, l leaf, file string, line func(int) int) {
	at := tokens.FindStringIndex(l.text)
	if at == nil || it.refers(l) {
		return
	}
	token := l.text[at[0]:at[1]]
	if c.Overrides != nil && c.Overrides.HasOpen(it.key) && !holds(it.stored.Spec, token) {
		c.add(it, ruleOpen, it.home(), 0, l.field+" is overridden with the token "+token+", which has no value here")
		return
	}
	c.add(it, ruleToken, file, line(at[0]), named(it, l)+"holds the token "+token)
}

func holds(spec map[string]any, text string) bool {
	return slices.ContainsFunc(leaves(spec), func(l leaf) bool { return strings.Contains(l.text, text) })
}

func lineAt(text string, at int) int { return 1 + strings.Count(text[:at], "\n") }
