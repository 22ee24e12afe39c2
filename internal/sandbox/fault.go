package sandbox

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// faultKinds are the ways a request can go wrong on demand.
func faultKinds() []string { return []string{"status", "reset", "timeout", "truncate", "html"} }

// Fault makes some requests go wrong. It is made by ParseFault.
type Fault struct {
	Kind       string // status, reset, timeout, truncate or html
	Status     int    // for kind status
	Code       string // error code of the body, for kind status
	RetryAfter string // header value, "" for none
	After      bool   // strike after the request took effect

	method string
	path   *regexp.Regexp
	nth    int // the first match that is struck, from 1
	count  int // how many are struck from there on
	every  int // strike each such match instead

	mu   sync.Mutex
	seen int
}

// ParseFault reads "status=503,method=PUT,path=*/apis/*,nth=3,count=2". Keys:
//
//	kind=status|reset|timeout|truncate|html   what happens; status=N implies status
//	status=N          the status to answer
//	code=TEXT         the error code in the body
//	retry-after=V     a Retry-After header
//	method=M          only this method
//	path=GLOB         only paths like this, in any case; * stands for anything
//	nth=N             from the Nth match on (1 when absent)
//	count=N           that many times (1 with nth, without end otherwise)
//	every=N           each Nth match
//	when=before|after after: the request is carried out, its answer is lost
func ParseFault(spec string) (*Fault, error) {
	f := &Fault{nth: 1, count: -1}
	counted := false
	for _, part := range strings.Split(spec, ",") {
		key, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		if err := f.set(key, value, &counted); err != nil {
			return nil, fmt.Errorf("parse fault %q: %w", spec, err)
		}
	}
	if f.Kind == "" {
		return nil, fmt.Errorf("parse fault %q: say what shall happen, such as status=503 or kind=reset", spec)
	}
	if f.Kind == "status" && f.Status == 0 {
		return nil, fmt.Errorf("parse fault %q: kind=status needs status=N", spec)
	}
	return f, nil
}

// Reason is the error code that the fault names; without one, the text of its status
// in one word.
func (f *Fault) Reason() string {
	if f.Code != "" {
		return f.Code
	}
	return strings.ReplaceAll(http.StatusText(f.Status), " ", "")
}

func (f *Fault) set(key, value string, counted *bool) error {
	var err error
	switch key {
	case "kind":
		f.Kind = value
	case "status":
		f.Kind = "status"
		f.Status, err = number(value, 100, 599)
	case "code":
		f.Code = value
	case "retry-after":
		f.RetryAfter = value
	case "method":
		f.method = strings.ToUpper(value)
	case "path":
		f.path, err = glob(value)
	case "nth":
		f.nth, err = number(value, 1, 1<<30)
		if !*counted {
			f.count = 1
		}
	case "count":
		*counted = true
		f.count, err = number(value, 1, 1<<30)
	case "every":
		f.every, err = number(value, 1, 1<<30)
	case "when":
		f.After = value == "after"
		if value != "after" && value != "before" {
			err = fmt.Errorf("when is before or after, not %q", value)
		}
	default:
		if slices.Contains(faultKinds(), key) {
			f.Kind = key
			return nil
		}
		return fmt.Errorf("unknown key %q", key)
	}
	if err == nil && f.Kind != "" && !slices.Contains(faultKinds(), f.Kind) {
		err = fmt.Errorf("unknown kind %q; use one of %s", f.Kind, strings.Join(faultKinds(), ", "))
	}
	return err
}

func number(s string, low, high int) (int, error) {
	n, err := strconv.Atoi(s)
	if err != nil || n < low || n > high {
		return 0, fmt.Errorf("%q is not a number from %d to %d", s, low, high)
	}
	return n, nil
}

func glob(pattern string) (*regexp.Regexp, error) {
	parts := strings.Split(pattern, "*")
	for i, p := range parts {
		parts[i] = regexp.QuoteMeta(p)
	}
	return regexp.Compile("(?i)^" + strings.Join(parts, ".*") + "$")
}

// Strikes counts the request when it matches, and reports whether it is struck.
func (f *Fault) Strikes(r *http.Request) bool {
	if f.method != "" && f.method != r.Method {
		return false
	}
	if f.path != nil && !f.path.MatchString(r.URL.Path) {
		return false
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.seen++
	if f.every > 0 {
		return f.seen%f.every == 0
	}
	return f.seen >= f.nth && (f.count < 0 || f.seen < f.nth+f.count)
}
