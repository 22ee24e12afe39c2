package overlay_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/publisher/overlay"
)

// store knows one file and one secret.
func store() overlay.Options {
	get := func(known string) func(string) (string, error) {
		return func(name string) (string, error) {
			if name != known {
				return "", errors.New("there is none")
			}
			return "hush of " + name, nil
		}
	}
	return overlay.Options{Env: env, File: get("db/key"), Secret: get("CHAT")}
}

func TestTokensOfSecrets(t *testing.T) {
	kinds := testKinds(t)
	for _, tt := range []struct{ name, value, want, wrong string }{
		{"a file", "${file:db/key}", "hush of db/key", ""},
		{"a secret", "${secret:CHAT}", "hush of CHAT", ""},
		{"both, and more", "a ${file:db/key} ${env:stage} ${secret:CHAT} {#limit#}", "a hush of db/key prod hush of CHAT 90", ""},
		{"an unknown file", "${file:none}", "", "f.yaml:4: token ${file:none} has no value: there is none"},
		{"an unknown secret", "${secret:NONE}", "", "f.yaml:4: token ${secret:NONE} has no value: there is none"},
		{"no token", "${secret:1} ${file:} ${file:a b} ${secret}", "${secret:1} ${file:} ${file:a b} ${secret}", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			file := "namedValues:\n- name: limit\n  properties:\n    value: '" + tt.value + "'\n"
			o, _, err := overlay.Parse(kinds, "f.yaml", []byte(file), store())
			if tt.wrong != "" {
				if err == nil || err.Error() != tt.wrong {
					t.Errorf("error = %v, want %s", err, tt.wrong)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			limit := tree(t, kinds)[1]
			got, err := o.ApplyTo(limit)
			if err != nil {
				t.Fatal(err)
			}
			if text := gateway.Field(got.Spec, "properties.value"); text != tt.want {
				t.Errorf("value = %v, want %s", text, tt.want)
			}
			for _, c := range kinds.Diff(limit, got) {
				if s, _ := c.Want.(string); strings.Contains(s, "hush") || strings.Contains(tt.want, "hush") && c.Have != "***" {
					t.Errorf("the change is %v, want no values", c)
				}
			}
		})
	}
}

func TestTokensOfSecretsInNames(t *testing.T) {
	_, _, err := overlay.Parse(testKinds(t), "f.yaml", []byte("namedValues:\n- name: ${secret:CHAT}\n"), store())
	if want := "f.yaml:2: a name is shown to everybody: it cannot hold a secret"; err == nil || err.Error() != want {
		t.Errorf("error = %v, want %s", err, want)
	}
}

// TestTokensStayOpen has nobody to ask: what is only looked at needs no secrets.
func TestTokensStayOpen(t *testing.T) {
	const file = "namedValues:\n- name: limit\n  properties: {value: '${file:db/key}${secret:CHAT}'}\n"
	o, _, err := overlay.Parse(testKinds(t), "f.yaml", []byte(file), overlay.Options{Open: true})
	if err != nil || !o.HasOpen(gateway.NewKey("named value", "limit")) {
		t.Errorf("error %v, want tokens that are left open", err)
	}
	if _, _, err := overlay.Parse(testKinds(t), "f.yaml", []byte(file), overlay.Options{}); err == nil || !strings.Contains(err.Error(), "nobody is asked for it here") {
		t.Errorf("error = %v, want that nobody is asked", err)
	}
}

// TestReferencesOfTheGatewayStay has a gateway that puts secrets in the place of
// references by itself.
func TestReferencesOfTheGatewayStay(t *testing.T) {
	stands := func(v any) bool { s, _ := v.(string); return strings.HasPrefix(s, "${secret:") }
	kinds, err := gateway.NewKinds(gateway.Table{Rows: []gateway.Kind{{
		Name: "client", Segment: "clients", Dir: "clients", File: "client.yaml", Secret: []gateway.Secret{{Field: "password", Plain: stands, Stands: stands}},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	o, _, err := overlay.Parse(kinds, "f.yaml", []byte("clients:\n- {name: db, password: '${secret:OTHER}', user: 'u${secret:CHAT}'}\n"), store())
	if err != nil {
		t.Fatal(err)
	}
	got, err := o.ApplyTo(&gateway.Resource{Key: gateway.NewKey("client", "db"), Spec: map[string]any{}})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]any{"password": "${secret:OTHER}", "user": "uhush of CHAT"}, got.Spec); diff != "" {
		t.Errorf("payload (-want +got):\n%s", diff)
	}
}

func TestDigestIsNotThatOfSecrets(t *testing.T) {
	kinds := testKinds(t)
	digests := func(value, more string) (string, string) {
		file := "namedValues:\n- name: limit\n  properties: {displayName: '${secret:CHAT}" + more + "'}\n"
		o, _, err := overlay.Parse(kinds, "f.yaml", []byte(file), overlay.Options{Secret: func(string) (string, error) { return value, nil }})
		if err != nil {
			t.Fatal(err)
		}
		r, err := o.ApplyTo(tree(t, kinds)[1])
		if err != nil {
			t.Fatal(err)
		}
		return o.Digest(), kinds.Digest(r)
	}
	a, b := digests("one-value", "")
	if c, d := digests("another-value", ""); a != c || b != d {
		t.Error("a digest tells one secret from another")
	}
	if c, _ := digests("one-value", "x"); a == c {
		t.Error("the digest of a file does not tell what it says")
	}
}
