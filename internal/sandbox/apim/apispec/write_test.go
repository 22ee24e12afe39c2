package apispec

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// anyJSON makes JSON values whose texts try the writers: quotes, line feeds,
// indicators of YAML, words that are no text to some reader.
func anyJSON(depth int) *rapid.Generator[any] {
	text := rapid.OneOf(
		rapid.String(),
		rapid.StringMatching(`[-?:,\[\]{}#&*!|>'"%@~ \n\ta-c0-1.]{0,12}`),
		rapid.SampledFrom([]string{
			"", "yes", "NO", "~", "null", "0x1F", "1e3", "1_0", ".5", "2020-01-01", "3.0.1", "1.2", "a: b", "a #b", "a:",
			"<<", "=", "---", "- a", "? a", "a\nb", "a\n\nb\n", "a\n b", " a\nb", "a \nb", "a\n", "\n", "a\r\nb", "a\n\tb",
			"\ufeff", "\u2028", "\u0085", "\x7f", "日本\n語", "😀", strings.Repeat("k", 2000),
		}),
	)
	scalar := rapid.OneOf(
		rapid.Map(text, func(s string) any { return strings.ToValidUTF8(s, "?") }),
		rapid.Map(rapid.SampledFrom([]string{"0", "-1", "1.50", "1e400", "12345678901234567890"}), func(s string) any { return json.Number(s) }),
		rapid.SampledFrom([]any{nil, true, false}),
	)
	if depth == 0 {
		return scalar
	}
	return rapid.OneOf(
		scalar,
		rapid.Map(rapid.SliceOfN(anyJSON(depth-1), 0, 4), func(l []any) any { return l }),
		rapid.Map(rapid.MapOfN(text, anyJSON(depth-1), 0, 4), func(m map[string]any) any { return m }),
	)
}

// What the writers write, the readers read back.
func TestWritersRoundTrip(t *testing.T) {
	formats := []struct {
		name  string
		write func(any) string
		parse func(string) (any, error)
	}{{"JSON", writeJSON, parseJSON}, {"YAML", writeYAML, parseYAML}}
	for _, f := range formats {
		t.Run(f.name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				want := map[string]any{"root": anyJSON(3).Draw(t, "value")}
				text := f.write(want)
				got, err := f.parse(text)
				if err != nil {
					t.Fatalf("parse: %v\n%s", err, text)
				}
				if diff := cmp.Diff(any(want), plain(got)); diff != "" {
					t.Fatalf("value differs (-want +got):\n%s\n%s", diff, text)
				}
			})
		})
	}
}

func TestParseYAMLScalars(t *testing.T) {
	tests := []struct {
		name, text string
		want       any
	}{
		{"integer", "a: 12", json.Number("12")},
		{"digits beyond 64 bits", "a: 123456789012345678901234567890", json.Number("123456789012345678901234567890")},
		{"beyond floating point", "a: 1e400", json.Number("1e400")},
		{"trailing zero", "a: 1.10", json.Number("1.10")},
		{"quoted digits", "a: '12'", "12"},
		{"hexadecimal", "a: 0x1F", json.Number("31")},
		{"octal", "a: 0o17", json.Number("15")},
		{"bare fraction", "a: .5", json.Number("0.5")},
		{"infinity", "a: .inf", ".inf"},
		{"date", "a: 2020-01-01", "2020-01-01"},
		{"time", "a: 2020-01-01T00:00:00Z", "2020-01-01T00:00:00Z"},
		{"null", "a: ~", nil},
		{"nothing", "a:", nil},
		{"truth", "a: true", true},
		{"word of YAML 1.1", "a: on", "on"},
		{"tagged as a text", "a: !!str 1", "1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			v, err := parseYAML(tt.text)
			if err != nil {
				t.Fatal(err)
			}
			if got := v.(*object).get("a"); got != tt.want {
				t.Errorf("parseYAML(%q) = %#v, want %#v", tt.text, got, tt.want)
			}
		})
	}
}

