package pipelines

import (
	"regexp"
	"strings"
)

// The marks in the files, each a comment of its own. What stands between the first two is for the first environment; what
// follows, up to the last, is for one that comes after another.
const (
	markFirst = "first environment"
	markNext  = "next environment"
	markEnd   = "end of environments"
)

// comment matches a line that is a comment of YAML's or Groovy's and no more.
var comment = regexp.MustCompile(`^\s*(?:#|//) (.*)\n$`)

// The words in the files that stand for answers.
var (
	environments = regexp.MustCompile(`/dev/|\[dev, prod\]|'dev', 'prod'|\b(dev|prod)\b`)
	release      = regexp.MustCompile(`\bv0\.1\.0\b`)
)

// fit returns a file for the answers.
func (o Options) fit(text string) string {
	var b, first, next strings.Builder
	into := &b
	for line := range strings.Lines(text) {
		var said string
		if m := comment.FindStringSubmatch(line); m != nil {
			said = m[1]
		}
		switch said {
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
		case "/dev/": // of /dev/null
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
