// Package nearest finds the name somebody meant when they misspelt one.
//
// It knows words and the distance between them. It does not know what the words stand for.
package nearest

import "strings"

// Name returns the word of known that is nearest to got, and whether one is near enough to suggest. Upper and lower
// case are the same. Of two words equally near it returns the one that sorts first.
func Name(got string, known []string) (string, bool) {
	fold := []rune(strings.ToLower(got))
	limit := max(1, len(fold)/3)
	best, distance := "", limit+1
	for _, k := range known {
		d := between(fold, []rune(strings.ToLower(k)))
		if d < distance || d == distance && d <= limit && k < best {
			best, distance = k, d
		}
	}
	return best, distance <= limit
}

// Hint returns the end of an error message that suggests the nearest word, or nothing when none is near.
func Hint(got string, known []string) string {
	name, ok := Name(got, known)
	if !ok {
		return ""
	}
	return "; did you mean " + name + "?"
}

// between counts the letters to insert, remove, replace or swap with their neighbour to turn a into b.
func between(a, b []rune) int {
	var before, last []int
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range a {
		before, last, row = last, row, make([]int, len(b)+1)
		row[0] = i + 1
		for j := range b {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			row[j+1] = min(last[j+1]+1, row[j]+1, last[j]+cost)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
	}
	return row[len(b)]
}
