// Package apimtest helps tests to fill API Management services: a valid sample
// of each kind, in two variants, and whole services made by chance.
//
// It knows what the service accepts; it is for tests alone.
package apimtest

import (
	"cmp"
	_ "embed"
	"encoding/json"
	"strings"
	"testing"

	"github.com/lockstep-apiops/lockstep/gateway"
)

//go:embed samples.json
var samplesJSON []byte

// Samples makes resources of all kinds of a table.
type Samples struct {
	kinds *gateway.Kinds
	specs map[string][]map[string]any // by row, the payloads' properties
}

// NewSamples returns the samples for a table of kinds.
func NewSamples(t testing.TB, kinds *gateway.Kinds) *Samples {
	t.Helper()
	s := &Samples{kinds: kinds}
	if err := json.Unmarshal(samplesJSON, &s.specs); err != nil {
		t.Fatalf("read samples: %v", err)
	}
	for _, k := range kinds.All() {
		if k.Stored() && len(s.specs[s.row(k)]) != 2 {
			t.Fatalf("kind %q has no two samples", k.Name)
		}
	}
	return s
}

// row returns the name under which the samples of a kind are kept.
func (s *Samples) row(k *gateway.Kind) string {
	switch {
	case k.Row == "api resolver policy":
		return "resolver policy"
	case strings.HasSuffix(k.Row, " policy") && k.Only != "":
		return "policy"
	case strings.HasSuffix(k.Row, " wiki"):
		return "wiki"
	case strings.HasSuffix(k.Row, " diagnostic"):
		return "diagnostic"
	}
	return k.Row
}

// Resource returns a valid resource of that key. The variants 0 and 1 differ,
// except of kinds that have no payload. It refers to others named x1 and
// member, which lie beside it where they can.
func (s *Samples) Resource(key gateway.Key, variant int) *gateway.Resource {
	k := s.kinds.Get(key.Kind)
	row := s.row(k)
	if row == "backend" && key.Name() == "member" {
		variant = 0 // a member is no pool
	}
	properties, _ := gateway.Clone(s.specs[row][variant]).(map[string]any)
	s.fillIn(key, properties)
	r := &gateway.Resource{Key: key, Spec: map[string]any{"properties": properties}}
	if len(properties) == 0 {
		r.Spec = map[string]any{}
	}
	if row == "api" && s.graphQL(key) {
		properties["type"], properties["protocols"] = "graphql", []any{"https"}
		r.Files = map[string][]byte{"specification.graphql": []byte("type Query { one: String two: String }\n")}
	}
	return r
}

// graphQL reports whether the API of that key is the one that has resolvers.
func (s *Samples) graphQL(key gateway.Key) bool { return key.Name() == GraphQL }

// GraphQL is the name of an API that Resource makes a GraphQL one.
const GraphQL = "graph"

// fillIn replaces $name by the resource's own name, in what must be unique,
// and @kind:name by the id of the nearest such resource.
func (s *Samples) fillIn(key gateway.Key, v any) any {
	switch v := v.(type) {
	case string:
		if rest, ok := strings.CutPrefix(v, "@"); ok {
			kind, names, _ := strings.Cut(rest, ":")
			return s.idNear(key, kind, strings.Split(names, "/"))
		}
		return strings.ReplaceAll(v, "$name", plain(key.Name()))
	case map[string]any:
		for name, e := range v {
			v[name] = s.fillIn(key, e)
		}
	case []any:
		for i, e := range v {
			v[i] = s.fillIn(key, e)
		}
	}
	return v
}

// plain makes a name fit for a display name of a named value or a path.
func plain(name string) string {
	return strings.Map(func(r rune) rune {
		if r < 0x80 && (r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-') {
			return r
		}
		return '-'
	}, name)
}

// idNear returns the id of the resource of a row and of those names that lies
// in the same scope as from, or at the service if the scope has no such kind.
func (s *Samples) idNear(from gateway.Key, row string, names []string) string {
	if scope := from.Names()[0]; strings.HasPrefix(from.Kind, "workspace ") && s.kinds.Get("workspace "+row) != nil {
		return s.kinds.ID(gateway.NewKey("workspace "+row, append([]string{scope}, names...)...))
	}
	return s.kinds.ID(gateway.NewKey(row, names...))
}

// Mentioned returns the resources that text of the sample names, which a
// payload's references do not tell.
func (s *Samples) Mentioned(r *gateway.Resource) []gateway.Key {
	k := s.kinds.Get(r.Key.Kind)
	if k.Mentions == nil {
		return nil
	}
	var keys []gateway.Key
	for _, m := range k.Mentions(r) {
		name := m.Value
		if m.Field != "" {
			name = strings.TrimPrefix(m.Value, "value-")
		}
		id := s.idNear(r.Key, m.Kind, []string{name})
		if key, ok := s.kinds.ParseID(id); ok {
			keys = append(keys, key)
		}
	}
	return keys
}

// Key returns the key that a resource of the kind may have: the service is
// particular about some names, and only GraphQL APIs have resolvers.
func (s *Samples) Key(k *gateway.Kind) gateway.Key {
	var chain []*gateway.Kind
	for p := k; p != nil; p = s.kinds.Get(p.Parent) {
		chain = append(chain, p)
	}
	var key gateway.Key
	for i := len(chain) - 1; i >= 0; i-- {
		key = key.Child(chain[i].Name, name(chain[i], k))
	}
	return key
}

// name returns a name for a resource of kind k on the way to one of kind of.
func name(k, of *gateway.Kind) string {
	switch k.Row {
	case "api":
		if strings.HasPrefix(of.Row, "api resolver") {
			return GraphQL
		}
	case "identity provider":
		return "aad"
	case "portal setting":
		return "signin"
	case "portal config":
		return "default"
	case "notification":
		return "RequestPublisherNotificationMessage"
	case "notification email":
		return "someone@example.com"
	case "tag operation":
		return "x1/x1"
	case "diagnostic", "api diagnostic":
		return "azuremonitor"
	}
	return cmp.Or(k.Only, "x1")
}

// Fixed reports whether resources of the kind have no payload of their own.
func Fixed(k *gateway.Kind) bool {
	switch k.Row {
	case "gateway api", "product api", "product group", "tag api", "tag product", "tag operation", "notification email":
		return true
	}
	return false
}
