package apidef

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// A syntax is a way to write definitions down.
type syntax int

const (
	unknown syntax = iota
	asJSON
	asYAML
	asXML
	asGraphQL
)

var byteOrderMark = []byte("\xef\xbb\xbf")

// decodeText returns text without a byte-order mark. Encodings other than UTF-8
// are refused.
func decodeText(text []byte) ([]byte, error) {
	text = bytes.TrimPrefix(text, byteOrderMark)
	if !utf8.Valid(text) {
		return nil, errorAt(0, "text is not UTF-8")
	}
	return text, nil
}

// sameText reports whether two texts are the same but for line ends and a
// byte-order mark.
func sameText(a, b []byte) bool {
	plain := func(t []byte) []byte {
		return bytes.ReplaceAll(bytes.TrimPrefix(t, byteOrderMark), []byte("\r\n"), []byte("\n"))
	}
	return bytes.Equal(plain(a), plain(b))
}

// detect says how a definition is written, judging by its beginning.
func detect(text []byte) syntax {
	rest := skipBlank(string(text))
	switch {
	case rest == "":
		return unknown
	case rest[0] == '<':
		return asXML
	case rest[0] == '{':
		return asJSON
	case startsGraphQL(rest):
		return asGraphQL
	}
	return asYAML
}

// skipBlank skips white space and comments, which YAML and GraphQL both begin
// with a number sign.
func skipBlank(text string) string {
	for {
		text = strings.TrimLeft(text, " \t\r\n,")
		if !strings.HasPrefix(text, "#") {
			return text
		}
		n := strings.IndexByte(text, '\n')
		if n < 0 {
			return ""
		}
		text = text[n:]
	}
}

// startsGraphQL reports whether text begins with a definition of GraphQL, or
// with the description of one.
func startsGraphQL(text string) bool {
	l := lexer{text: text}
	tok, err := l.next()
	if err == nil && tok.kind == stringToken {
		tok, err = l.next()
	}
	if err != nil || tok.kind != nameToken || !isDefinitionKeyword(tok.text) {
		return false
	}
	tok, err = l.next()
	return err == nil && (tok.kind == nameToken || tok.text == "{" || tok.text == "@")
}
