package central

import (
	"net/http"
	"net/url"
	"testing"
)

func TestSendGoesBesideTheAPIServer(t *testing.T) {
	s := &service{answer: func(req *http.Request, body string) (int, http.Header, string) {
		if req.Header.Get("Content-Type") != "application/x-yaml" || body != "a: <b>\n" || req.Header.Get("Authorization") != "Bearer token" {
			return 400, nil, `{}`
		}
		return 201, nil, `{"revision":1}`
	}}
	got, err := newClient(t, s, fixed("token")).Send(t.Context(), "/api/v1/proxies", url.Values{"force": {"true"}}, "application/x-yaml", []byte("a: <b>\n"))
	if err != nil || len(got) != 1 {
		t.Fatalf("got %v, %v", got, err)
	}
	if want := "POST central.test/api/v1/proxies?force=true"; s.asked[0] != want {
		t.Errorf("asked %q, want %q", s.asked[0], want)
	}
}
