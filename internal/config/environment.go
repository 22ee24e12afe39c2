package config

import (
	"slices"
	"strings"
)

// environment finds variables by name whatever their case, as pipelines and operating systems differ in it.
type environment map[string][]variable

// variable is one NAME=value.
type variable struct{ name, text string }

// newEnvironment reads a list of NAME=value. An empty value is left out: pipelines cannot leave a variable unset.
func newEnvironment(environ []string) environment {
	env := make(environment)
	for _, v := range environ {
		name, text, _ := strings.Cut(v, "=")
		if name != "" && !blank(text) {
			env[fold(name)] = append(env[fold(name)], variable{name, text})
		}
	}
	for _, variables := range env {
		slices.SortStableFunc(variables, func(a, b variable) int { return strings.Compare(a.name, b.name) })
	}
	return env
}

// lookUp returns the variable's text and the spelling under which it was found. The very name wins over another
// spelling of it. There is no text when it is not set.
func (e environment) lookUp(name string) (text, as string) {
	variables := e[fold(name)]
	if len(variables) == 0 {
		return "", name
	}
	i := max(0, slices.IndexFunc(variables, func(v variable) bool { return v.name == name }))
	return variables[i].text, variables[i].name
}

// beginning returns the names of the variables that begin so, sorted.
func (e environment) beginning(folded string) []string {
	var names []string
	for name, variables := range e {
		if strings.HasPrefix(name, folded) {
			names = append(names, variables[0].name)
		}
	}
	slices.Sort(names)
	return names
}

// blank reports whether a text is no value.
func blank(text string) bool { return strings.TrimSpace(text) == "" }
