package apispec

import (
	"fmt"
	"strings"
)

// ContentTypeGraphQL marks a schema resource that holds GraphQL SDL.
const ContentTypeGraphQL = "application/vnd.ms-azure-apim.graphql.schema"

// graphQLSchemaName is the one name the service gives to an API's SDL.
const graphQLSchemaName = "graphql"

func importGraphQL(value string) (*Definition, error) {
	if err := checkGraphQL(value); err != nil {
		return nil, err
	}
	return &Definition{Type: TypeGraphQL, Schemas: []Schema{textSchema(graphQLSchemaName, ContentTypeGraphQL, value)}}, nil
}

func exportGraphQL(d *Definition) (string, error) {
	text, ok := schemaText(d, ContentTypeGraphQL)
	if !ok {
		return "", fmt.Errorf("export as graphql: %w", ErrNoSource)
	}
	return text, nil
}

// textSchema is a schema resource whose document is one text.
func textSchema(name, contentType, value string) Schema {
	return Schema{Name: name, Properties: map[string]any{
		"contentType": contentType,
		"document":    map[string]any{"value": value},
	}}
}

// schemaText is the text of the first schema resource with the content type.
func schemaText(d *Definition, contentType string) (string, bool) {
	for _, s := range d.Schemas {
		if s.Properties["contentType"] != contentType {
			continue
		}
		document, _ := s.Properties["document"].(map[string]any)
		if text, ok := document["value"].(string); ok {
			return text, true
		}
	}
	return "", false
}

// checkGraphQL refuses what no SDL can be: nothing but white space and
// comments, brackets that do not pair, a string that does not end. The grammar
// in full is the gateway's business and not needed to keep the text.
func checkGraphQL(text string) error {
	var open []byte
	var lines []int
	line, seen := 1, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; c {
		case '\n':
			line++
		case ' ', '\t', '\r', ',':
		case '#':
			i += skipLine(text[i:])
		case '"':
			n := skipGraphQLString(text[i:])
			if n == 0 {
				return malformed(line, "a string is not closed")
			}
			line += strings.Count(text[i:i+n], "\n")
			i += n - 1
		case '{', '(', '[':
			open, lines, seen = append(open, c), append(lines, line), true
		case '}', ')', ']':
			if len(open) == 0 || open[len(open)-1] != opening(c) {
				return malformed(line, fmt.Sprintf("%q closes nothing", c))
			}
			open, lines = open[:len(open)-1], lines[:len(lines)-1]
		default:
			seen = true
		}
	}
	if len(open) > 0 {
		return malformed(lines[len(lines)-1], fmt.Sprintf("%q is not closed", open[len(open)-1]))
	}
	if !seen {
		return malformed(0, "the document is empty")
	}
	return nil
}

func opening(closing byte) byte {
	switch closing {
	case '}':
		return '{'
	case ')':
		return '('
	}
	return '['
}

// skipLine is the distance to the last character before the line's end.
func skipLine(text string) int {
	if end := strings.IndexByte(text, '\n'); end >= 0 {
		return end - 1
	}
	return len(text) - 1
}

// skipGraphQLString is the length of the string or block string at the start of
// text, 0 when it does not end.
func skipGraphQLString(text string) int {
	const block = `"""`
	if strings.HasPrefix(text, block) {
		for i := len(block); i < len(text); i++ {
			if strings.HasPrefix(text[i:], `\"""`) {
				i += len(block)
			} else if strings.HasPrefix(text[i:], block) {
				return i + len(block)
			}
		}
		return 0
	}
	for i := 1; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		case '\n':
			return 0
		}
	}
	return 0
}
