package amplify

import (
	"encoding/json"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/lockstep-apiops/lockstep/gateway"
)

// guards are the parts of a payload in which some values may be credentials in
// clear: the server takes and shows them as any other. The name of a value
// tells, or its looks.
type guards []string

// guardsOf returns the guards of a row. A kind that only the server describes
// may have credentials anywhere.
func guardsOf(r *Row) guards {
	if r.newer {
		return guards{"spec"}
	}
	switch r.id() {
	case "management/Webhook", "catalog/Webhook":
		return guards{"spec.headers", "spec.url"}
	case "management/IdentityProvider":
		return guards{"spec.requestHeaders", "spec.queryParameters", "spec.additionalClientProperties"}
	case "management/AccessRequest", "management/ManagedApplicationProfile", "catalog/ApplicationProfile", "catalog/AssetRequest":
		return guards{"spec.data"}
	case "management/Dataplane":
		return guards{"spec.config"}
	}
	return nil
}

// walk calls edit with each text and number in the guarded parts and the place
// of it, and puts what it returns there. The place of a value in a list of names
// with values is that of its name.
func (g guards) walk(spec map[string]any, edit func(place []string, v any) any) {
	for _, part := range g {
		if v := gateway.Field(spec, part); v != nil {
			gateway.SetField(spec, part, walkValue(v, strings.Split(part, "."), edit))
		}
	}
}

func walkValue(v any, place []string, edit func(place []string, v any) any) any {
	at := func(name string) []string { return append(slices.Clip(place), name) }
	switch v := v.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			v[name] = walkValue(v[name], at(name), edit)
		}
	case []any:
		for i, e := range v {
			pair, _ := e.(map[string]any)
			name, named := pair["name"].(string)
			if value, ok := pair["value"]; ok && named {
				pair["value"] = walkValue(value, at(name), edit)
				continue
			}
			v[i] = walkValue(e, at(strconv.Itoa(i)), edit)
		}
	case string, json.Number:
		return edit(place, v)
	}
	return v
}

// each calls edit with each secret, as a column of a kind does.
func (g guards) each(spec map[string]any, edit func(v any) (any, bool)) {
	g.walk(spec, func(place []string, v any) any {
		if !isSecret(place, v) {
			return v
		}
		if e, keep := edit(v); keep {
			return e
		}
		return nil
	})
}

// left returns the places of the values that a payload leaves out, sorted.
func (g guards) left(spec map[string]any) []string {
	var left []string
	g.walk(spec, func(place []string, v any) any {
		if isHidden(v) {
			left = append(left, strings.Join(place, "."))
		}
		return v
	})
	slices.Sort(left)
	return left
}

// values returns what is at which place. Names of headers are the same in upper
// and lower case.
func (g guards) values(spec map[string]any) map[string]any {
	at := map[string]any{}
	g.walk(spec, func(place []string, v any) any {
		at[strings.ToLower(strings.Join(place, "."))] = v
		return v
	})
	return at
}

// restore puts the values that the server has in the place of those that a
// payload leaves out. It returns the place of one that the server has not, or "".
func (g guards) restore(body, raw map[string]any) string {
	have, missing := g.values(raw), ""
	g.walk(body, func(place []string, v any) any {
		if !isHidden(v) {
			return v
		}
		at := strings.Join(place, ".")
		if h, ok := have[strings.ToLower(at)]; ok {
			return h
		}
		missing = at
		return v
	})
	return missing
}

// A covered error can be asked for what it is, and tells no secret.
type covered struct {
	err  error
	text string
}

// Error returns the text without secrets.
func (c *covered) Error() string { return c.text }

// Unwrap returns the whole error.
func (c *covered) Unwrap() error { return c.err }

// cover returns the error of a write that carried what the server has, without
// the secrets of it: a server may repeat in its answer what it was sent.
func (g *Gateway) cover(err error, key gateway.Key, raw map[string]any) error {
	if err == nil {
		return nil
	}
	if text := gateway.Veil(err.Error(), g.table.kinds.Veiled(&gateway.Resource{Key: key, Spec: raw})); text != err.Error() {
		return &covered{err, text}
	}
	return err
}

