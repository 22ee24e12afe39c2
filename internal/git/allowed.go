package git

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"
)

// An allowedSigner is a line of a file as ssh-keygen reads it (ALLOWED SIGNERS
// in its manual): whose a key is, and what for.
type allowedSigner struct {
	line          int
	principals    string // patterns, with commas between them
	namespaces    string // likewise; "" is any
	after, before time.Time
	authority     bool // the key signs certificates, not commits
	key           ssh.PublicKey
}

// parseAllowedSigners reads a file of allowed signers. A line that says
// something else is an error: nobody is allowed or left out by mistake.
func parseAllowedSigners(text []byte) ([]allowedSigner, error) {
	var list []allowedSigner
	n := 0
	for line := range bytes.Lines(text) {
		n++
		s := strings.TrimSpace(string(line))
		if s == "" || s[0] == '#' {
			continue
		}
		a, err := parseAllowedSigner(s)
		if err != nil {
			return nil, fmt.Errorf("allowed signers, line %d: %w", n, err)
		}
		a.line = n
		list = append(list, a)
	}
	return list, nil
}

func parseAllowedSigner(line string) (allowedSigner, error) {
	var a allowedSigner
	principals, rest, err := cutField(line)
	if err != nil {
		return a, err
	}
	a.principals = strings.Trim(principals, `"`)
	if strings.Trim(a.principals, ", ") == "" {
		return a, errors.New("it names nobody")
	}
	if a.key, err = parseKey(rest); err == nil {
		return a, nil
	}
	options, rest, err := cutField(rest)
	if err != nil {
		return a, err
	}
	if a.key, err = parseKey(rest); err != nil {
		return a, fmt.Errorf("the key cannot be read: %w: want PRINCIPALS [OPTIONS] KEYTYPE KEY", err)
	}
	return a, a.setOptions(options)
}

// parseKey reads the type of a key, the key, and a comment.
func parseKey(s string) (ssh.PublicKey, error) {
	name, rest, _ := strings.Cut(s, " ")
	key, _, options, _, err := ssh.ParseAuthorizedKey([]byte(s))
	switch {
	case err != nil:
		return nil, err
	case len(options) > 0 || strings.TrimSpace(rest) == "" || key.Type() != name:
		return nil, errors.New("its type does not stand before it")
	}
	return key, nil
}

// cutField cuts text at the first white space outside quotes.
func cutField(s string) (field, rest string, err error) {
	quoted := false
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"':
			quoted = !quoted
		case !quoted && (c == ' ' || c == '\t'):
			return s[:i], strings.TrimLeft(s[i:], " \t"), nil
		}
	}
	if quoted {
		return "", "", errors.New("a quote does not end")
	}
	return s, "", nil
}

// setOptions reads options such as namespaces="git",valid-after="20240101".
func (a *allowedSigner) setOptions(s string) error {
	for s != "" {
		end := strings.IndexAny(s, `,"`)
		if end >= 0 && s[end] == '"' {
			closing := strings.IndexByte(s[end+1:], '"')
			if closing < 0 {
				return errors.New("a quote does not end")
			}
			end += closing + 2
		}
		if end < 0 {
			end = len(s)
		}
		if err := a.setOption(s[:end]); err != nil {
			return err
		}
		var more bool
		if s, more = strings.CutPrefix(s[end:], ","); more == (s == "") {
			return errors.New("options stand between single commas")
		}
	}
	return nil
}

func (a *allowedSigner) setOption(s string) (err error) {
	name, value, valued := strings.Cut(s, "=")
	name = strings.ToLower(name)
	if valued && (len(value) < 2 || value[0] != '"' || value[len(value)-1] != '"') {
		return fmt.Errorf("option %s: its value must be quoted", name)
	}
	value = strings.Trim(value, `"`)
	switch {
	case name == "cert-authority" && !valued:
		a.authority = true
	case name == "namespaces" && value != "":
		a.namespaces = value
	case name == "valid-after" && valued:
		a.after, err = parseValidity(value)
	case name == "valid-before" && valued:
		a.before, err = parseValidity(value)
	default:
		return fmt.Errorf("option %q is not known", s)
	}
	if err != nil {
		return fmt.Errorf("option %s: %w", name, err)
	}
	return nil
}

// parseValidity reads YYYYMMDD[HHMM[SS]][Z]; without the Z it is local time.
func parseValidity(s string) (time.Time, error) {
	digits, utc := strings.CutSuffix(s, "Z")
	zone := time.Local
	if utc {
		zone = time.UTC
	}
	for _, layout := range []string{"20060102", "200601021504", "20060102150405"} {
		if len(layout) == len(digits) {
			if t, err := time.ParseInLocation(layout, digits, zone); err == nil {
				return t, nil
			}
		}
	}
	return time.Time{}, fmt.Errorf("%q is no time: write YYYYMMDD, YYYYMMDDHHMM or YYYYMMDDHHMMSS, and a Z for UTC", s)
}

// refuses says why the line does not allow a commit of some time; "" if it does.
func (a *allowedSigner) refuses(when time.Time) string {
	switch {
	case a.authority:
		return "the key is listed for certificates only, which are not supported"
	case a.namespaces != "" && !matchList(sshsigNamespace, a.namespaces):
		return fmt.Sprintf("the key is allowed for %q, not for %q", a.namespaces, sshsigNamespace)
	case !a.after.IsZero() && when.Before(a.after):
		return "the key was not valid yet when the commit was made"
	case !a.before.IsZero() && when.After(a.before):
		return "the key was not valid any more when the commit was made"
	}
	return ""
}

// matchList reports whether s matches a list of patterns with commas between
// them, and none of those that begin with "!".
func matchList(s, patterns string) bool {
	found := false
	for p := range strings.SplitSeq(patterns, ",") {
		p, not := strings.CutPrefix(strings.TrimSpace(p), "!")
		if p == "" || !matchPattern(s, p) {
			continue
		}
		if not {
			return false
		}
		found = true
	}
	return found
}

// matchPattern matches "*" with any text and "?" with any byte.
func matchPattern(s, pattern string) bool {
	star, from := -1, 0 // the last star, and where what it stands for may end
	i, j := 0, 0
	for i < len(s) {
		switch {
		case j < len(pattern) && pattern[j] == '*':
			star, from = j, i
			j++
		case j < len(pattern) && (pattern[j] == '?' || pattern[j] == s[i]):
			i++
			j++
		case star >= 0:
			from++
			i, j = from, star+1
		default:
			return false
		}
	}
	return strings.Trim(pattern[j:], "*") == ""
}
