package config

import (
	"fmt"
	"strings"
)

// Markdown returns the settings as a table for the documentation, sorted as they were declared.
func (s *Set) Markdown() string {
	var b strings.Builder
	b.WriteString("| Flag | Environment | Key | Default | Meaning |\n| --- | --- | --- | --- | --- |\n")
	for _, row := range s.settings {
		var flag []string
		if !row.Secret && !row.Inert {
			flag = []string{"--" + row.Name}
		}
		if row.Short != "" {
			flag = append(flag, "-"+row.Short)
		}
		usage := row.Usage
		if row.Inert {
			usage = "accepted, without effect: " + usage
		}
		for _, name := range row.Negate {
			usage += "; the opposite of " + code([]string{name})
		}
		if len(row.Choices) > 0 {
			usage += ": " + strings.Join(row.Choices, ", ")
		}
		var preset []string
		if row.Default != "" {
			preset = []string{row.Default}
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n",
			code(flag), code(row.EnvNames()), code(row.KeyNames()), code(preset), strings.ReplaceAll(usage, "|", `\|`))
	}
	return b.String()
}

// code returns the words as code, one after the other.
func code(words []string) string {
	if len(words) == 0 {
		return ""
	}
	return "`" + strings.Join(words, "` `") + "`"
}
