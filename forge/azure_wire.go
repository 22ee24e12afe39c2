package forge

import (
	"bytes"
	"cmp"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf16"

	"github.com/microsoft/azure-devops-go-api/azuredevops/v7"
)

// azureAuthorization returns how a token is sent. Those of a job and of Entra are
// signed documents, the rest are personal ones, which stand for a password.
func azureAuthorization(token string) string {
	if strings.HasPrefix(token, "eyJ") && strings.Count(token, ".") == 2 {
		return "Bearer " + token
	}
	return azuredevops.CreateBasicAuthHeaderValue("", token)
}

// azureWire adds the token to requests to the service, and makes its answers
// such that the SDK understands them. That takes a page to sign in for a result,
// and loses the status of whatever is no JSON.
type azureWire struct {
	authorization string
	site          *url.URL
	next          http.RoundTripper
}

// RoundTrip implements [http.RoundTripper].
func (w azureWire) RoundTrip(r *http.Request) (*http.Response, error) {
	own := r.Clone(r.Context())
	if w.trusts(r.URL) {
		own.Header.Set("Authorization", w.authorization)
	}
	resp, err := w.next.RoundTrip(own)
	if err == nil {
		resp, err = azureReadable(resp)
	}
	if err == nil && r.Method == http.MethodDelete && resp.StatusCode < http.StatusBadRequest {
		// The SDK does not close the bodies of these, and reads nothing of them.
		err = resp.Body.Close()
		resp.Body = http.NoBody
	}
	if err != nil {
		return nil, err
	}
	return resp, nil
}

// trusts reports whether the service is at an address, so that the token may go
// there: some of what it has is on other hosts.
func (w azureWire) trusts(u *url.URL) bool {
	if u.Scheme != w.site.Scheme {
		return false
	}
	if strings.EqualFold(u.Host, w.site.Host) {
		return true
	}
	under := func(domain string) bool {
		return strings.HasSuffix("."+strings.ToLower(u.Host), "."+domain)
	}
	const old, current = "visualstudio.com", "dev.azure.com"
	if site := "." + w.site.Host; strings.HasSuffix(site, "."+old) || strings.HasSuffix(site, "."+current) {
		return under(old) || under(current)
	}
	return under(w.site.Host)
}

// azureRetryAfter is under which name an error's custom properties hold the header
// Retry-After.
const azureRetryAfter = "azureRetryAfter"

// azureReadable turns an answer that is no result into an error that the SDK can
// read, with a page to sign in as status 401.
func azureReadable(resp *http.Response) (*http.Response, error) {
	html := strings.HasPrefix(resp.Header.Get("Content-Type"), "text/html")
	status := resp.StatusCode
	signIn := status == http.StatusNonAuthoritativeInfo || status == http.StatusOK && html ||
		status/100 == 3 && strings.Contains(strings.ToLower(resp.Header.Get("Location")), "signin")
	if !signIn && status < http.StatusBadRequest {
		return resp, nil
	}
	const longest = 1 << 20
	raw, err := io.ReadAll(io.LimitReader(resp.Body, longest))
	if closeErr := resp.Body.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return nil, err
	}
	var said struct {
		Message string `json:"message"`
		TypeKey string `json:"typeKey"`
		Value   struct{ Message string }
	}
	if err := json.Unmarshal(bytes.TrimPrefix(raw, []byte("\ufeff")), &said); err != nil && !html {
		said.Message = string(raw)
	}
	if signIn {
		status, said.Message = http.StatusUnauthorized, "it asks to sign in"
	}
	what := cutLine(cleanLine(cmp.Or(said.Message, said.Value.Message, http.StatusText(status), resp.Status)), 1000)
	body, err := json.Marshal(map[string]any{
		"message": what, "typeKey": said.TypeKey,
		"customProperties": map[string]string{azureRetryAfter: resp.Header.Get("Retry-After")},
	})
	if err != nil {
		return nil, err
	}
	resp.StatusCode, resp.Status = status, http.StatusText(status)
	resp.Header = resp.Header.Clone()
	resp.Header.Set("Content-Type", "application/json")
	resp.Header.Del("Content-Length")
	resp.Body, resp.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	return resp, nil
}

// azureLen is how long a text is in the service's count.
func azureLen(s string) int {
	n := 0
	for _, r := range s {
		n += utf16.RuneLen(r)
	}
	return n
}
