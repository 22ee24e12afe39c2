package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-apiops/lockstep/gateway"
)

func TestJoin(t *testing.T) {
	dir := t.TempDir()
	files := map[string]string{
		"old.json": `{"Microsoft.ApiManagement/service/tags": {
			"name": {"t": "string", "required": true, "maxLength": 80}, "id": {"t": "string"},
			"properties.displayName": {"t": "string", "required": true, "maxLength": 160},
			"properties.etag": {"t": "string", "readOnly": true, "required": true},
			"properties.color": {"enum": ["red"], "open": false}},
			"Microsoft.ApiManagement/service/unmanaged": {"name": {"t": "string"}}}`,
		"new.json": `{"Microsoft.ApiManagement/service/tags": {
			"properties.displayName": {"t": "string", "maxLength": 10},
			"properties.color": {"enum": ["red", "blue"]},
			"properties.list": {"t": "array", "required": true, "of": {"t": "int", "minValue": 1, "maxValue": 3}}}}`,
	}
	var args []string
	for _, name := range []string{"old.json", "new.json"} {
		args = append(args, filepath.Join(dir, name))
		if err := os.WriteFile(args[len(args)-1], []byte(files[name]), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var b strings.Builder
	if err := run(&b, args); err != nil {
		t.Fatal(err)
	}
	want := head + `tag
  name string! ..80
  properties.color string {red|blue}!
  properties.displayName string! ..160
  properties.etag any
  properties.list array
  properties.list[] int 1..3
`
	if diff := cmp.Diff(b.String(), want); diff != "" {
		t.Errorf("table (-got +want):\n%s", diff)
	}
	schemas, err := gateway.ParseSchemas(b.String())
	if err != nil {
		t.Fatal(err)
	}
	var again strings.Builder
	if err := write(&again, schemas); err != nil || again.String() != want {
		t.Errorf("read and written again: %v\n%s", err, cmp.Diff(again.String(), want))
	}
}

func TestFresh(t *testing.T) {
	vendor := filepath.Join("..", "..", "..", "shared", "reference", "apim")
	if _, err := os.Stat(vendor); err != nil {
		t.Skipf("the vendor's descriptions are not beside the checkout, so nobody compares the table with them: %v", err)
	}
	var b strings.Builder
	err := run(&b, []string{filepath.Join(vendor, "schema-2024-05-01.json"), filepath.Join(vendor, "schema-2025-09-01-preview.json")})
	if err != nil {
		t.Fatal(err)
	}
	have, err := os.ReadFile(filepath.Join("..", "..", "gateway", "apim", "schemas.txt"))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(b.String(), string(have)); diff != "" {
		t.Errorf("gateway/apim/schemas.txt is not what genschema makes (-made +have):\n%s", diff)
	}
}
