package apim

import (
	"fmt"
	"regexp"
	"strings"
)

// filterToken splits an OData filter: strings, parentheses, commas, words.
var filterToken = regexp.MustCompile(`'(?:[^']|'')*'|[(),]|[^\s(),']+`)

// parseFilter reads the subset of OData the service knows: eq ne gt ge lt le,
// contains, startswith, endswith, substringof, joined by and and or. An empty
// filter gives nil.
func parseFilter(v *service, text string) (func(*item) bool, error) {
	if strings.TrimSpace(text) == "" {
		return nil, nil
	}
	p := &filterParser{service: v, tokens: filterToken.FindAllString(text, -1)}
	f, err := p.or()
	if err == nil && len(p.tokens) > 0 {
		err = fmt.Errorf("unexpected %q", p.tokens[0])
	}
	if err != nil {
		return nil, invalid("$filter", "The filter is not valid: %s.", err)
	}
	return f, nil
}

type filterParser struct {
	service *service
	tokens  []string
}

func (p *filterParser) next() string {
	if len(p.tokens) == 0 {
		return ""
	}
	t := p.tokens[0]
	p.tokens = p.tokens[1:]
	return t
}

func (p *filterParser) accept(word string) bool {
	if len(p.tokens) > 0 && strings.EqualFold(p.tokens[0], word) {
		p.tokens = p.tokens[1:]
		return true
	}
	return false
}

func (p *filterParser) or() (func(*item) bool, error) {
	left, err := p.and()
	for err == nil && p.accept("or") {
		var right func(*item) bool
		before := left
		right, err = p.and()
		left = func(it *item) bool { return before(it) || right(it) }
	}
	return left, err
}

func (p *filterParser) and() (func(*item) bool, error) {
	left, err := p.term()
	for err == nil && p.accept("and") {
		var right func(*item) bool
		before := left
		right, err = p.term()
		left = func(it *item) bool { return before(it) && right(it) }
	}
	return left, err
}

func (p *filterParser) term() (func(*item) bool, error) {
	if p.accept("(") {
		f, err := p.or()
		if err == nil && !p.accept(")") {
			err = fmt.Errorf("a closing parenthesis is missing")
		}
		return f, err
	}
	if p.accept("not") {
		f, err := p.term()
		return func(it *item) bool { return !f(it) }, err
	}
	name := p.next()
	if len(p.tokens) > 0 && p.tokens[0] == "(" {
		return p.function(strings.ToLower(name))
	}
	return p.comparison(name)
}

func (p *filterParser) function(name string) (func(*item) bool, error) {
	match := map[string]func(s, part string) bool{"contains": strings.Contains, "startswith": strings.HasPrefix,
		"endswith": strings.HasSuffix, "substringof": strings.Contains}[name]
	if match == nil {
		return nil, fmt.Errorf("function %q is not supported", name)
	}
	p.accept("(")
	a := p.next()
	comma := p.accept(",")
	b := p.next()
	if !comma || !p.accept(")") {
		return nil, fmt.Errorf("%s needs two arguments", name)
	}
	if name == "substringof" {
		a, b = b, a
	}
	part := strings.ToLower(literal(b))
	return func(it *item) bool { return match(strings.ToLower(p.service.fieldOf(it, a)), part) }, nil
}

func (p *filterParser) comparison(name string) (func(*item) bool, error) {
	op := strings.ToLower(p.next())
	want := strings.ToLower(literal(p.next()))
	decide := map[string]func(int) bool{"eq": func(c int) bool { return c == 0 }, "ne": func(c int) bool { return c != 0 },
		"gt": func(c int) bool { return c > 0 }, "ge": func(c int) bool { return c >= 0 },
		"lt": func(c int) bool { return c < 0 }, "le": func(c int) bool { return c <= 0 }}[op]
	if decide == nil {
		return nil, fmt.Errorf("operator %q is not supported", op)
	}
	return func(it *item) bool {
		return decide(strings.Compare(strings.ToLower(p.service.fieldOf(it, name)), want))
	}, nil
}

// literal takes the quotes off a string.
func literal(token string) string {
	if len(token) >= 2 && token[0] == '\'' {
		return strings.ReplaceAll(token[1:len(token)-1], "''", "'")
	}
	return token
}

// fieldOf reads what a filter compares. name is the item's own.
func (v *service) fieldOf(it *item, name string) string {
	name = strings.TrimPrefix(name, "properties/")
	switch strings.ToLower(name) {
	case "name":
		return it.name
	case "iscurrent":
		return fmt.Sprint(it.rev != "" && !strings.Contains(v.nameOf(it), revMark))
	}
	for field, v := range it.props {
		if strings.EqualFold(field, name) && v != nil {
			return fmt.Sprint(v)
		}
	}
	return ""
}
