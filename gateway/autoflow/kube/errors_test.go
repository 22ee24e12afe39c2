package kube

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/lockstep-apiops/lockstep/internal/httpx"
)

// TestErrors has answers of a cluster that refuses; none of what an object
// holds may be told.
func TestErrors(t *testing.T) {
	for _, tt := range []struct {
		name, answer string
		code         int
		want         string
	}{
		{"not valid", `{"status":"Failure","reason":"Invalid","message":"data: Invalid value: hunter22","details":{"causes":[{"field":"data","reason":"FieldValueInvalid","message":"hunter22"}]}}`,
			422, "the cluster refuses it (422 Invalid): data FieldValueInvalid"},
		{"not read", `{"status":"Failure","reason":"BadRequest","message":"cannot read {hunter22}"}`, 400, "the cluster refuses it (400 BadRequest)"},
		{"denied", `{"status":"Failure","reason":"Invalid","message":"ValidatingAdmissionPolicy 'freeze' denied request: no changes on Friday"}`, 422, "no changes on Friday"},
		{"denied by a hook", `{"status":"Failure","reason":"Forbidden","message":"admission webhook \"a\" denied the request: no"}`, 403, `not allowed (403): admission webhook "a" denied the request: no`},
		{"no rights", `{"status":"Failure","reason":"Forbidden","message":"User \"x\" cannot get resource \"leases\""}`, 403, `grant the verb "get" on "leases" of the API group "coordination.k8s.io" in the namespace "apis"`},
		{"unknown", `{"status":"Failure","reason":"Unauthorized"}`, 401, "does not know who this is (401)"},
		{"moved", `<a href="https://login.example/?token=hunter22">`, 302, "the cluster refuses it (302 )"},
		{"somebody else", "<html>hunter22</html>", 200, "the answer is no object of Kubernetes"},
		{"nobody", "hunter22", 403, "get lease apis/a: not allowed (403)"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(tt.code)
				_, _ = w.Write([]byte(tt.answer)) // who asked is there
			}))
			defer server.Close()
			base, err := url.Parse(server.URL)
			if err != nil {
				t.Fatal(err)
			}
			c := New(base, httpx.New(httpx.Options{WaitMin: time.Millisecond, WaitMax: time.Millisecond}))
			err = c.Get(t.Context(), Ref{LeaseKind(), "apis", "a"}, &Lease{})
			if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "hunter") {
				t.Errorf("get: got %v, want %q", err, tt.want)
			}
			if want := tt.code; want >= 300 && Status(err) != want {
				t.Errorf("status: got %d, want %d", Status(err), want)
			}
		})
	}
}
