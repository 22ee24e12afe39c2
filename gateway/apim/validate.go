package apim

import (
	_ "embed"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/gateway/apim/policy"
	"github.com/lockstep-apiops/lockstep/internal/apidef"
)

//go:embed schemas.txt
var schemasText string

// Checks returns what can be said against resources of a service before they
// are sent to one.
func Checks() (gateway.Checks, error) {
	schemas, err := gateway.ParseSchemas(schemasText)
	if err != nil {
		return gateway.Checks{}, fmt.Errorf("read schemas of API Management: %w", err)
	}
	kinds, err := Kinds()
	if err != nil {
		return gateway.Checks{}, err
	}
	c := gateway.Checks{
		Schemas: schemas, Line: lineOf, StandIn: standIn(kinds), Secrets: secretsInPolicies(),
		Claims: map[string]func(*gateway.Resource) []string{"api operation": ofMethod},
		Texts:  map[string]func(string) []gateway.Flaw{},
		Files:  map[string]func(string, []byte) []gateway.Flaw{"api": checkDefinition},
		Inside: map[string]func(*gateway.Resource, string) bool{"api operation": definesOperation},
	}
	for _, k := range kinds.All() {
		if len(k.Split) > 0 && k.Split[0].File == policyFile[0].File {
			c.Texts[k.Row] = checkPolicy(rootsOf(k))
		}
	}
	return c, nil
}

// secretsInPolicies are credentials that policies hold in clear.
func secretsInPolicies() []gateway.SecretLike {
	return []gateway.SecretLike{
		{What: "a key in a header or a query parameter", Pattern: regexp.MustCompile(`(?is)<set-(?:header|query-parameter)\s[^>]*name\s*=\s*["'](?:authorization|ocp-apim-subscription-key|subscription-key|api[-_]?key|x-api-key|x-functions-key|code)["'][^>]*>\s*<value>\s*[^@{<\s][^@{<]{7,}</value>`)},
		{What: "a signing key", Pattern: regexp.MustCompile(`(?is)<(?:issuer-signing-keys|decryption-keys)>\s*<key[^>]*>\s*[A-Za-z0-9+/=]{16,}\s*</key>`)},
	}
}

// rootsOf returns the elements that the policies of a kind may begin with;
// those of resolvers begin with the one of their data source.
func rootsOf(k *gateway.Kind) []string {
	switch k.Parent {
	case "api resolver":
		return nil
	case "", "workspace":
		if k.Only == "" {
			return []string{"fragment"}
		}
	}
	return []string{"policies"}
}

func checkPolicy(roots []string) func(string) []gateway.Flaw {
	return func(text string) []gateway.Flaw {
		var flaws []gateway.Flaw
		for _, f := range policy.Check(text, roots...) {
			flaws = append(flaws, gateway.Flaw{Rule: "policy-xml", Line: f.Line, Text: f.Text})
		}
		return flaws
	}
}

// lineOf returns the line of a policy in which it names another resource.
func lineOf(text string, m gateway.Mention) int {
	return policy.Line(text, policy.Reference{Kind: m.Kind, Name: m.Value})
}

// ofMethod returns what an operation answers to, which no other of its API may.
// What parameters are called makes no difference.
func ofMethod(r *gateway.Resource) []string {
	method, _ := gateway.Field(r.Spec, "properties.method").(string)
	template, _ := gateway.Field(r.Spec, "properties.urlTemplate").(string)
	if method == "" || template == "" {
		return nil
	}
	return []string{strings.ToUpper(method) + " " + nameless(template)}
}

// nameless returns a URL template without the names of its parameters.
func nameless(template string) string {
	var b strings.Builder
	for template != "" {
		before, rest, found := strings.Cut(template, "{")
		b.WriteString(before)
		if !found {
			break
		}
		_, template, _ = strings.Cut(rest, "}")
		b.WriteString("{}")
	}
	return b.String()
}

// checkDefinition looks for what an import would trip over.
func checkDefinition(name string, text []byte) []gateway.Flaw {
	ops, err := apidef.Operations(name, text)
	if err != nil {
		f := gateway.Flaw{Rule: "definition", Text: err.Error()}
		if at, ok := errors.AsType[*apidef.SyntaxError](err); ok {
			f.Line, f.Text = at.Line, at.Msg
		}
		return []gateway.Flaw{f}
	}
	var flaws []gateway.Flaw
	paths, ids := map[string]string{}, map[string]string{}
	for _, op := range ops {
		what := op.Method + " " + op.Template
		path := op.Method + " " + nameless(op.Template)
		if other := paths[path]; other != "" {
			flaws = append(flaws, gateway.Flaw{Rule: "duplicate", Text: fmt.Sprintf("%s and %s answer to the same requests", other, what)})
		}
		if id := operationName(op.ID); id != "" && ids[id] != "" {
			flaws = append(flaws, gateway.Flaw{Rule: "duplicate", Text: fmt.Sprintf("%s and %s have the operation id %q", ids[id], what, op.ID)})
		} else if id != "" {
			ids[id] = what
		}
		paths[path] = what
	}
	return flaws
}

// operationName returns what is left of an operation's id for comparison: the
// service changes the case and the marks of what it imports, and cuts it.
func operationName(id string) string {
	const longest = 76
	bare := strings.Map(func(r rune) rune {
		if 'a' <= r && r <= 'z' || '0' <= r && r <= '9' || r >= 0x80 {
			return r
		}
		return -1
	}, strings.ToLower(id))
	return bare[:min(len(bare), longest)]
}

// definesOperation reports whether the definition of an API has an operation of
// that name, or may have it: the service makes up names for operations without
// an id.
func definesOperation(api *gateway.Resource, name string) bool {
	file, text, ok := definition[0].File(api)
	if !ok {
		return false
	}
	ops, err := apidef.Operations(file, text)
	if err != nil || len(ops) == 0 {
		return true // nobody knows
	}
	return slices.ContainsFunc(ops, func(op apidef.Operation) bool {
		return op.ID == "" || operationName(op.ID) == operationName(name)
	})
}
