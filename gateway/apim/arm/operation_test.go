package arm

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// Answers that occur in many operations.
const (
	inProgress = `{"name":"a","properties":{"provisioningState":"InProgress"}}`
	ready      = `{"name":"a","properties":{"provisioningState":"Succeeded","path":"x"}}`
	opURI      = "/s/tenant/operationResults/6a1f?api-version=v1&t=1&s=hunter2"
	selfURI    = "/s/apis/a?api-version=v1&asyncId=6a1f&asyncCode=201"
	opLink     = "https://arm.test" + opURI
	selfLink   = "https://arm.test" + selfURI
)

func etag(e string) map[string]string { return map[string]string{"ETag": e} }

// headers makes headers out of names and values.
func headers(pairs ...string) map[string]string {
	h := map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		h[pairs[i]] = pairs[i+1]
	}
	return h
}

func TestOperations(t *testing.T) {
	validation := `{"code":"ValidationError","message":"One or more fields contain incorrect values:","details":[{"code":"ValidationError","target":"representation","message":"Parsing error(s): bad."}]}`
	accepted := reply{status: 202, header: headers("Location", selfLink)}
	both := reply{status: 201, body: inProgress, header: headers("Azure-AsyncOperation", opLink, "Location", selfLink)}
	tests := []struct {
		name    string
		method  string
		replies []reply // the first answers the change

		want        string // the resource's ETag; empty: no resource
		wantAsked   []string
		wantErr     string
		wantUnknown bool
	}{
		{name: "done at once", method: "PUT", replies: []reply{{status: 201, body: ready, header: etag("e1")}},
			want: "e1", wantAsked: []string{"PUT " + apiURI + " @0"}},
		{name: "status of another meaning", method: "PUT", replies: []reply{{status: 200, body: `{"properties":{"status":"Error"}}`, header: etag("e1")}},
			want: "e1", wantAsked: []string{"PUT " + apiURI + " @0"}},
		{name: "failed at once", method: "PUT", replies: []reply{{status: 200, body: `{"properties":{"provisioningState":"Failed"},"error":"x"}`}},
			wantErr: "PUT /s/apis/a: the operation failed: the service gives no reason", wantAsked: []string{"PUT " + apiURI + " @0"}},
		{name: "the answer is no object", method: "PUT", replies: []reply{{status: 200, body: `[]`}},
			wantErr: "PUT /s/apis/a: answer of status 200 is no JSON object (syntax or type): []", wantAsked: []string{"PUT " + apiURI + " @0"}},
		{name: "the poll's answer is no object", method: "PUT", replies: []reply{both, {status: 200, body: `[]`}}, wantUnknown: true,
			wantErr:   "PUT /s/apis/a: wait for the operation: GET /s/apis/a: answer of status 200 is no JSON object (syntax or type): []: outcome unknown, the change may have been made",
			wantAsked: []string{"PUT " + apiURI + " @0", "GET " + opURI + " @1"}},
		{name: "the result can not be read", method: "PUT", replies: []reply{both, {status: 200, body: `{"status":"Succeeded"}`}, {status: 403}},
			wantErr: "read what PUT made: GET /s/apis/a: 403 Forbidden", wantAsked: []string{"PUT " + apiURI + " @0", "GET " + opURI + " @1", "GET " + apiURI + " @1"}},
		{name: "1: both headers, status at the top", method: "PUT", replies: []reply{both,
			{status: 200, body: `{"status":"InProgress"}`}, {status: 200, body: `{"status":"InProgress"}`}, {status: 200, body: `{"status":"Succeeded"}`},
			{status: 200, body: ready, header: etag("e2")}},
			want: "e2", wantAsked: []string{"PUT " + apiURI + " @0", "GET " + opURI + " @1", "GET " + opURI + " @2.5", "GET " + opURI + " @4.75", "GET " + apiURI + " @4.75"}},
		{name: "1: status one level down", method: "PUT", replies: []reply{both,
			{status: 200, body: `{"properties":{"status":"Started"}}`}, {status: 200, body: `{"properties":{"status":"Succeeded"}}`},
			{status: 200, body: ready, header: etag("e2")}},
			want: "e2", wantAsked: []string{"PUT " + apiURI + " @0", "GET " + opURI + " @1", "GET " + opURI + " @2.5", "GET " + apiURI + " @2.5"}},
		{name: "1: 200 and location only", method: "PUT", replies: []reply{
			{status: 200, body: inProgress, header: headers("Location", selfLink)}, {status: 202}, {status: 200, body: ready, header: etag("e2")}},
			want: "e2", wantAsked: []string{"PUT " + apiURI + " @0", "GET " + selfURI + " @1", "GET " + selfURI + " @2.5"}},
		{name: "2: 202 and location only", method: "PUT", replies: []reply{accepted, {status: 202}, {status: 202}, {status: 201, body: ready, header: etag("e2")}},
			want: "e2", wantAsked: []string{"PUT " + apiURI + " @0", "GET " + selfURI + " @1", "GET " + selfURI + " @2.5", "GET " + selfURI + " @4.75"}},
		{name: "2: the answer lacks the resource", method: "PATCH", replies: []reply{accepted, {status: 200}, {status: 200, body: ready, header: etag("e2")}},
			want: "e2", wantAsked: []string{"PATCH " + apiURI + " @0", "GET " + selfURI + " @1", "GET " + apiURI + " @1"}},
		{name: "2: relative location", method: "PUT", replies: []reply{{status: 202, header: headers("Location", selfURI)}, {status: 200, body: ready, header: etag("e2")}},
			want: "e2", wantAsked: []string{"PUT " + apiURI + " @0", "GET " + selfURI + " @1"}},
		{name: "3: the address is the resource", method: "PUT", replies: []reply{
			{status: 201, body: inProgress, header: headers("Azure-AsyncOperation", "https://arm.test"+apiURI)},
			{status: 200, body: inProgress}, {status: 200, body: ready, header: etag("e2")}},
			want: "e2", wantAsked: []string{"PUT " + apiURI + " @0", "GET " + apiURI + " @1", "GET " + apiURI + " @2.5"}},
		{name: "4: no headers", method: "PUT", replies: []reply{{status: 201, body: inProgress}, {status: 200, body: inProgress}, {status: 200, body: ready, header: etag("e2")}},
			want: "e2", wantAsked: []string{"PUT " + apiURI + " @0", "GET " + apiURI + " @1", "GET " + apiURI + " @2.5"}},
		{name: "4: 202 without headers", method: "PUT", replies: []reply{{status: 202}, {status: 200, body: ready, header: etag("e2")}},
			want: "e2", wantAsked: []string{"PUT " + apiURI + " @0", "GET " + apiURI + " @1"}},
		{name: "4: ends as failed", method: "PUT", replies: []reply{{status: 201, body: inProgress}, {status: 200, body: `{"properties":{"provisioningState":"Failed"}}`}},
			wantErr: "PUT /s/apis/a: the operation failed: the service gives no reason", wantAsked: []string{"PUT " + apiURI + " @0", "GET " + apiURI + " @1"}},
		{name: "retry-after goes first", method: "PUT", replies: []reply{
			{status: 202, header: headers("Location", selfLink, "Retry-After", "10")}, {status: 202, header: headers("Retry-After", "3600")},
			{status: 202}, {status: 200, body: ready, header: etag("e2")}},
			want: "e2", wantAsked: []string{"PUT " + apiURI + " @0", "GET " + selfURI + " @10", "GET " + selfURI + " @70", "GET " + selfURI + " @71"}},
		{name: "failed, reason at the top", method: "PUT", replies: []reply{both, {status: 200, body: `{"status":"Failed","error":` + validation + `}`}},
			wantErr:   "PUT /s/apis/a: the operation failed: ValidationError: One or more fields contain incorrect values: representation: Parsing error(s): bad.",
			wantAsked: []string{"PUT " + apiURI + " @0", "GET " + opURI + " @1"}},
		{name: "failed, reason one level down", method: "PUT", replies: []reply{both, {status: 200, body: `{"properties":{"status":"Failed","error":` + validation + `}}`}},
			wantErr:   "PUT /s/apis/a: the operation failed: ValidationError: One or more fields contain incorrect values: representation: Parsing error(s): bad.",
			wantAsked: []string{"PUT " + apiURI + " @0", "GET " + opURI + " @1"}},
		{name: "canceled", method: "PUT", replies: []reply{both, {status: 200, body: `{"status":"Canceled"}`}},
			wantErr: "PUT /s/apis/a: the operation failed: the service gives no reason", wantAsked: []string{"PUT " + apiURI + " @0", "GET " + opURI + " @1"}},
		{name: "failed by a 400 on the poll", method: "PUT", replies: []reply{accepted, {status: 202}, {status: 400, body: `{"error":` + validation + `}`}},
			wantErr:   "PUT /s/apis/a: 400 ValidationError: One or more fields contain incorrect values: representation: Parsing error(s): bad.",
			wantAsked: []string{"PUT " + apiURI + " @0", "GET " + selfURI + " @1", "GET " + selfURI + " @2.5"}},
		{name: "forgotten, the resource is there", method: "PUT", replies: []reply{both, {status: 404}, {status: 200, body: ready, header: etag("e2")}},
			want: "e2", wantAsked: []string{"PUT " + apiURI + " @0", "GET " + opURI + " @1", "GET " + apiURI + " @1"}},
		{name: "forgotten, the resource goes on", method: "PUT", replies: []reply{both, {status: 404}, {status: 200, body: inProgress}, {status: 200, body: ready, header: etag("e2")}},
			want: "e2", wantAsked: []string{"PUT " + apiURI + " @0", "GET " + opURI + " @1", "GET " + apiURI + " @1", "GET " + apiURI + " @2.5"}},
		{name: "forgotten, the resource failed", method: "PUT", replies: []reply{both, {status: 404}, {status: 200, body: `{"properties":{"provisioningState":"Failed"}}`}},
			wantErr: "PUT /s/apis/a: the operation failed: the service gives no reason", wantAsked: []string{"PUT " + apiURI + " @0", "GET " + opURI + " @1", "GET " + apiURI + " @1"}},
		{name: "forgotten, no resource", method: "PUT", replies: []reply{both, {status: 404}, {status: 404}}, wantUnknown: true,
			wantErr:   "PUT /s/apis/a: wait for the operation: GET /s/apis/a: 404 Not Found: outcome unknown, the change may have been made",
			wantAsked: []string{"PUT " + apiURI + " @0", "GET " + opURI + " @1", "GET " + apiURI + " @1"}},
		{name: "the resource vanishes", method: "PUT", replies: []reply{{status: 201, body: inProgress}, {status: 404}}, wantUnknown: true,
			wantErr:   "PUT /s/apis/a: wait for the operation: GET /s/apis/a: 404 Not Found: outcome unknown, the change may have been made",
			wantAsked: []string{"PUT " + apiURI + " @0", "GET " + apiURI + " @1"}},
		{name: "polling is denied", method: "PUT", replies: []reply{both, {status: 403}}, wantUnknown: true,
			wantErr:   "PUT /s/apis/a: wait for the operation: GET /s/apis/a: 403 Forbidden: outcome unknown, the change may have been made",
			wantAsked: []string{"PUT " + apiURI + " @0", "GET " + opURI + " @1"}},
		{name: "another host", method: "PUT", replies: []reply{{status: 202, header: headers("Location", "https://evil.test/x?s=hunter2")}}, wantUnknown: true,
			wantErr:   "PUT /s/apis/a: the service names an address at https://evil.test, which is not arm.test: not followed: outcome unknown, the change may have been made",
			wantAsked: []string{"PUT " + apiURI + " @0"}},
		{name: "delete, done at once", method: "DELETE", replies: []reply{{status: 200}}, wantAsked: []string{"DELETE " + apiURI + " @0"}},
		{name: "delete, was not there", method: "DELETE", replies: []reply{{status: 204}}, wantAsked: []string{"DELETE " + apiURI + " @0"}},
		{name: "delete, both headers", method: "DELETE", replies: []reply{
			{status: 202, header: headers("Azure-AsyncOperation", opLink, "Location", selfLink)}, {status: 200, body: `{"status":"InProgress"}`}, {status: 200, body: `{"status":"Succeeded"}`}},
			wantAsked: []string{"DELETE " + apiURI + " @0", "GET " + opURI + " @1", "GET " + opURI + " @2.5"}},
		{name: "delete, location only", method: "DELETE", replies: []reply{accepted, {status: 202}, {status: 204}},
			wantAsked: []string{"DELETE " + apiURI + " @0", "GET " + selfURI + " @1", "GET " + selfURI + " @2.5"}},
		{name: "delete, forgotten and gone", method: "DELETE", replies: []reply{accepted, {status: 404}, {status: 404}},
			wantAsked: []string{"DELETE " + apiURI + " @0", "GET " + selfURI + " @1", "GET " + apiURI + " @1"}},
		{name: "delete, forgotten and there", method: "DELETE", replies: []reply{accepted, {status: 404}, {status: 200, body: ready}}, wantUnknown: true,
			wantErr:   "DELETE /s/apis/a: wait for the operation: the service has forgotten the operation: outcome unknown, the change may have been made",
			wantAsked: []string{"DELETE " + apiURI + " @0", "GET " + selfURI + " @1", "GET " + apiURI + " @1"}},
		{name: "delete, no headers", method: "DELETE", replies: []reply{{status: 202}, {status: 200, body: ready}, {status: 404}},
			wantAsked: []string{"DELETE " + apiURI + " @0", "GET " + apiURI + " @1", "GET " + apiURI + " @2.5"}},
		{name: "delete, absent", method: "DELETE", replies: []reply{{status: 404}}, wantErr: "DELETE /s/apis/a: 404 Not Found", wantAsked: []string{"DELETE " + apiURI + " @0"}},
		{name: "post, its answer is at the location", method: "POST", replies: []reply{
			{status: 202, header: headers("Azure-AsyncOperation", opLink, "Location", selfLink)}, {status: 202}, {status: 200, body: ready, header: etag("e2")}},
			want: "e2", wantAsked: []string{"POST " + apiURI + " @0", "GET " + selfURI + " @1", "GET " + selfURI + " @2.5"}},
		{name: "post, an operation", method: "POST", replies: []reply{{status: 202, header: headers("Azure-AsyncOperation", opLink)}, {status: 200, body: `{"status":"Succeeded"}`}},
			wantAsked: []string{"POST " + apiURI + " @0", "GET " + opURI + " @1"}},
		{name: "post, accepted and no more", method: "POST", replies: []reply{{status: 202}}, wantAsked: []string{"POST " + apiURI + " @0"}},
		{name: "post, forgotten", method: "POST", replies: []reply{accepted, {status: 404}, {status: 200, body: ready}}, wantUnknown: true,
			wantErr:   "POST /s/apis/a: wait for the operation: the service has forgotten the operation: outcome unknown, the change may have been made",
			wantAsked: []string{"POST " + apiURI + " @0", "GET " + selfURI + " @1", "GET " + apiURI + " @1"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, s := newTest(t, tt.replies...)
				got, e, err := c.change(t.Context(), tt.method, api, nil, nil, "")
				if text(err) != tt.wantErr || strings.Contains(text(err), "hunter2") {
					t.Errorf("got error  %v\nwant error %s", err, tt.wantErr)
				}
				if tt.wantUnknown && IsNotFound(err) {
					t.Error("an unknown outcome reads like a resource that is not there")
				}
				if errors.Is(err, ErrOutcomeUnknown) != tt.wantUnknown {
					t.Errorf("got unknown %t, want %t", !tt.wantUnknown, tt.wantUnknown)
				}
				if e != tt.want || (got != nil) != (tt.want != "") {
					t.Errorf("got etag %q and %v, want %q", e, got, tt.want)
				}
				if diff := cmp.Diff(tt.wantAsked, s.asked); diff != "" {
					t.Errorf("asked (-want +got):\n%s", diff)
				}
				for _, r := range s.requests {
					if r.Header.Get("Authorization") != "Bearer t1" {
						t.Errorf("%s goes without token", r.URL)
					}
				}
			})
		})
	}
}

