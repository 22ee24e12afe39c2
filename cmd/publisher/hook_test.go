package main

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-apiops/lockstep/gateway"
)

func TestMaskedKnowsSecretsHoweverTheyCome(t *testing.T) {
	const text = "a key-of-a-client b\nkey-of-a-client\nno end: key-of-a-client"
	for _, size := range []int{1, 2, 7, len(text)} {
		var b bytes.Buffer
		m := &masked{w: &b, secrets: []string{"", "key-of-a-client"}}
		for part := range slices.Chunk([]byte(text), size) {
			if n, err := m.Write(part); n != len(part) || err != nil {
				t.Fatalf("write: %d, %v", n, err)
			}
		}
		if err := m.flush(); err != nil {
			t.Fatal(err)
		}
		if want := "a *** b\n***\nno end: ***\n"; b.String() != want {
			t.Errorf("in parts of %d: %q, want %q", size, b.String(), want)
		}
	}
}

func TestHooksHaveNoSecretsOfOurs(t *testing.T) {
	h := hook{key: gateway.NewKey("proxy", "Music"), runtime: "Test", at: &gateway.Promoted{Revision: "2", URL: "https://x", Keys: map[string]string{"App": "k"}}}
	env, err := h.environ([]string{"PATH=/bin", "AXWAY_CLIENT_SECRET=hush", "LOCKSTEP_FORGE_TOKEN=hush", "AZURE_CLIENT_SECRET=hush", "PROMOTED_KEY=old", "AXWAY_CLIENT_ID=ci"})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"PATH=/bin", "AXWAY_CLIENT_ID=ci", "PROMOTED_NAME=Music", "PROMOTED_RUNTIME=Test", "PROMOTED_REVISION=2", "PROMOTED_URL=https://x",
		`PROMOTED_KEYS={"App":"k"}`, "PROMOTED_KEY=k",
	}
	if diff := cmp.Diff(want, env); diff != "" {
		t.Errorf("environment (-want +got):\n%s", diff)
	}
	if strings.Contains(strings.Join(env, " "), "hush") {
		t.Error("a secret is in it")
	}
}
