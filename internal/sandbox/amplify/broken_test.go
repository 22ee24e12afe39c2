package amplify

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-apiops/lockstep/internal/sandbox"
)

// TestFaultsSpeakAsTheProduct: each part of Amplify has errors of its own shape, on
// demand as well.
func TestFaultsSpeakAsTheProduct(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, fault, method, path string
		want                      obj
	}{
		{"API Server", "status=503,path=/apis/*", "GET", envs,
			obj{"errors": []any{obj{"status": 503.0, "title": "Service Unavailable error", "detail": sandbox.FaultText}}}},
		{"API Server, with a code", "status=400,code=Odd,path=/apis/*", "GET", envs,
			obj{"errors": []any{obj{"status": 400.0, "title": "Validation error", "detail": sandbox.FaultText, "code": "Odd"}}}},
		{"DevOps API", "status=500,path=/api/v1/proxies", "POST", "/api/v1/proxies",
			obj{"errors": []any{obj{"status": 500.0, "title": "Server error", "detail": sandbox.FaultText}}}},
		{"platform", "status=502,path=/api/v1/team", "GET", "/api/v1/team",
			obj{"success": false, "message": sandbox.FaultText, "code": 502.0}},
		{"login", "status=401,code=invalid_client,path=/auth/*userinfo", "GET", "/auth/realms/Broker/protocol/openid-connect/userinfo",
			obj{"error": "invalid_client", "error_description": sandbox.FaultText}},
		{"after the fact", "status=504,method=POST,path=/apis/*,when=after", "POST", envs,
			obj{"errors": []any{obj{"status": 504.0, "title": "Gateway Timeout error", "detail": sandbox.FaultText}}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := newClient(t, Options{Faults: []string{test.fault + ",retry-after=3"}})
			r := c.do(test.method, test.path, obj{"name": "e"})
			if list, _ := r.body["errors"].([]any); len(list) == 1 {
				entry, _ := list[0].(obj)
				if code := at(entry, "meta.code"); code != nil {
					entry["code"] = code
				}
				if at(entry, "meta.tenantId") != c.srv.o.OrgID || at(entry, "meta.transactionId") == nil {
					t.Errorf("meta: got %v", entry["meta"])
				}
				delete(entry, "meta")
			}
			if diff := cmp.Diff(test.want, r.body); diff != "" || r.header.Get("Retry-After") != "3" || r.header.Get("Content-Type") != "application/json" {
				t.Errorf("got %d %v (-want +got):\n%s", r.status, r.header, diff)
			}
			if _, isAfter := c.srv.store.items["management/environments/e"]; isAfter != (test.name == "after the fact") {
				t.Errorf("environment made: %t", isAfter)
			}
		})
	}
}

func TestThrottledSpeaksAsTheProduct(t *testing.T) {
	t.Parallel()
	c := newClient(t, Options{ReadRate: 0.001, ReadBurst: 1})
	c.get(envs)
	r := c.want(http.StatusTooManyRequests, http.MethodGet, envs, nil)
	if r.header.Get("Retry-After") == "" || at(r.body, "errors.0.title") != "Too Many Requests error" {
		t.Errorf("got %v %s", r.header, r.raw)
	}
}
