package amplify

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// condition is a query as a tree. It has either an operator of several conditions,
// or a comparison.
type condition struct {
	all, any []*condition

	field    string
	operator string
	values   []operand
}

// operand is one value of a comparison.
type operand struct {
	text string
	null bool
}

// fields lists the fields that the condition reads.
func (c *condition) fields() []string {
	var out []string
	if c.field != "" {
		out = append(out, c.field)
	}
	for _, inner := range slices.Concat(c.all, c.any) {
		out = append(out, inner.fields()...)
	}
	return out
}

// maxDepth is how deep parentheses may be nested.
const maxDepth = 50

// queryParser reads RSQL from left to right.
type queryParser struct {
	text  string
	at    int
	depth int
}

// parseQuery reads an RSQL expression: ";" or "and" binds tighter than "," or "or".
func parseQuery(text string) (*condition, error) {
	p := &queryParser{text: text}
	c, err := p.either()
	if err != nil {
		return nil, err
	}
	p.blanks()
	if p.at < len(p.text) {
		return nil, p.wrong("the end")
	}
	return c, nil
}

func (p *queryParser) wrong(want string) error {
	return fmt.Errorf("expected %s at position %d", want, p.at)
}

func (p *queryParser) blanks() {
	for p.at < len(p.text) && (p.text[p.at] == ' ' || p.text[p.at] == '\t') {
		p.at++
	}
}

// take steps over a sign, if it is next.
func (p *queryParser) take(sign string) bool {
	if strings.HasPrefix(p.text[p.at:], sign) {
		p.at += len(sign)
		return true
	}
	return false
}

// takeWord steps over a word between blanks, if it is next.
func (p *queryParser) takeWord(word string) bool {
	rest := p.text[p.at:]
	if p.at == 0 || !isBlank(p.text[p.at-1]) || len(rest) <= len(word) || !strings.EqualFold(rest[:len(word)], word) {
		return false
	}
	if next := rest[len(word)]; !isBlank(next) && next != '(' {
		return false
	}
	p.at += len(word)
	return true
}

func isBlank(b byte) bool { return b == ' ' || b == '\t' }

func (p *queryParser) either() (*condition, error) {
	parts, err := p.chain(p.both, ",", "or")
	if err != nil || len(parts) == 1 {
		return first(parts), err
	}
	return &condition{any: parts}, nil
}

func (p *queryParser) both() (*condition, error) {
	parts, err := p.chain(p.single, ";", "and")
	if err != nil || len(parts) == 1 {
		return first(parts), err
	}
	return &condition{all: parts}, nil
}

func first(parts []*condition) *condition {
	if len(parts) == 0 {
		return nil
	}
	return parts[0]
}

// chain reads one or more conditions with a sign or a word between them.
func (p *queryParser) chain(next func() (*condition, error), sign, word string) ([]*condition, error) {
	var parts []*condition
	for {
		c, err := next()
		if err != nil {
			return nil, err
		}
		parts = append(parts, c)
		p.blanks()
		if !p.take(sign) && !p.takeWord(word) {
			return parts, nil
		}
	}
}

func (p *queryParser) single() (*condition, error) {
	p.blanks()
	if !p.take("(") {
		return p.comparison()
	}
	if p.depth++; p.depth > maxDepth {
		return nil, errors.New("too many parentheses")
	}
	c, err := p.either()
	if err != nil {
		return nil, err
	}
	p.blanks()
	if !p.take(")") {
		return nil, p.wrong(`")"`)
	}
	p.depth--
	return c, nil
}

// operators are the signs of comparisons and what they mean, the longest first.
func operators() [][2]string {
	return [][2]string{
		{"=without=", "without"}, {"=with=", "with"}, {"=neq=", "!=="}, {"=out=", "out"}, {"=eq=", "==="}, {"=in=", "in"},
		{"=lt=", "<"}, {"=le=", "<="}, {"=gt=", ">"}, {"=ge=", ">="},
		{"===", "==="}, {"!==", "!=="}, {"==", "=="}, {"!=", "!="}, {"<=", "<="}, {">=", ">="}, {"<", "<"}, {">", ">"},
	}
}

func (p *queryParser) comparison() (*condition, error) {
	start := p.at
	for p.at < len(p.text) && !strings.ContainsRune(`"'();,=!<>~ `+"\t", rune(p.text[p.at])) {
		p.at++
	}
	if p.at == start {
		return nil, p.wrong("a field")
	}
	c := &condition{field: p.text[start:p.at]}
	p.blanks()
	for _, op := range operators() {
		if p.take(op[0]) {
			c.operator = op[1]
			break
		}
	}
	if c.operator == "" {
		return nil, p.wrong("an operator")
	}
	p.blanks()
	var err error
	if c.values, err = p.operands(c.operator); err != nil {
		return nil, err
	}
	return c, nil
}

// operands reads a value, or a list of them in parentheses.
func (p *queryParser) operands(operator string) ([]operand, error) {
	many := operator == "in" || operator == "out"
	if !many {
		one, err := p.operand()
		return []operand{one}, err
	}
	if !p.take("(") {
		return nil, p.wrong(`"("`)
	}
	var out []operand
	for {
		p.blanks()
		one, err := p.operand()
		if err != nil {
			return nil, err
		}
		out = append(out, one)
		p.blanks()
		if p.take(")") {
			return out, nil
		}
		if !p.take(",") {
			return nil, p.wrong(`"," or ")"`)
		}
	}
}

func (p *queryParser) operand() (operand, error) {
	if p.at < len(p.text) && (p.text[p.at] == '\'' || p.text[p.at] == '"') {
		return p.quoted()
	}
	start := p.at
	for p.at < len(p.text) && !strings.ContainsRune(`"'();,=!<>~ `+"\t", rune(p.text[p.at])) {
		p.at++
	}
	if p.at == start {
		return operand{}, p.wrong("a value")
	}
	text := p.text[start:p.at]
	return operand{text: text, null: text == "null"}, nil
}

// quoted reads a value in quotes; a backslash takes the next sign as it is.
func (p *queryParser) quoted() (operand, error) {
	quote := p.text[p.at]
	p.at++
	var text strings.Builder
	for ; p.at < len(p.text); p.at++ {
		switch b := p.text[p.at]; {
		case b == quote:
			p.at++
			return operand{text: text.String()}, nil
		case b == '\\' && p.at+1 < len(p.text):
			p.at++
			text.WriteByte(p.text[p.at])
		default:
			text.WriteByte(b)
		}
	}
	return operand{}, p.wrong("the closing quote")
}
