package apim_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/gateway/apim/apimtest"
	sandbox "github.com/lockstep-apiops/lockstep/internal/sandbox/apim"
)

// TestExportsAreNotMixedUp reads versions and revisions of one API at once,
// which a service answers with each other's definitions unless it is asked for
// one after another.
func TestExportsAreNotMixedUp(t *testing.T) {
	svc := apimtest.Open(t, sandbox.Options{Bare: true, Latency: 2 * time.Millisecond})
	set := &gateway.Resource{Key: gateway.NewKey("version set", "orders"), Spec: map[string]any{
		"properties": map[string]any{"displayName": "Orders", "versioningScheme": "Segment"}}}
	put(t, svc, set, nil)
	for i := range 5 {
		own := strings.ReplaceAll(orders, "list-orders", fmt.Sprintf("list-v%d", i))
		put(t, svc, api(fmt.Sprintf("orders-v%d", i), "orders", own, map[string]any{
			"apiVersion": fmt.Sprintf("v%d", i), "apiVersionSetId": "/apiVersionSets/orders"}), nil)
	}
	for i := 2; i < 5; i++ {
		own := strings.ReplaceAll(orders, "list-orders", fmt.Sprintf("list-rev%d", i))
		put(t, svc, api(fmt.Sprintf("orders-v0;rev=%d", i), "orders", own, map[string]any{
			"apiVersion": "v0", "apiVersionSetId": "/apiVersionSets/orders", "apiRevision": fmt.Sprint(i)}), nil)
	}
	seen := 0
	for r, err := range gateway.Walk(t.Context(), svc, gateway.WalkOptions{Workers: 8}) {
		if err != nil {
			t.Fatal(err)
		}
		if r.Key.Kind != "api" {
			continue
		}
		seen++
		_, own, _ := strings.Cut(r.Key.Name(), "-")
		if _, revision, ok := strings.Cut(own, ";rev="); ok {
			own = "rev" + revision
		}
		if text := string(r.Files["specification.yaml"]); !strings.Contains(text, "list-"+own) {
			t.Errorf("%v has the definition of another:\n%s", r.Key, text)
		}
	}
	if seen != 8 {
		t.Errorf("%d APIs and revisions, want 8", seen)
	}
}

func TestSpecificationFormats(t *testing.T) {
	svc := apimtest.Open(t, sandbox.Options{Bare: true})
	put(t, svc, api("orders", "orders", orders, nil), nil)
	for format, want := range map[string]struct{ file, start string }{
		"OpenAPIV3Yaml": {"specification.yaml", "openapi: "},
		"json":          {"specification.json", "{"},
		"OpenAPIV2Yaml": {"specification.yaml", "swagger: "},
		"OpenAPIV2Json": {"specification.json", "{"},
		"Wadl":          {"specification.wadl", "<"},
	} {
		t.Run(format, func(t *testing.T) {
			r := get(t, svc.WithFormat(t, format), gateway.NewKey("api", "orders"))
			text := strings.TrimSpace(string(r.Files[want.file]))
			if !strings.HasPrefix(text, want.start) || !strings.Contains(text, "/orders") {
				t.Errorf("%s holds %.200q", want.file, text)
			}
			kinds := svc.Describe().Kinds
			if now := get(t, svc, r.Key); !kinds.Equal(now, r) {
				t.Errorf("in this format the API looks changed: %v", kinds.Diff(now, r))
			}
		})
	}
}
