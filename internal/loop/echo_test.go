package loop

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/gateway/amplify"
	"github.com/lockstep-apiops/lockstep/gateway/apim/apimtest"
	emulator "github.com/lockstep-apiops/lockstep/internal/sandbox/amplify"
	sandbox "github.com/lockstep-apiops/lockstep/internal/sandbox/apim"
	"github.com/lockstep-apiops/lockstep/publisher"
	"github.com/lockstep-apiops/lockstep/publisher/plan"
)

// echo refuses writes that hold a secret, and repeats in its answer what it was sent.
func echo(t *testing.T, h http.Handler, answer func(sent string) any) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Body == nil {
			h.ServeHTTP(w, r)
			return
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		if !strings.Contains(string(body), "hush") {
			r.Body = io.NopCloser(strings.NewReader(string(body)))
			h.ServeHTTP(w, r)
			return
		}
		w.WriteHeader(http.StatusBadRequest)
		said := answer(string(body))
		text, isText := said.(string)
		if !isText {
			data, err := json.Marshal(said)
			if err != nil {
				t.Error(err)
			}
			text = string(data)
		}
		if _, err := io.WriteString(w, text); err != nil {
			t.Error(err)
		}
	})
}

// TestErrorsTellNoSecrets: a gateway may repeat in its answer what it was sent.
func TestErrorsTellNoSecrets(t *testing.T) {
	t.Parallel()
	type obj = map[string]any
	services := newSandbox(t, sandbox.Options{Bare: true})
	asAzure := func(sent string) any {
		return obj{"error": obj{"code": "ValidationError", "message": "not allowed: " + sent}}
	}
	asPage := func(sent string) any {
		return "<html><body>" + strings.Repeat("blocked ", 15) + sent + "</body></html>"
	}
	organization, err := emulator.New(emulator.Options{Anonymous: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := organization.Close(); err != nil {
			t.Error(err)
		}
	})
	asAmplify := func(sent string) any {
		return obj{"errors": []any{obj{"title": "Invalid", "detail": fmt.Sprintf("not allowed: %q", sent)}}}
	}
	azure := apimtest.Behind(t, echo(t, services, asAzure), "service")
	page := apimtest.Behind(t, echo(t, services, asPage), "service")
	central := gatewayTo(t, echo(t, organization, asAmplify), amplify.Options{Instance: "acme"})
	put(t, central, &gateway.Resource{Key: gateway.NewKey("Environment", "dev"), Spec: obj{"spec": obj{}}}, nil)
	secret := gateway.NewKey("Environment", "dev").Child("Environment Secret", "s")
	for _, tt := range []struct {
		name string
		to   gateway.Gateway
		made *gateway.Resource
	}{
		{"a named value", azure, &gateway.Resource{Key: gateway.NewKey("named value", "key"),
			Spec: obj{"properties": obj{"displayName": "key", "secret": true, "value": `hush "and" hush`}}}},
		{"a named value in a page", page, &gateway.Resource{Key: gateway.NewKey("named value", "key"),
			Spec: obj{"properties": obj{"displayName": "key", "secret": true, "value": "hush-and-hush-" + strings.Repeat("0123456789", 20)}}}},
		{"from where secrets are kept", azure, &gateway.Resource{Key: gateway.NewKey("named value", "stage"), Hidden: []string{"hush-hush"},
			Spec: obj{"properties": obj{"displayName": "stage", "value": "x-hush-hush-y"}}}},
		{"a backend", azure, &gateway.Resource{Key: gateway.NewKey("backend", "b"), Spec: obj{"properties": obj{"url": "https://example.com", "protocol": "http",
			"credentials": obj{"header": obj{"x-key": []any{"hush-1"}}, "authorization": obj{"scheme": "Basic", "parameter": "hush-2"}}, "proxy": obj{"url": "https://p", "password": "hush-3"}}}}},
		{"a secret of Amplify", central, &gateway.Resource{Key: secret, Spec: obj{"spec": obj{"data": obj{"password": "hush\nand \\hush"}}}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			result, err := publisher.Run(t.Context(), publisher.Options{Gateway: tt.to, Source: list{tt.made}, Lenient: true})
			if err != nil {
				t.Fatal(err)
			}
			last := result.Outcomes[len(result.Outcomes)-1]
			if text := fmt.Sprint(last.Err); last.Status != plan.Failed || strings.Contains(text, "hush") || !strings.Contains(text, "***") {
				t.Errorf("%s, and the error is %s", last.Status, text)
			}
		})
	}
}
