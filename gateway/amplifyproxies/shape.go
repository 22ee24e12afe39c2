package amplifyproxies

import (
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// A form is what a value of a configuration may be.
type form int

const (
	text    form = iota // also a number or a date that is not quoted
	flag                // true or false
	limit               // a number of calls, or that with an interval
	list                // of what shape.each is
	mapping             // of shape.fields
)

// A shape says what stands at a place of a configuration.
type shape struct {
	form   form
	fields []field // of a mapping, in the order in which they are written
	each   *shape  // of a list
	values []string
	wrong  func(text string) string // what is wrong with a text, or nothing
	odd    func(text string) string // what may be meant so, or nothing
}

// A field is a key of a mapping.
type field struct {
	name  string
	need  bool
	shape *shape
}

// The versions of a file. Version v0 says nothing of its version.
const (
	v0 = "v0"
	v1 = "v1"
)

// configuration is the shape of a file of a version.
func configuration(version string) *shape {
	policy := field{"policy", true, &shape{form: mapping, fields: []field{
		{"type", true, &shape{values: []string{passThrough, "api-key"}}},
		{"app", false, named()},
	}}}
	if version == v1 {
		policy = field{"policies", true, policies()}
	}
	return &shape{form: mapping, fields: []field{
		{"apiVersion", true, &shape{values: []string{"v1"}}},
		{"version", false, &shape{wrong: wrongVersion}},
		{"proxy", true, &shape{form: mapping, fields: []field{
			{"name", true, named()},
			{"basePath", true, &shape{wrong: basePath}},
			{"swagger", false, link()},
			policy,
			{"apps", false, &shape{form: list, each: app()}},
			{"tags", false, &shape{form: list, each: named()}},
			{"team", false, &shape{form: mapping, fields: []field{{"name", true, named()}}}},
		}}},
	}}
}

// The kinds of client authentication that rules ask for.
const (
	passThrough = "pass-through"
	oauth       = "oauth"
)

// authTypes are the kinds of client authentication of version v1.
func authTypes() []string { return []string{passThrough, "api-key", "jwt-token", oauth} }

func policies() *shape {
	return &shape{form: mapping, fields: []field{
		{"clientAuth", true, &shape{form: mapping, fields: []field{
			{"type", true, &shape{values: authTypes()}},
			{"app", false, named()},
			{"flows", false, &shape{form: list, each: &shape{values: []string{"implicit", "password", "application", "accessCode"}}}},
			{"authorizationUrl", false, link()},
			{"tokenUrl", false, link()},
			{"scopes", false, &shape{form: list, each: &shape{form: mapping, fields: []field{
				{"scope", true, named()},
				{"description", true, named()},
			}}}},
		}}},
		{"backendAuth", false, &shape{form: mapping, fields: []field{
			{"type", true, &shape{values: []string{"auth-http-basic"}}},
			{"username", true, named()},
			{"password", true, &shape{wrong: password}},
		}}},
		{"rateLimit", false, &shape{form: mapping, fields: []field{
			{"perProxy", false, &shape{form: limit}},
			{"perProxyAndApp", false, &shape{form: limit}},
			{"overrides", false, &shape{form: list, each: &shape{form: mapping, fields: []field{
				{"appName", true, named()},
				{"perProxyAndApp", false, &shape{form: limit}},
				{"disablePerProxyAndApp", false, &shape{form: flag}},
			}}}},
		}}},
	}}
}

func app() *shape {
	return &shape{form: mapping, fields: []field{
		{"name", true, named()},
		{"profiles", false, &shape{form: list, each: &shape{form: mapping, fields: []field{
			{"name", true, named()},
			{"type", true, &shape{values: authTypes()}},
			{"clientId", false, named()},
			{"issuer", false, link()},
			{"metadataPath", false, &shape{wrong: basePath}},
		}}}},
	}}
}

// interval is the shape of what a limit is counted in.
func interval() *shape {
	return &shape{form: mapping, fields: []field{{"limit", true, nil}, {"interval", true, nil}}}
}

// named is the shape of a text that must say something.
func named() *shape {
	return &shape{wrong: func(text string) string {
		if strings.TrimSpace(text) == "" {
			return "is empty"
		}
		return noToken(text)
	}}
}

// token finds what stands for a value of the environment.
var token = regexp.MustCompile(`\$\{[^}]*\}`)

func noToken(text string) string {
	if t := token.FindString(text); t != "" {
		return fmt.Sprintf("holds %s: only backendAuth.password is taken from the environment", t)
	}
	return ""
}

func wrongVersion(text string) string {
	switch text {
	case v1:
		return ""
	case v0:
		return "is \"v0\": a file of that version leaves the key out"
	}
	return fmt.Sprintf("is %q: it is v1, or the key is left out", text)
}

// urlPath is what stands in an address after the host, as RFC 3986 has it, without
// empty segments but the last.
var urlPath = regexp.MustCompile(`^/$|^(?:/(?:[A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2})+)+/?$`)

func basePath(text string) string {
	if t := noToken(text); t != "" {
		return t
	}
	switch {
	case !strings.HasPrefix(text, "/"):
		return fmt.Sprintf("is %q, which does not start with a slash", text)
	case !urlPath.MatchString(text):
		return fmt.Sprintf("is %q, which is no path of an address", text)
	case slices.ContainsFunc(strings.Split(text, "/"), func(s string) bool { return s == "." || s == ".." }):
		return fmt.Sprintf("is %q, which leads to another path", text)
	}
	return ""
}

func address(text string) string {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http":
		return "is no address that starts with https:// or http://" // it may hold what is nobody's business
	case u.User != nil:
		return "holds credentials, which git must not have"
	}
	return noToken(text)
}

// link is the shape of an address.
func link() *shape { return &shape{wrong: address, odd: parameterOfSecret} }

// secretName finds names of parameters whose values mostly are secrets.
var secretName = regexp.MustCompile(`(?i)^(?:.*[-_.])?(?:api-?_?key|key|token|secret|password|passwd|pwd|sig|signature)$`)

// parameterOfSecret names the parameter of an address that probably holds a secret.
func parameterOfSecret(text string) string {
	u, err := url.Parse(text)
	if err != nil {
		return ""
	}
	q := u.Query()
	for _, name := range slices.Sorted(maps.Keys(q)) {
		if secretName.MatchString(name) && q.Get(name) != "" {
			return fmt.Sprintf("seems to hold a secret in the parameter %s, which git must not have", name)
		}
	}
	return ""
}

// reference is what a password may be: the name of a variable.
var reference = regexp.MustCompile(`^\$\{env:([A-Za-z_][A-Za-z0-9_]*)\}$`)

func password(text string) string {
	if text != "" && !reference.MatchString(text) {
		return "must be empty or name a variable of the environment, as in ${env:BACKEND_PASSWORD}: git holds no secrets"
	}
	return ""
}

var period = regexp.MustCompile(`^PT(?:([0-9]{1,6})H)?(?:([0-9]{1,6})M)?(?:([0-9]{1,6})S)?$`)

// wrongPeriod says what is wrong with the interval of a limit: it is the time
// part of an ISO 8601 duration, and not zero.
func wrongPeriod(text string) string {
	m := period.FindStringSubmatch(text)
	sum := 0
	for i := 1; i < len(m); i++ {
		n, _ := strconv.Atoi(m[i]) // digits, or nothing
		sum += n
	}
	if sum == 0 {
		return fmt.Sprintf("is %q, not a time such as PT10S, PT1M or PT1H30M", text)
	}
	return ""
}
