package apim_test

import (
	"testing"

	"github.com/lockstep-apiops/lockstep/gateway/apim"
)

// TestSecretsInPolicies takes policies that hold a credential in clear, and
// those that name one or make one up as they run.
func TestSecretsInPolicies(t *testing.T) {
	t.Parallel()
	checks, err := apim.Checks()
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct{ name, text, want string }{
		{"a header", `<set-header name="Ocp-Apim-Subscription-Key" exists-action="override"><value>0123456789abcdef</value></set-header>`, "a key in a header or a query parameter"},
		{"a query parameter", "<set-query-parameter name='code'>\n<value> 0123456789abcdef</value></set-query-parameter>", "a key in a header or a query parameter"},
		{"a signing key", `<issuer-signing-keys><key id="a">MDEyMzQ1Njc4OWFiY2RlZg==</key></issuer-signing-keys>`, "a signing key"},
		{"a named value", `<set-header name="x-api-key"><value>{{backend-key}}</value></set-header>`, ""},
		{"an expression", `<set-header name="x-api-key"><value>@(context.Variables["key"])</value></set-header>`, ""},
		{"another header", `<set-header name="x-stage"><value>0123456789abcdef</value></set-header>`, ""},
		{"a certificate", `<issuer-signing-keys><key certificate-id="a" /></issuer-signing-keys>`, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := ""
			for _, s := range checks.Secrets {
				if s.Pattern.MatchString(tt.text) {
					got += s.What
				}
			}
			if got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}
