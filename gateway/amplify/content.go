package amplify

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"path"
	"strings"
	"unicode/utf8"

	"github.com/lockstep-apiops/lockstep/gateway"
)

// A content is a file that a payload holds in base64. In a tree it is a file
// of its own, in its real format.
type content struct {
	name  string // of the file, without what follows the dot
	field string // where the payload holds it
	told  string // field that tells the format
}

// contents is the table of files in payloads.
func contents() map[string][]content {
	icon := content{"icon", "icon.data", "icon.contentType"}
	return map[string][]content{
		"management/APIService":            {{"icon", "spec.icon.data", "spec.icon.contentType"}},
		"management/APIServiceRevision":    {{"definition", "spec.definition.value", "spec.definition.type"}},
		"management/APISpecLintingRuleset": {{"ruleset", "spec.definition.value", "spec.definition.type"}},
		"catalog/Asset":                    {icon},
		"catalog/Category":                 {icon},
		"catalog/Document":                 {icon},
		"catalog/DocumentResource":         {icon, {"document", "spec.data.content", "spec.data.fileType"}},
		"catalog/MCPClient":                {icon},
		"catalog/Product":                  {icon},
		"catalog/Resource":                 {{"content", "spec.data.content", "spec.fileType"}},
		"catalog/Stage":                    {icon},
	}
}

func contentsOf(r *Row) []content { return contents()[r.id()] }

// unpack takes files out of a payload. What is no base64 stays where it is.
func unpack(r *Row, res *gateway.Resource) {
	for _, c := range contentsOf(r) {
		data, ok := decoded(gateway.Field(res.Spec, c.field))
		if !ok {
			continue
		}
		gateway.CutField(res.Spec, c.field)
		format, _ := gateway.Field(res.Spec, c.told).(string)
		if res.Files == nil {
			res.Files = map[string][]byte{}
		}
		res.Files[c.name+"."+extension(format, data)] = data
	}
}

// decoded returns what a text in base64 holds, in one line or in several, as
// people and their editors fold it.
func decoded(v any) ([]byte, bool) {
	text, _ := v.(string)
	text = strings.Join(strings.Fields(text), "")
	data, err := base64.StdEncoding.DecodeString(text)
	return data, text != "" && err == nil && base64.StdEncoding.EncodeToString(data) == text
}

// addFile adds a file to a resource, in place of the one that it has for the
// same.
func addFile(r *Row, res *gateway.Resource, name string, data []byte) {
	for _, c := range contentsOf(r) {
		a := gateway.Attachment{Pattern: c.name + ".*"}
		if other, _, ok := a.File(res); ok && a.Match(name) {
			delete(res.Files, other)
		}
	}
	if res.Files == nil {
		res.Files = map[string][]byte{}
	}
	res.Files[name] = data
}

// likeBefore spells what a payload holds in base64 as old does, if that says the
// same.
func likeBefore(r *Row, spec, old map[string]any) {
	for _, c := range contentsOf(r) {
		had := gateway.Field(old, c.field)
		was, ok := decoded(had)
		now, has := decoded(gateway.Field(spec, c.field))
		if ok && has && bytes.Equal(was, now) {
			gateway.SetField(spec, c.field, had)
		}
	}
}

// pack puts the files of a resource into a payload.
func pack(r *Row, res *gateway.Resource, body map[string]any) {
	for _, c := range contentsOf(r) {
		a := gateway.Attachment{Pattern: c.name + ".*"}
		if _, data, ok := a.File(res); ok {
			gateway.SetField(body, c.field, base64.StdEncoding.EncodeToString(data))
		}
	}
}

// extensions are what the server calls formats, by what their files are called.
func extensions() map[string]string {
	return map[string]string{
		"wsdl": "wsdl", "protobuf": "proto", "grpc": "proto", "graphql": "graphql", "raml": "raml", "markdown": "md", "md": "md", "pdf": "pdf", "html": "html",
		"image/png": "png", "image/jpeg": "jpg", "image/gif": "gif", "image/svg+xml": "svg", "text/markdown": "md", "text/plain": "txt", "application/pdf": "pdf",
	}
}

// extension returns what the name of a file ends in, from what the payload
// calls its format, or else from its text.
func extension(format string, data []byte) string {
	format, _, _ = strings.Cut(strings.ToLower(format), ";")
	if e := extensions()[format]; e != "" {
		return e
	}
	text := bytes.TrimSpace(data)
	switch {
	case json.Valid(text):
		return "json"
	case !utf8.Valid(data):
		return cmp.Or(extensions()[http.DetectContentType(data)], "bin")
	case bytes.HasPrefix(text, []byte("<")):
		return "xml"
	case strings.HasPrefix(format, "oas") || format == "asyncapi" || bytes.Contains(text, []byte(": ")):
		return "yaml"
	case path.Base(format) == format && format != "" && !strings.ContainsAny(format, ".*"):
		return format
	}
	return "txt"
}
