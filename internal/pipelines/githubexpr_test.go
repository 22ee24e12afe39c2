//go:build pipelines

package pipelines

import (
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/rhysd/actionlint"
)

// scope is what expressions can refer to: contexts, and how the job is doing.
type scope struct {
	t      *testing.T
	values map[string]any // by context
	failed bool
}

var placeholder = regexp.MustCompile(`\$\{\{(.*?)\}\}`)

// text returns a text with its expressions replaced.
func (s scope) text(v any) string {
	text, ok := v.(string)
	if !ok {
		return show(v)
	}
	return placeholder.ReplaceAllStringFunc(text, func(m string) string { return show(s.eval(m[3 : len(m)-2])) })
}

// value returns the value of a text that is one expression, or else its text.
func (s scope) value(v any) any {
	if text, ok := v.(string); ok {
		if m := placeholder.FindString(text); m != "" && m == strings.TrimSpace(text) {
			return s.eval(m[3 : len(m)-2])
		}
		return s.text(text)
	}
	return v
}

// condition says whether a job or step runs.
func (s scope) condition(v any) bool {
	if v == nil {
		return !s.failed
	}
	text := strings.TrimSpace(fmt.Sprint(v))
	if m := placeholder.FindString(text); m == text {
		text = m[3 : len(m)-2]
	}
	always := regexp.MustCompile(`\b(always|failure|success|succeeded|cancelled)\(\)`).MatchString(text)
	return (always || !s.failed) && truthy(s.eval(text))
}

// eval evaluates an expression of GitHub's.
func (s scope) eval(text string) any {
	s.t.Helper()
	node, err := actionlint.NewExprParser().Parse(actionlint.NewExprLexer(text + "}}"))
	if err != nil {
		s.t.Fatalf("expression %q: %v", text, err)
	}
	return s.node(node)
}

func (s scope) node(n actionlint.ExprNode) any {
	s.t.Helper()
	switch n := n.(type) {
	case *actionlint.VariableNode:
		v, ok := s.values[n.Name]
		if !ok {
			s.t.Fatalf("there is no context %q here", n.Name)
		}
		return v
	case *actionlint.StringNode:
		return n.Value
	case *actionlint.BoolNode:
		return n.Value
	case *actionlint.ObjectDerefNode:
		return property(s.node(n.Receiver), n.Property)
	case *actionlint.IndexAccessNode:
		return property(s.node(n.Operand), show(s.node(n.Index)))
	case *actionlint.NotOpNode:
		return !truthy(s.node(n.Operand))
	case *actionlint.CompareOpNode:
		return (show(s.node(n.Left)) == show(s.node(n.Right))) == (n.Kind == actionlint.CompareOpNodeKindEq)
	case *actionlint.LogicalOpNode:
		left := s.node(n.Left)
		if truthy(left) == (n.Kind == actionlint.LogicalOpNodeKindOr) {
			return left
		}
		return s.node(n.Right)
	case *actionlint.FuncCallNode:
		return s.call(n)
	}
	s.t.Fatalf("expressions with %T are not known here", n)
	return nil
}

// call calls a function of GitHub's or of Azure's.
func (s scope) call(n *actionlint.FuncCallNode) any {
	s.t.Helper()
	var args []any
	for _, a := range n.Args {
		args = append(args, s.node(a))
	}
	switch strings.ToLower(n.Callee) {
	case "always":
		return true
	case "failure":
		return s.failed
	case "success", "succeeded":
		return !s.failed
	case "fromjson":
		var v any
		if err := json.Unmarshal([]byte(show(args[0])), &v); err != nil {
			s.t.Fatalf("fromJSON: %v", err)
		}
		return v
	case "and":
		return truthy(args[0]) && truthy(args[1])
	case "eq":
		return show(args[0]) == show(args[1])
	case "ne":
		return show(args[0]) != show(args[1])
	case "replace":
		return strings.ReplaceAll(show(args[0]), show(args[1]), show(args[2]))
	case "split":
		var parts []any
		for part := range strings.SplitSeq(show(args[0]), show(args[1])) {
			parts = append(parts, part)
		}
		return parts
	}
	s.t.Fatalf("the function %s is not known here", n.Callee)
	return nil
}

// property returns what an object has by a name, in upper or lower case; one that it lacks is nothing.
func property(object any, name string) any {
	switch m := object.(type) {
	case map[string]any:
		for k, v := range m {
			if strings.EqualFold(k, name) {
				return v
			}
		}
	case map[string]string:
		for k, v := range m {
			if strings.EqualFold(k, name) {
				return v
			}
		}
	}
	return nil
}

func truthy(v any) bool { return !slices.Contains([]any{nil, false, "", 0}, v) }

// show returns a value as it stands in a text.
func show(v any) string {
	if v == nil {
		return ""
	}
	if k := reflect.ValueOf(v).Kind(); k == reflect.Map || k == reflect.Slice {
		text, err := json.Marshal(v)
		if err != nil {
			return err.Error()
		}
		return string(text)
	}
	return fmt.Sprint(v)
}

func TestExpressions(t *testing.T) {
	s := scope{t: t, values: map[string]any{
		"inputs": map[string]any{"environment": nil}, "vars": map[string]string{"A": "x"},
		"github": map[string]any{"ref": "refs/heads/main"},
	}}
	tests := map[string]string{
		"${{ inputs.environment || 'dev' }}-read":   "dev-read",
		"${{ vars.A != '' }}":                       "true",
		"${{ vars.B == '' && github.ref }}":         "refs/heads/main",
		"${{ fromJSON('[\"a\", \"b\"]') }}":         `["a","b"]`,
		"a ${{ !vars.A }} b ${{ github['ref'] }} c": "a false b refs/heads/main c",
	}
	for text, want := range tests {
		if got := s.text(text); got != want {
			t.Errorf("%s: got %q, want %q", text, got, want)
		}
	}
	if s.failed = true; s.condition(nil) || s.condition("vars.A == 'x'") || !s.condition("always()") {
		t.Error("after a failure only what asks for it may run")
	}
}
