package amplify

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// holds evaluates the condition over what the fields hold.
func (c *condition) holds(values func(field string) []any) bool {
	switch {
	case c.all != nil:
		return !slices.ContainsFunc(c.all, func(inner *condition) bool { return !inner.holds(values) })
	case c.any != nil:
		return slices.ContainsFunc(c.any, func(inner *condition) bool { return inner.holds(values) })
	}
	found := values(c.field)
	switch c.operator {
	case "!=":
		return !c.matches("==", found)
	case "!==":
		return !c.matches("===", found)
	case "out":
		return !c.matches("in", found)
	case "without":
		return !c.matches("with", found)
	}
	return c.matches(c.operator, found)
}

// matches reports whether one of the values found stands in the relation to one of
// the operands. No value at all is null.
func (c *condition) matches(operator string, found []any) bool {
	for _, want := range c.values {
		if want.null {
			if len(found) == 0 {
				return true
			}
			continue
		}
		if slices.ContainsFunc(found, func(have any) bool { return related(fmt.Sprint(have), operator, want.text) }) {
			return true
		}
	}
	return false
}

func related(have, operator, want string) bool {
	switch operator {
	case "==", "in":
		return wild(strings.ToLower(have), strings.ToLower(want))
	case "===":
		return have == want
	case "with":
		return strings.EqualFold(have, want)
	case "<":
		return compare(have, want) < 0
	case "<=":
		return compare(have, want) <= 0
	case ">":
		return compare(have, want) > 0
	case ">=":
		return compare(have, want) >= 0
	}
	return false
}

// compare orders numbers as numbers, everything else as text.
func compare(a, b string) int {
	x, errX := strconv.ParseFloat(a, 64)
	y, errY := strconv.ParseFloat(b, 64)
	if errX == nil && errY == nil {
		return cmp.Compare(x, y)
	}
	return cmp.Compare(a, b)
}

// wild matches a text with a pattern in which * is anything and _ is one character.
func wild(text, pattern string) bool {
	t, p := []rune(text), []rune(pattern)
	i, j := 0, 0
	star, mark := -1, 0 // where the last * was, and what it stood for so far
	for i < len(t) {
		switch {
		case j < len(p) && p[j] == '*':
			star, mark = j, i
			j++
		case j < len(p) && (p[j] == t[i] || p[j] == '_'):
			i, j = i+1, j+1
		case star >= 0:
			mark++
			i, j = mark, star+1
		default:
			return false
		}
	}
	for j < len(p) && p[j] == '*' {
		j++
	}
	return j == len(p)
}
