package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	cdx "github.com/CycloneDX/cyclonedx-go"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// schemas are the published ones, which the library brings along.
var schemas = map[string]string{
	"http://cyclonedx.org/schema/bom-1.6.schema.json":  "bom-1.6.schema.json",
	"http://cyclonedx.org/schema/spdx.schema.json":     "spdx.schema.json",
	"http://cyclonedx.org/schema/jsf-0.82.schema.json": "jsf-0.82.schemax.json",
}

// checkBill holds a bill of materials against the published schema.
func checkBill(t *testing.T, content []byte) {
	t.Helper()
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/CycloneDX/cyclonedx-go").Output()
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	for url, name := range schemas {
		text, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(dir)), "schema", name))
		if err != nil {
			t.Skipf("the module of the library has no schema %s, so the bill of materials is not checked: %v", name, err)
		}
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
		if err == nil {
			err = c.AddResource(url, doc)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	schema, err := c.Compile("http://cyclonedx.org/schema/bom-1.6.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	validate := func(text []byte) error {
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
		if err != nil {
			return err
		}
		return schema.Validate(doc)
	}
	if err := validate(content); err != nil {
		t.Errorf("the bill of materials is not of its schema: %v", err)
	}
	if err := validate(bytes.Replace(content, []byte(`"library"`), []byte(`"book"`), 1)); err == nil {
		t.Error("the schema takes a component that is a book: it is not checked")
	}
}

func TestBill(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "v1.2.3")
	testRelease(t, dir, "linux-x64", "win-x64")
	content := []byte(read(t, dir)[sbomFile])
	var bom cdx.BOM
	if err := cdx.NewBOMDecoder(bytes.NewReader(content), cdx.BOMFileFormatJSON).Decode(&bom); err != nil {
		t.Fatal(err)
	}
	refs := map[string]cdx.Component{}
	for _, c := range *bom.Components {
		refs[c.BOMRef] = c
	}
	for _, ref := range []string{"extractor-linux-x64", "publisher-win-x64"} {
		if c := refs[ref]; c.Version != "v1.2.3" || c.Hashes == nil || len((*c.Hashes)[0].Value) != 64 {
			t.Errorf("%s is %+v, want it with version and SHA-256", ref, c)
		}
	}
	for _, name := range []string{"stdlib", "github.com/CycloneDX/cyclonedx-go"} { // what this test was built from
		if !bytes.Contains(content, []byte(`"name": "`+name+`"`)) {
			t.Errorf("%s is missing", name)
		}
	}
	for _, d := range *bom.Dependencies {
		if strings.HasPrefix(d.Ref, "extractor-") && (d.Dependencies == nil || len(*d.Dependencies) < 2) {
			t.Errorf("%s depends on %v, want what it was built from", d.Ref, d.Dependencies)
		}
	}
	if strings.Contains(bom.SerialNumber, "urn:uuid:00000000") || bom.Metadata.Timestamp != "2026-01-31T10:20:30Z" {
		t.Errorf("number %s, time %s, want those of the commit", bom.SerialNumber, bom.Metadata.Timestamp)
	}
}

func TestBillOfNoProgram(t *testing.T) {
	_, err := sbom(testSource(t), []binary{{"extractor", targets()[0], []byte("text")}})
	if err == nil || !strings.Contains(err.Error(), "read what extractor for linux-x64 was built from") {
		t.Errorf("sbom() = %v, want an error about the extractor", err)
	}
}