func TestOperationThatNeverEnds(t *testing.T) {
	replies := []reply{{status: 201, body: inProgress}}
	for range 1000 {
		replies = append(replies, reply{status: 200, body: inProgress})
	}
	t.Run("deadline", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			c, s := newTest(t, replies...)
			_, _, err := c.Put(t.Context(), api, nil, nil, "")
			want := "PUT /s/apis/a: wait for the operation: still running after 30m0s: context deadline exceeded: outcome unknown, the change may have been made"
			if text(err) != want || !errors.Is(err, ErrOutcomeUnknown) || !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("got %v\nwant %s", err, want)
			}
			if took := time.Since(s.start); took != 30*time.Minute {
				t.Errorf("gave up after %s, want 30m", took)
			}
			if len(s.asked) < 350 || len(s.asked) > 370 {
				t.Errorf("got %d requests, want one each 5 s", len(s.asked))
			}
		})
	})
	t.Run("cancelled", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			c, s := newTest(t, replies...)
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(3*time.Second, cancel)
			_, _, err := c.Put(ctx, api, nil, nil, "")
			if !errors.Is(err, context.Canceled) || !errors.Is(err, ErrOutcomeUnknown) {
				t.Errorf("got %v, want context.Canceled and an unknown outcome", err)
			}
			if took := time.Since(s.start); took != 3*time.Second || len(s.asked) != 3 {
				t.Errorf("ended after %s and %d requests, want 3s and 3", took, len(s.asked))
			}
		})
	})
}

func TestVersionOfTheQueryIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, s := newTest(t, reply{status: 201, body: inProgress}, reply{status: 200, body: ready, header: etag("e")})
		q := map[string][]string{"api-version": {"v2"}, "import": {"true"}}
		if _, _, err := c.Put(t.Context(), api, q, nil, ""); err != nil {
			t.Fatal(err)
		}
		want := []string{"PUT /s/apis/a?api-version=v2&import=true", "GET /s/apis/a?api-version=v2"}
		if diff := cmp.Diff(want, without(s.asked)); diff != "" {
			t.Errorf("asked (-want +got):\n%s", diff)
		}
	})
}

func TestStateOf(t *testing.T) {
	tests := []struct {
		body     string
		asked    bool
		want     state
		envelope bool
	}{
		{`{}`, true, unstated, false},
		{`{"status":"weird"}`, true, running, true},
		{`{"status":"Succeeded","properties":{"provisioningState":"InProgress"}}`, true, succeeded, true},
		{`{"properties":{"provisioningState":"created"}}`, true, unstated, false},
		{`{"properties":{"provisioningState":"Updating","status":"Failed"}}`, true, running, false},
		{`{"properties":{"status":"publishing"}}`, true, running, true},
		{`{"properties":{"status":"completed"}}`, true, succeeded, true},
		{`{"properties":{"status":"Failed"}}`, false, unstated, false},
		{`{"properties":7,"status":8}`, true, unstated, false},
	}
	for _, tt := range tests {
		body, err := decode([]byte(tt.body))
		if err != nil {
			t.Fatal(err)
		}
		if got, envelope := stateOf(body, tt.asked); got != tt.want || envelope != tt.envelope {
			t.Errorf("%s: got %d, %t, want %d, %t", tt.body, got, envelope, tt.want, tt.envelope)
		}
	}
}