func TestParseYAMLMappings(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"keys that are no texts", "{200: a, true: b, ~: c, 1.0: d}", `{"1.0":"d","200":"a","true":"b","~":"c"}`},
		{"merge", "x: &x {a: 1, b: 2}\ny: {<<: *x, b: 3}", `{"x":{"a":1,"b":2},"y":{"a":1,"b":3}}`},
		{"merge of several", "x: &x {a: 1}\nz: &z {a: 2, b: 2}\ny: {<<: [*x, *z]}", `{"x":{"a":1},"y":{"a":1,"b":2},"z":{"a":2,"b":2}}`},
		{"alias as key", "x: &x k\n*x : 1", `{"k":1,"x":"k"}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			v, err := parseYAML(tt.text)
			if err != nil {
				t.Fatal(err)
			}
			if got := jsonText(v); got != tt.want {
				t.Errorf("parseYAML() = %s, want %s", got, tt.want)
			}
		})
	}
}

func TestParsersBoundDepth(t *testing.T) {
	deep := strings.Repeat("[", 100_000)
	if _, err := parseJSON(deep); err == nil {
		t.Error("parseJSON() took a document of 100,000 levels")
	}
	if _, err := parseYAML("a: " + strings.Repeat("[", 1000) + strings.Repeat("]", 1000)); err == nil {
		t.Error("parseYAML() took a document of 1,000 levels")
	}
	if _, err := parseXML(strings.Repeat("<a>", 100_000)); err == nil {
		t.Error("parseXML() took a document of 100,000 levels")
	}
}

func TestFrom31(t *testing.T) {
	tests := []struct{ name, schema, want string }{
		{"type or null", `{"type": ["string", "null"]}`, `{"nullable":true,"type":"string"}`},
		{"several types", `{"type": ["string", "integer"]}`, `{"anyOf":[{"type":"string"},{"type":"integer"}]}`},
		{"null alone", `{"type": "null"}`, `{"enum":[null],"nullable":true}`},
		{"union with null", `{"oneOf": [{"type": "string"}, {"type": "null"}]}`, `{"nullable":true,"oneOf":[{"type":"string"}]}`},
		{"const", `{"const": 1}`, `{"enum":[1]}`},
		{"exclusive bounds", `{"exclusiveMinimum": 1, "exclusiveMaximum": 2}`, `{"exclusiveMaximum":true,"exclusiveMinimum":true,"maximum":2,"minimum":1}`},
		{"examples", `{"examples": [1, 2]}`, `{"example":1}`},
		{"bytes", `{"type": "string", "contentEncoding": "base64"}`, `{"format":"byte","type":"string"}`},
		{"always", `{"properties": {"a": true}}`, `{"properties":{"a":{}}}`},
		{"never", `{"items": false}`, `{"items":{"not":{}}}`},
		{"closed", `{"additionalProperties": false}`, `{"additionalProperties":false}`},
		{"reference with siblings", `{"$ref": "#/a", "description": "b"}`, `{"allOf":[{"$ref":"#/a"}],"description":"b"}`},
		{"keywords of 3.1 alone", `{"if": {}, "$id": "x", "patternProperties": {}}`, `{}`},
		{"data is left alone", `{"example": {"const": 1}, "default": {"type": ["a"]}}`, `{"default":{"type":["a"]},"example":{"const":1}}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			v, err := parseJSON(tt.schema)
			if err != nil {
				t.Fatal(err)
			}
			if got := jsonText(mapSchema(plain(v), from31)); got != tt.want {
				t.Errorf("from31() = %s, want %s", got, tt.want)
			}
		})
	}
}

func TestTypeName(t *testing.T) {
	tests := []struct{ path, method, want string }{
		{"/user/login", "GET", "UserLoginGet"},
		{"/indicadores/{id}/cifras", "GET", "Indicadores-id-CifrasGet"},
		{"/{a}", "POST", "a-Post"},
		{"/", "PUT", "Put"},
		{"/v1.0/pet_store?x={x}", "GET", "V10PetStoreGet"},
	}
	for _, tt := range tests {
		if got := typeName(tt.path, tt.method); got != tt.want {
			t.Errorf("typeName(%q, %q) = %q, want %q", tt.path, tt.method, got, tt.want)
		}
	}
}
