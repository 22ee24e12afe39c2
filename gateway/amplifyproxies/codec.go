package amplifyproxies

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"

	"gopkg.in/yaml.v3"

	"github.com/lockstep-apiops/lockstep/gateway"
)

// What is documented of the DevOps API is that its input is one YAML file and
// its answers are JSON, that POST /proxies answers with the proxy's name, and
// POST /promote with its address and, where clients have them, API keys. All
// else in this file is assumed: where the calls are, the type of the body, that
// options are query parameters, and the names of the fields of answers.

// The paths of the calls, below the address of Amplify Central.
const (
	DefaultProxies = "/api/v1/proxies"
	DefaultPromote = "/api/v1/promote"
)

// media is the type of the body of both calls.
const media = "application/x-yaml"

// createQuery are the options of POST /proxies.
func createQuery(force bool) url.Values {
	if !force {
		return nil
	}
	return url.Values{"force": {"true"}}
}

// promoteQuery are the options of POST /promote.
func promoteQuery(from, to string) url.Values {
	q := url.Values{"target": {to}}
	if from != "" {
		q.Set("source", from)
	}
	return q
}

// An answer is what a call tells, as far as it does.
type answer struct {
	id, revision, url string
	keys              map[string]string // API keys by application
}

// read takes from an answer what it knows.
func read(body map[string]any) answer {
	a := answer{id: plain(body["id"]), revision: plain(body["revision"]), url: plain(body["url"]), keys: map[string]string{}}
	keys, _ := body["apiKeys"].([]any)
	for _, e := range keys {
		if key, ok := e.(map[string]any); ok && plain(key["apiKey"]) != "" {
			a.keys[plain(key["app"])] = plain(key["apiKey"])
		}
	}
	return a
}

// plain returns a text or number as text, and "" for all else.
func plain(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	}
	return ""
}

// encode returns a payload as the YAML that the calls take: the same bytes for
// the same payload, with keys in the order of the documentation.
func encode(spec map[string]any) []byte {
	version := v0
	if spec["version"] != nil {
		version = v1
	}
	var b bytes.Buffer
	e := yaml.NewEncoder(&b)
	e.SetIndent(2)
	if err := e.Encode(node(configuration(version), spec)); err != nil {
		return nil // nodes that are made here always encode
	}
	return b.Bytes()
}

// node returns a decoded JSON value as YAML. s is what is known of it, or nil.
func node(s *shape, v any) *yaml.Node {
	if s == nil {
		s = &shape{}
	}
	switch v := v.(type) {
	case map[string]any:
		return object(s, v)
	case []any:
		n := &yaml.Node{Kind: yaml.SequenceNode}
		if len(v) == 0 {
			n.Style = yaml.FlowStyle
		}
		for _, e := range v {
			n.Content = append(n.Content, node(s.each, e))
		}
		return n
	case json.Number:
		return plainNumber(v)
	case bool:
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!bool", Value: fmt.Sprint(v)}
	case nil:
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!null", Value: "null"}
	}
	n := &yaml.Node{}
	n.SetString(fmt.Sprint(v))
	return n
}

func object(s *shape, m map[string]any) *yaml.Node {
	n := &yaml.Node{Kind: yaml.MappingNode}
	if len(m) == 0 {
		n.Style = yaml.FlowStyle
	}
	if s.form == limit {
		s = interval()
	}
	rest := maps.Clone(m)
	add := func(name string, s *shape) {
		if v, ok := rest[name]; ok {
			n.Content = append(n.Content, node(nil, name), node(s, v))
			delete(rest, name)
		}
	}
	for _, f := range s.fields {
		add(f.name, f.shape)
	}
	for _, name := range slices.Sorted(maps.Keys(rest)) {
		add(name, nil)
	}
	return n
}

// passwordField is where a configuration names its only secret.
const passwordField = "proxy.policies.backendAuth.password" //nolint:gosec // a path, no password

// fill returns the payload with the password that env has in the place of the
// name of its variable.
func fill(spec map[string]any, env func(string) string) (map[string]any, error) {
	s, _ := gateway.Field(spec, passwordField).(string)
	m := reference.FindStringSubmatch(s)
	if m == nil {
		return spec, nil
	}
	secret := env(m[1])
	if secret == "" {
		return nil, fmt.Errorf("%w: %s", gateway.ErrInvalid, missing(m[1]))
	}
	filled, _ := gateway.Clone(spec).(map[string]any)
	gateway.SetField(filled, passwordField, secret)
	return filled, nil
}

func missing(name string) string {
	return fmt.Sprintf("backendAuth.password is that of the variable %s, which the environment does not have", name)
}
