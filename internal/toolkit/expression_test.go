//go:build toolkit

package toolkit

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/rhysd/actionlint"
)

// A scope is what expressions of a workflow or a pipeline refer to, by context.
type scope struct {
	t      *testing.T
	values map[string]any
}

var placeholder = regexp.MustCompile(`\$\{\{(.*?)\}\}`)

// text returns a value as text, with its expressions replaced.
func (s scope) text(v any) string {
	if v == nil {
		return ""
	}
	return placeholder.ReplaceAllStringFunc(fmt.Sprint(v), func(m string) string {
		value := s.eval(m[3 : len(m)-2])
		if value == nil {
			return ""
		}
		return fmt.Sprint(value)
	})
}

// holds evaluates a condition; nil is true.
func (s scope) holds(v any) bool {
	if v == nil {
		return true
	}
	text := strings.TrimSpace(fmt.Sprint(v))
	if m := placeholder.FindStringSubmatch(text); m != nil {
		text = m[1]
	}
	return truthy(s.eval(text))
}

func truthy(v any) bool { return v != nil && v != false && v != "" }

// eval evaluates an expression.
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
		return member(s.values, n.Name)
	case *actionlint.StringNode:
		return n.Value
	case *actionlint.ObjectDerefNode:
		return member(s.node(n.Receiver), n.Property)
	case *actionlint.IndexAccessNode:
		return member(s.node(n.Operand), fmt.Sprint(s.node(n.Index)))
	case *actionlint.CompareOpNode:
		return s.same(n.Left, n.Right) == (n.Kind == actionlint.CompareOpNodeKindEq)
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

// same compares as GitHub does: what is not there is an empty text.
func (s scope) same(a, b actionlint.ExprNode) bool {
	word := func(n actionlint.ExprNode) string {
		if v := s.node(n); v != nil {
			return fmt.Sprint(v)
		}
		return ""
	}
	return strings.EqualFold(word(a), word(b))
}

func (s scope) call(n *actionlint.FuncCallNode) any {
	s.t.Helper()
	switch strings.ToLower(n.Callee) {
	case "eq":
		return s.same(n.Args[0], n.Args[1])
	case "ne":
		return !s.same(n.Args[0], n.Args[1])
	case "format":
		return strings.ReplaceAll(fmt.Sprint(s.node(n.Args[0])), "{0}", fmt.Sprint(s.node(n.Args[1])))
	case "fromjson":
		var v any
		if err := json.Unmarshal([]byte(fmt.Sprint(s.node(n.Args[0]))), &v); err != nil {
			s.t.Fatal(err)
		}
		return v
	}
	s.t.Fatalf("the function %s is not known here", n.Callee)
	return nil
}

// member returns a member of an object by its name in any case, or nil.
func member(object any, name string) any {
	m, _ := object.(map[string]any)
	for k, v := range m {
		if strings.EqualFold(k, name) {
			return v
		}
	}
	return nil
}

func object(v any) map[string]any { m, _ := v.(map[string]any); return m }
