package apispec

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
)

const (
	// maxNameBase leaves four characters of a resource name's eighty for the
	// suffix that tells equal names apart.
	maxNameBase = 76
	// maxDisplayName is what the service takes at most, in characters.
	maxDisplayName = 300
)

// operationName makes an operationId a resource name: each run of characters
// that a name cannot have becomes one dash. The case is kept, as the service
// keeps it.
func operationName(operationID string) string {
	return dashed(operationID, func(r rune) bool { return r == '_' || r == '.' || alphanumeric(r) })
}

// synthesizedName is the name of an operation without an operationId, such as
// get-pets-petid for GET /pets/{petId}.
func synthesizedName(method, template string) string {
	return dashed(strings.ToLower(method+"-"+template), alphanumeric)
}

func alphanumeric(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
}

func dashed(s string, keep func(rune) bool) string {
	var b strings.Builder
	gap := false
	for _, r := range s {
		if !keep(r) {
			gap = b.Len() > 0
			continue
		}
		if gap {
			b.WriteByte('-')
			gap = false
		}
		if b.Len() >= maxNameBase {
			break
		}
		b.WriteRune(r)
	}
	return strings.Trim(b.String(), "-")
}

// uniqueNames hands out names, each once. Resource names are compared without
// case.
type uniqueNames struct {
	taken map[string]bool
	next  map[string]int
	fold  func(string) string
}

func newUniqueNames(fold func(string) string) *uniqueNames {
	return &uniqueNames{taken: map[string]bool{}, next: map[string]int{}, fold: fold}
}

// keepCase is the fold for names that differ when their case does.
func keepCase(s string) string { return s }

// claim returns name, or name with the lowest free suffix.
func (u *uniqueNames) claim(name string) string {
	unique := name
	for u.taken[u.fold(unique)] {
		u.next[u.fold(name)]++
		unique = name + "-" + strconv.Itoa(u.next[u.fold(name)])
	}
	u.taken[u.fold(unique)] = true
	return unique
}

// componentName makes s a key that OpenAPI 3 allows among its components.
func componentName(s string) string {
	clean := strings.Map(func(r rune) rune {
		if alphanumeric(r) || r == '.' || r == '_' || r == '-' {
			return r
		}
		return '_'
	}, s)
	if clean == "" {
		return "_"
	}
	return clean
}

// typeName is the service's name for a schema written in place: UserLoginGet
// for GET /user/login, UsersIdGet… with the parameter between dashes for
// /users/{id}.
func typeName(path, method string) string {
	var b strings.Builder
	path, _, _ = strings.Cut(path, "?")
	for _, segment := range strings.Split(path, "/") {
		if inner, ok := strings.CutPrefix(segment, "{"); ok && strings.HasSuffix(inner, "}") {
			b.WriteString("-" + componentName(strings.TrimSuffix(inner, "}")) + "-")
			continue
		}
		b.WriteString(camel(segment))
	}
	b.WriteString(camel(strings.ToLower(method)))
	return strings.TrimPrefix(b.String(), "-")
}

// camel joins the words of s, each with an upper-case initial.
func camel(s string) string {
	var b strings.Builder
	upper := true
	for _, r := range s {
		if !alphanumeric(r) {
			upper = true
			continue
		}
		if upper {
			r = unicode.ToUpper(r)
		}
		b.WriteRune(r)
		upper = false
	}
	return b.String()
}

// truncate cuts s to the length that a display name may have.
func truncate(s string) string {
	if len(s) <= maxDisplayName {
		return s
	}
	if r := []rune(s); len(r) > maxDisplayName {
		return string(r[:maxDisplayName])
	}
	return s
}

// synthesizedDisplayName stands in where a document names an operation not at
// all: "Get - /pets".
func synthesizedDisplayName(method, template string) string {
	return fmt.Sprintf("%s - %s", camel(strings.ToLower(method)), template)
}
