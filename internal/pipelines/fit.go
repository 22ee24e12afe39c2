package pipelines

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
)

// The marks in the files, each a comment of its own. What stands between the first two is for the first environment; what
// follows, up to the last, is for one that comes after another.
//
// "for apim" begins what is for gateways of that product, "for amplify, autoflow" what is for these, and "for all" ends it.
// The files stand for apim: what is for others alone is commented out once more in them.
const (
	markFirst = "first environment"
	markNext  = "next environment"
	markEnd   = "end of environments"
)

// comment matches a line that is a comment of YAML's or Groovy's and no more.
var comment = regexp.MustCompile(`^\s*(?:#|//) (.*)\n$`)

// gatewayMark matches the comment that says which gateways the lines below it are for.
var gatewayMark = regexp.MustCompile(`^for (all|(?:apim|amplify|amplifyproxies|autoflow)(?:, (?:amplify|amplifyproxies|autoflow))*)$`)

// commented matches the indentation and the sign of a comment.
var commented = regexp.MustCompile(`^(\s*)(?:#|//)(?: |\n)`)

// The words in the files that stand for answers.
var (
	environments = regexp.MustCompile(`/dev/null\b|\[dev, prod\]|'dev', 'prod'|\b(dev|prod)\b`)
	release      = regexp.MustCompile(`\bv0\.1\.0\b`)
	product      = regexp.MustCompile(`\bapim(?:artifacts)?\b`)
)

// pick returns a file with what is for the gateway, and without what is for others.
func (o Options) pick(text string) string {
	var b strings.Builder
	kept, others := true, false
	for line := range strings.Lines(text) {
		if m := gatewayMark.FindStringSubmatch(said(line)); m != nil {
			gateways := strings.Split(m[1], ", ")
			all := m[1] == "all"
			kept = all || slices.Contains(gateways, cmp.Or(o.Gateway, "apim"))
			others = !all && !slices.Contains(gateways, "apim")
			continue
		}
		if !kept {
			continue
		}
		if m := commented.FindStringSubmatch(line); others && m != nil {
			line = m[1] + strings.TrimPrefix(line[len(m[0])-1:], " ")
		}
		b.WriteString(line)
	}
	if cmp.Or(o.Gateway, "apim") == "apim" {
		return b.String()
	}
	text = product.ReplaceAllStringFunc(b.String(), func(found string) string {
		if found == "apim" {
			return o.Gateway
		}
		return "artifacts"
	})
	if o.Gateway == "autoflow" { // each environment has settings of its own
		return strings.ReplaceAll(text, sharedFile, "lockstep/environments")
	}
	return text
}

// said returns what a line says, if it is a comment.
func said(line string) string {
	if m := comment.FindStringSubmatch(line); m != nil {
		return m[1]
	}
	return ""
}

// fit returns a file for the answers.
func (o Options) fit(text string) string {
	var b, first, next strings.Builder
	into := &b
	for line := range strings.Lines(o.pick(text)) {
		switch said(line) {
		case markFirst:
			into = &first
		case markNext:
			into = &next
		case markEnd:
			o.repeat(&b, first.String(), next.String())
			first.Reset()
			next.Reset()
			into = &b
		default:
			if into == &b {
				line = o.fill(line)
			}
			into.WriteString(line)
		}
	}
	if o.Version == "" {
		return b.String()
	}
	return release.ReplaceAllLiteralString(b.String(), o.Version)
}

// repeat writes the block of the first environment, and that of a next one for each after it.
func (o Options) repeat(b *strings.Builder, first, next string) {
	for i, name := range o.Environments {
		if i == 0 {
			b.WriteString(fillTwo(first, name, name))
			continue
		}
		b.WriteString(fillTwo(next, o.Environments[i-1], name))
	}
}

// fill puts the first and the last environment in the place of dev and prod, and all of them where both stand in a list.
func (o Options) fill(text string) string {
	names := o.Environments
	return environments.ReplaceAllStringFunc(text, func(found string) string {
		switch found {
		case "/dev/null":
			return found
		case "dev":
			return names[0]
		case "prod":
			return names[len(names)-1]
		case "'dev', 'prod'":
			return "'" + strings.Join(names, "', '") + "'"
		}
		return "[" + strings.Join(names, ", ") + "]"
	})
}

// fillTwo puts names in the place of dev and prod.
func fillTwo(text, dev, prod string) string {
	return Options{Environments: []string{dev, prod}}.fill(text)
}
