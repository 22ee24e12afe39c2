// Package glob matches names with patterns.
//
// It knows text alone, and nothing of what the names stand for.
package glob

import "strings"

// Has reports whether a text is a pattern, and not just a name.
func Has(s string) bool { return strings.ContainsAny(s, "*?") }

// Match reports whether a pattern matches all of a name: "*" stands for any
// text, "?" for any one character. Upper and lower case are the same. It takes
// time in proportion to the product of the lengths at most.
func Match(pattern, name string) bool {
	return match([]rune(strings.ToLower(pattern)), []rune(strings.ToLower(name)))
}

func match(pattern, name []rune) bool {
	star, mark := -1, 0 // where to go on after a mismatch
	i, j := 0, 0
	for j < len(name) {
		switch {
		case i < len(pattern) && pattern[i] == '*':
			star, mark = i, j
			i++
		case i < len(pattern) && (pattern[i] == '?' || pattern[i] == name[j]):
			i++
			j++
		case star >= 0:
			mark++
			i, j = star+1, mark
		default:
			return false
		}
	}
	for i < len(pattern) && pattern[i] == '*' {
		i++
	}
	return i == len(pattern)
}
