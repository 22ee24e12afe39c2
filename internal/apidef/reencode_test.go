package apidef_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-apiops/lockstep/internal/apidef"
)

func TestReencode(t *testing.T) {
	const inJSON = `{
  "openapi": "3.0.1",
  "info": {
    "title": "on",
    "version": "1.0",
    "description": "one\ntwo\n"
  },
  "paths": {
    "/a": {
      "get": {
        "responses": {
          "200": {
            "description": ""
          }
        }
      }
    }
  },
  "x-values": [
    1,
    1.50,
    -2e3,
    true,
    null,
    "007",
    "null",
    "a: b # <c>",
    {},
    []
  ]
}
`
	const inYAML = `openapi: "3.0.1"
info:
  title: "on"
  version: "1.0"
  description: |
    one
    two
paths:
  /a:
    get:
      responses:
        "200":
          description: ""
x-values:
  - 1
  - 1.50
  - -2e3
  - true
  - null
  - "007"
  - "null"
  - 'a: b # <c>'
  - {}
  - []
`
	tests := []struct {
		name, text, to, want string
	}{
		{"JSON to YAML", inJSON, "specification.yaml", inYAML},
		{"JSON to yml", inJSON, "specification.YML", inYAML},
		{"YAML to JSON", inYAML, "specification.json", inJSON},
		{"JSON to JSON", "{ \"openapi\":\t\"3.0.1\" }", "a.json", "{ \"openapi\":\t\"3.0.1\" }"},
		{"YAML to YAML", "# x\nopenapi: 3.0.1\r\n", "a.yaml", "# x\nopenapi: 3.0.1\r\n"},
		{"anchors", "openapi: 3.0.1\na: &x {b: 0x10}\nc: *x\nd: {<<: *x, e: 1_000}\n", "a.json", `{
  "openapi": "3.0.1",
  "a": {
    "b": 16
  },
  "c": {
    "b": 16
  },
  "d": {
    "e": 1000,
    "b": 16
  }
}
`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := apidef.Reencode([]byte(tt.text), "from", tt.to)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, string(got)); diff != "" {
				t.Errorf("Reencode (-want +got):\n%s", diff)
			}
		})
	}
}

func TestReencodeRefuses(t *testing.T) {
	tests := []struct {
		name, text, to, want string
	}{
		{"another ending", "openapi: 3.0.1", "a.xml", "a.xml is a file of neither JSON nor YAML"},
		{"XML", "<a/>", "a.json", "read API definition from:1: only JSON and YAML"},
		{"GraphQL", "type A { b: C }", "a.json", "read API definition from:1: only JSON and YAML"},
		{"broken JSON", "{\n\"a\": }", "a.yaml", "read API definition from:2: "},
		{"broken YAML", "a: b\n  c: d", "a.json", "read API definition from:2: "},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := apidef.Reencode([]byte(tt.text), "from", tt.to)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Reencode = %q, %v; want an error with %q", got, err, tt.want)
			}
		})
	}
}
