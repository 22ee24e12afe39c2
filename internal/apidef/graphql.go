package apidef

import (
	"slices"
	"strings"
)

// graphQLDefinitions returns the definitions of a GraphQL schema by what they
// define. The value is the same for definitions that differ in white space,
// commas, comments and the form of strings alone.
func graphQLDefinitions(text string) (map[string]string, error) {
	l := lexer{text: text, line: 1}
	defs := map[string][]string{}
	var tokens []lexeme
	add := func() {
		if len(tokens) > 0 {
			name := definitionName(tokens)
			defs[name] = append(defs[name], joinTokens(tokens))
			tokens = tokens[:0]
		}
	}
	described := false // the last token is the description of what comes
	for {
		tok, err := l.next()
		if err != nil {
			return nil, err
		}
		if tok.kind == endToken {
			break
		}
		if l.atTop(tok) && !described && startsDefinition(tokens, tok) {
			add()
		}
		described = tok.kind == stringToken && len(tokens) == 0
		tokens = append(tokens, tok)
	}
	if len(l.open) > 0 {
		return nil, errorAt(l.open[len(l.open)-1].line, "%q is not closed", l.open[len(l.open)-1].text)
	}
	add()
	all := make(map[string]string, len(defs))
	for name, texts := range defs {
		slices.Sort(texts)
		all[name] = strings.Join(texts, "\n")
	}
	return all, nil
}

// atTop reports whether tok stands outside of all brackets.
func (l *lexer) atTop(tok lexeme) bool {
	return len(l.open) == 0 && (tok.kind == nameToken || tok.kind == stringToken)
}

// startsDefinition reports whether tok begins a new definition after the tokens
// of one.
func startsDefinition(before []lexeme, tok lexeme) bool {
	if len(before) == 0 {
		return false
	}
	last := before[len(before)-1]
	if tok.kind == stringToken {
		return true // outside of brackets a string describes what follows
	}
	if !isDefinitionKeyword(tok.text) {
		return false
	}
	switch last.text {
	case "=", "|", "&", "@", "implements", "on", "extend":
		return false
	}
	// After its keyword a definition has its name, which may look like one.
	return last.text == "schema" || !isKeywordUse(before, len(before)-1)
}

// isKeywordUse reports whether a token is the keyword of its definition.
func isKeywordUse(tokens []lexeme, i int) bool {
	if tokens[i].kind != nameToken || !isDefinitionKeyword(tokens[i].text) {
		return false
	}
	return i == 0 || tokens[i-1].kind == stringToken || tokens[i-1].text == "extend" && isKeywordUse(tokens, i-1)
}

func isDefinitionKeyword(s string) bool {
	switch s {
	case "schema", "scalar", "type", "interface", "union", "enum", "input", "directive", "extend":
		return true
	}
	return false
}

// definitionName returns the words that a definition begins with, as "type
// Item".
func definitionName(tokens []lexeme) string {
	if tokens[0].kind == stringToken {
		tokens = tokens[1:]
	}
	var words []string
	for _, t := range tokens {
		if t.kind != nameToken && t.text != "@" || len(words) > 0 && words[0] == "schema" {
			break
		}
		words = append(words, t.text)
		if len(words) == 2 && words[0] != "extend" && words[0] != "directive" || len(words) == 3 {
			break
		}
	}
	return strings.Join(words, " ")
}

func joinTokens(tokens []lexeme) string {
	var b strings.Builder
	for _, t := range tokens {
		if t.kind == stringToken {
			writeQuoted(&b, t.text)
		} else {
			b.WriteString(t.text)
		}
		b.WriteByte(' ')
	}
	return b.String()
}

// compareDefinitions reports the differences of two sets of definitions.
func compareDefinitions(a, b map[string]string, report func(line string) bool) {
	for _, name := range union(a, b) {
		x, inA := a[name]
		y, inB := b[name]
		verb := "change "
		switch {
		case !inA:
			verb = "add "
		case !inB:
			verb = "remove "
		case x == y:
			continue
		}
		if !report(verb + name) {
			return
		}
	}
}
