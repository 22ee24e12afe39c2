package all_test

import (
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/spf13/pflag"

	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/gateway/all"
	"github.com/lockstep-apiops/lockstep/internal/config"
	"github.com/lockstep-apiops/lockstep/internal/sandbox/apim"
)

func TestOffline(t *testing.T) {
	for _, name := range all.Names() {
		o, err := all.Offline(name)
		if err != nil {
			t.Fatal(err)
		}
		if d := o.Gateway.Describe(); d.Product != name || len(d.Kinds.All()) == 0 {
			t.Errorf("%s is described as %q with %d kinds", name, d.Product, len(d.Kinds.All()))
		}
		if _, err := all.Checks(name); err != nil {
			t.Errorf("checks of %s: %v", name, err)
		}
		key := gateway.NewKey("api", "a")
		_, err = o.Gateway.Get(t.Context(), key)
		for _, err := range []error{err, o.Gateway.Put(t.Context(), &gateway.Resource{Key: key}, nil), o.Gateway.Delete(t.Context(), &gateway.Resource{Key: key})} {
			if err == nil || !strings.Contains(err.Error(), "no gateway") {
				t.Errorf("a call of %s: %v, want that there is no gateway", name, err)
			}
		}
		for _, err := range o.Gateway.List(t.Context(), "api", gateway.Key{}) {
			if err == nil {
				t.Errorf("a list of %s: no error", name)
			}
		}
		if n := len(o.Stats().Requests); n != 0 {
			t.Errorf("%s made requests: %v", name, o.Stats().Requests)
		}
	}
	if _, err := all.Offline("none"); err == nil {
		t.Error("a product that is not there was opened")
	}
}

func TestEmulated(t *testing.T) {
	emulator, err := apim.New(apim.Options{Bare: true})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(emulator)
	defer server.Close()
	o, err := all.Emulated(values(t, "AZURE_RESOURCE_MANAGER_ENDPOINT=https://management.example.com", "API_MANAGEMENT_SERVICE_NAME=contoso"), server.URL, all.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if got := o.Gateway.Describe().Instance; got != "contoso" {
		t.Errorf("instance %q, want that of the settings", got)
	}
	tag := &gateway.Resource{Key: gateway.NewKey("tag", "a"), Spec: map[string]any{"properties": map[string]any{"displayName": "A"}}}
	if err := o.Gateway.Put(t.Context(), tag, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := o.Gateway.Get(t.Context(), tag.Key); err != nil {
		t.Error(err)
	}
}

// TestEmulatedLeadsNowhereElse opens what emulators serve of each product with
// settings that lead elsewhere.
func TestEmulatedLeadsNowhereElse(t *testing.T) {
	for _, name := range all.Names() {
		t.Run(name, func(t *testing.T) {
			at := "http://127.0.0.1:1"
			if name == "autoflow" {
				at = t.TempDir()
			}
			v := values(t, "LOCKSTEP_GATEWAY="+name, "AXWAY_CENTRAL_BASE_URL=https://central.example.com", "LOCKSTEP_TARGET=elsewhere/config.json",
				"AZURE_RESOURCE_MANAGER_ENDPOINT=https://management.example.com", "LOCKSTEP_TIMEOUT=1ns")
			o, err := all.Emulated(v, at, all.Options{Logger: slog.New(slog.DiscardHandler)})
			if err != nil {
				t.Fatal(err)
			}
			if got := o.Gateway.Describe().Product; got != name {
				t.Errorf("product %q, want %q", got, name)
			}
			if n := len(o.Stats().Requests); n != 0 {
				t.Errorf("%d requests were made before it was used", n)
			}
		})
	}
}

// values are the settings of gateways that an environment gives.
func values(t *testing.T, environ ...string) *config.Values {
	t.Helper()
	v, err := config.MustSet(all.Settings()).Resolve(pflag.NewFlagSet("test", pflag.ContinueOnError), environ)
	if err != nil {
		t.Fatal(err)
	}
	return v
}
