package arm

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-apiops/lockstep/internal/httpx"
)

// answerOf returns the error that an answer makes.
func answerOf(method string, status int, body string, header ...string) error {
	h := http.Header{}
	for i := 0; i < len(header); i += 2 {
		h.Set(header[i], header[i+1])
	}
	return fmt.Errorf("wrapped: %w", newError(request{method: method, path: "/p"}, &httpx.Response{Status: status, Body: []byte(body), Header: h}))
}

func TestErrorText(t *testing.T) {
	tests := []struct{ name, body, want string }{
		{"code and message", `{"error":{"code":"C","message":"m."}}`, "C: m."},
		{"details null", `{"error":{"code":"C","message":"m","details":null}}`, "C: m"},
		{"details", `{"error":{"code":"ValidationError","message":"One or more fields contain incorrect values:","details":[
			{"code":"ValidationError","target":"path","message":"must not be empty"},{"code":"X","message":"and more"},{"code":"Timeout"},{}]}}`,
			"ValidationError: One or more fields contain incorrect values: path: must not be empty; and more; Timeout"},
		{"details within details", `{"error":{"code":"C","message":"m","details":[{"message":"a","details":[{"target":"t","message":"b"}]}]}}`, "C: m: a; t: b"},
		{"no envelope", `{"code":"C","message":"m"}`, "C: m"},
		{"capitals", `{"Code":"C","Message":"m"}`, "C: m"},
		{"error is a text", `{"error":"just so"}`, "just so"},
		{"code is a number", `{"error":{"code":42,"message":"m"}}`, "42: m"},
		{"details are a text", `{"error":{"code":"C","message":"m","details":"d"}}`, "C: m"},
		{"detail is a text", `{"error":{"code":"C","message":"m","details":["d"]}}`, "C: m: d"},
		{"message is an object", `{"error":{"code":"C","message":{"a":1}}}`, "C"},
		{"a text", `"just so"`, "just so"},
		{"something else", `{"reason":"x"}`, `{"reason":"x"}`},
		{"nothing", ``, "Bad Request"},
		{"white", "  \n", "no text"},
		{"web page with title", "<!DOCTYPE html><html><head><style>p{}</style><title> Service\n unavailable &amp; more</title></head><body>x</body></html>", "Service unavailable & more"},
		{"web page without title", "<html><script>var a</script><body><h1>502</h1><p>nginx</p></body></html>", "502 nginx"},
		{"xml", "<Error><Code>A</Code><Message>b</Message></Error>", "A b"},
		{"long", strings.Repeat("ä", 300), strings.Repeat("ä", 200) + "..."},
		{"binary", "\xff\xfe\x00", "?\x00"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got, want := answerOf("PUT", 400, tt.body).Error(), "wrapped: PUT /p: 400 "+tt.want; got != want {
				t.Errorf("got  %q\nwant %q", got, want)
			}
		})
	}
}

func TestErrorFields(t *testing.T) {
	err := answerOf("PUT", 503, `{"error":{"code":"C","message":"m","details":[{"code":"D","target":"t","message":"n"}]}}`,
		"Retry-After", "7", "x-ms-request-id", "id-1")
	var got *Error
	if !errors.As(err, &got) {
		t.Fatal("no *Error in the chain")
	}
	want := &Error{Method: "PUT", Path: "/p", Status: 503, Code: "C", Message: "m", Details: []Detail{{"D", "t", "n"}}, RetryAfter: 7 * time.Second, RequestID: "id-1"}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(Error{})); diff != "" {
		t.Errorf("error (-want +got):\n%s", diff)
	}
}

func TestIs(t *testing.T) {
	const service = `{"error":{"code":"ResourceNotFound","message":"The Resource 'Microsoft.ApiManagement/service/x' under resource group 'y' was not found."}}`
	internal := `{"error":{"code":"InternalServerError","message":"Request processing failed due to internal error"}}`
	checks := []struct {
		name string
		is   func(error) bool
	}{
		{"not found", IsNotFound}, {"service missing", IsServiceMissing}, {"precondition", IsPreconditionFailed}, {"conflict", IsConflict},
		{"link", IsLinkExists}, {"denied", IsDenied}, {"invalid", IsInvalid}, {"sku", IsUnsupportedSKU},
	}
	tests := []struct {
		name string
		err  error
		want string
	}{
		{"nil", nil, ""},
		{"other", errors.New("404"), ""},
		{"404", answerOf("GET", 404, `{"error":{"code":"ResourceNotFound","message":"Api not found."}}`), "not found"},
		{"404 by message", answerOf("GET", 404, service), "not found, service missing"},
		{"404 by header", answerOf("GET", 404, "", "x-ms-failure-cause", "gateway"), "not found, service missing"},
		{"412", answerOf("PUT", 412, ""), "precondition"},
		{"409", answerOf("PUT", 409, ""), "conflict"},
		{"409 link", answerOf("PUT", 409, `{"error":{"code":"Conflict","message":"Link already exists between specified Product and Api."}}`), "conflict, link"},
		{"401", answerOf("PUT", 401, ""), "denied"},
		{"403", answerOf("PUT", 403, ""), "denied"},
		{"400", answerOf("PUT", 400, `{"error":{"code":"ValidationError"}}`), "invalid"},
		{"400 sku", answerOf("GET", 400, `{"error":{"code":"MethodNotAllowedInPricingTier"}}`), "invalid, sku"},
		{"500 sku", answerOf("GET", 500, internal), "sku"},
		{"500 of a write", answerOf("PUT", 500, internal), ""},
		{"500", answerOf("GET", 500, ""), ""},
		{"failed operation", &Error{Method: "PUT", Code: "ValidationError"}, "invalid"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, c := range checks {
				if c.is(tt.err) {
					got = append(got, c.name)
				}
			}
			if got := strings.Join(got, ", "); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func FuzzParseError(f *testing.F) {
	for _, s := range []string{`{"error":{"code":"C","details":[{"details":[{}]}]}}`, `{"error":"x"}`, `[[[]]]`, `{"details":{}}`, "<html>", "", "null", `{"error":null,"message":1e400}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		e := parseError(body)
		e.Status = 500
		if got := e.Error(); strings.HasSuffix(got, ": ") || !utf8.ValidString(summary(body)) {
			t.Errorf("%q reads %q", body, got)
		}
	})
}

func FuzzDecode(f *testing.F) {
	for _, s := range []string{`{"a":1.0}`, `{} {}`, `[]`, `null`, "", "\xef\xbb\xbf{}", `{"a":1e999,"a":-0}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		body, err := decode(data)
		if err != nil || body == nil {
			return
		}
		again, err := encode(body)
		if err != nil {
			t.Fatal(err)
		}
		back, err := decode(again)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(body, back); diff != "" {
			t.Errorf("round trip (-want +got):\n%s", diff)
		}
	})
}
