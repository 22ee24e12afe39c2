package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// writeTree writes the tree of a service with so many APIs, each with
// operations, schemas, and a policy.
func writeTree(dir string, apis int) error {
	for i := range apis {
		name := fmt.Sprintf("api-%04d", i)
		folder := filepath.Join(dir, "apis", name)
		if err := os.MkdirAll(folder, 0o700); err != nil {
			return err
		}
		for file, text := range map[string]string{
			"apiInformation.json": fmt.Sprintf(`{"properties": {"displayName": %q, "path": %q, "serviceUrl": "https://example.com/%s"}}`, name, name, name),
			"specification.yaml":  definition(name),
			"policy.xml":          policyText(name),
		} {
			if err := os.WriteFile(filepath.Join(folder, file), []byte(text), 0o600); err != nil {
				return err
			}
		}
	}
	return nil
}

func policyText(value string) string {
	return "<policies>\n\t<inbound>\n\t\t<base />\n\t\t<set-header name=\"X-Bench\" exists-action=\"override\">\n\t\t\t<value>" + value +
		"</value>\n\t\t</set-header>\n\t</inbound>\n\t<backend>\n\t\t<base />\n\t</backend>\n\t<outbound>\n\t\t<base />\n\t</outbound>\n" +
		"\t<on-error>\n\t\t<base />\n\t</on-error>\n</policies>\n"
}

// definition returns an OpenAPI document with as many paths as an API has
// operations.
func definition(name string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "openapi: 3.0.1\ninfo:\n  title: %s\n  version: '1'\npaths:\n", name)
	for i := range operations {
		fmt.Fprintf(&b, "  /things%d/{id}:\n    get:\n      summary: Get thing %d\n      operationId: get-%d\n", i, i, i)
		b.WriteString("      parameters:\n        - name: id\n          in: path\n          required: true\n          schema:\n            type: string\n")
		b.WriteString("      responses:\n        '200':\n          description: a thing\n          content:\n            application/json:\n")
		b.WriteString("              schema:\n                $ref: '#/components/schemas/Thing'\n")
	}
	b.WriteString("components:\n  schemas:\n    Thing:\n      type: object\n      properties:\n        name:\n          type: string\n")
	return b.String()
}