func valueless(place string) string {
	return "a new secret needs its value, which git does not hold: give it in the configuration, such as ${env:NAME} at " + place
}

// valueless finds secrets that are new in a resource that is there, and that
// nobody gives a value.
func (t *table) valueless(have, after []*gateway.Resource) []gateway.Finding {
	was := map[gateway.Key]map[string]any{}
	for _, r := range have {
		if r.Digest == "" {
			was[t.kinds.Fold(r.Key)] = r.Spec
		}
	}
	var found []gateway.Finding
	for _, r := range after {
		g := guardsOf(t.served[r.Key.Kind].row)
		before, ok := was[t.kinds.Fold(r.Key)]
		if g == nil || !ok {
			continue
		}
		there := g.values(before)
		for _, place := range g.left(r.Spec) {
			if _, ok := there[strings.ToLower(place)]; !ok {
				found = append(found, gateway.Finding{Key: r.Key, Text: valueless(place), Alone: true})
			}
		}
	}
	return found
}

// isSecret reports whether a value is a secret, or stands for one.
func isSecret(place []string, v any) bool {
	s, isText := v.(string)
	switch {
	case isHidden(v):
		return true
	case isText && s == "", slices.Contains([]string{"description", "title", "label", "summary"}, place[len(place)-1]):
		return false // words for people
	}
	return secretName(place) || secretLooks(s)
}

var notAlphanumeric = regexp.MustCompile(`[^a-z0-9]+`)

// secretName reports whether what is at a place is a secret by its name. Names
// that only speak of one are none: token_endpoint_auth_method.
func secretName(place []string) bool {
	name := notAlphanumeric.ReplaceAllString(strings.ToLower(place[len(place)-1]), "")
	ends := func(end string) bool { return strings.HasSuffix(name, end) }
	has := func(part string) bool { return strings.Contains(name, part) }
	switch {
	case slices.ContainsFunc([]string{"url", "uri", "endpoint", "method", "type", "name", "alg", "expiry", "expiration", "lifetime", "timeout", "ttl", "tokens", "count", "limit", "length", "size"}, ends):
		return false
	case name == "key":
		return len(place) < 2 || !strings.EqualFold(place[len(place)-2], "secret") // a key of a secret is a name
	case has("public"), has("encryptionkey"), has("idempotency"):
		return false
	}
	return slices.ContainsFunc([]string{"token", "secret", "password", "passwd", "passphrase", "credential", "authorization", "cookie", "apikey", "bearer"}, has) ||
		slices.ContainsFunc([]string{"key", "auth", "pwd", "signature", "session", "sessionid"}, ends)
}

// looks are what credentials look like, whatever they are called.
var looks = []*regexp.Regexp{
	regexp.MustCompile(`(?i)^(bearer|basic|digest|negotiate|token|apikey)\s+\S{4,}$`), // of a header
	regexp.MustCompile(`\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*`),
	regexp.MustCompile(`-----BEGIN [A-Z ]*PRIVATE KEY-----`),
	regexp.MustCompile(`\bAKIA[0-9A-Z]{16}\b|\bgh[pousr]_\w{30,}|\bglpat-[\w-]{20,}|\bxox[abprs]-[\w-]{10,}|\bsk-[\w-]{20,}`),
	regexp.MustCompile(`(?i)\b(password|pwd|accountkey|sharedaccesskey|secret)=[^;\s{}]{4,}`),
}

// secretLooks reports whether a text is a credential, or an address that has one
// in it.
func secretLooks(s string) bool {
	if slices.ContainsFunc(looks, func(r *regexp.Regexp) bool { return r.MatchString(s) }) {
		return true
	}
	if !strings.Contains(s, "://") {
		return false
	}
	u, err := url.Parse(s)
	if err != nil {
		return false
	}
	if _, has := u.User.Password(); has {
		return true
	}
	for name, values := range u.Query() {
		if values[0] != "" && (name == "sig" || name == "code" || secretName([]string{name})) {
			return true
		}
	}
	return false
}
