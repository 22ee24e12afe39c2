package apimtest

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/lockstep-apiops/lockstep/gateway/apim"
	"github.com/lockstep-apiops/lockstep/gateway/apim/arm"
	"github.com/lockstep-apiops/lockstep/internal/httpx"
	sandbox "github.com/lockstep-apiops/lockstep/internal/sandbox/apim"
)

// direct is a connection to a handler in the same process.
type direct struct{ handler http.Handler }

// RoundTrip implements http.RoundTripper.
func (d direct) RoundTrip(r *http.Request) (resp *http.Response, err error) {
	w := httptest.NewRecorder()
	defer func() {
		if recover() != nil { // the handler gave up on the connection
			resp, err = nil, io.ErrUnexpectedEOF
		}
	}()
	d.handler.ServeHTTP(w, r)
	return w.Result(), nil
}

// A Service is an API Management service in a sandbox of its own, within the
// test's process.
type Service struct {
	*apim.Gateway
	Sandbox *sandbox.Server
	HTTP    *httpx.Client
	URL     string

	options apim.Options
	client  arm.Options
}

// Open starts a sandbox and opens the service in it. The test's end stops it.
func Open(t testing.TB, o sandbox.Options) *Service {
	t.Helper()
	if o.OperationTime == 0 {
		o.OperationTime = time.Millisecond
	}
	s, err := sandbox.New(o)
	if err != nil {
		t.Fatalf("start sandbox: %v", err)
	}
	web := httptest.NewServer(s)
	t.Cleanup(func() {
		web.Close()
		if err := s.Close(); err != nil {
			t.Errorf("stop sandbox: %v", err)
		}
	})
	svc := Connect(t, web.URL, "service")
	svc.Sandbox = s
	return svc
}

// Connect opens a service of the sandbox at a URL.
func Connect(t testing.TB, address, name string) *Service {
	t.Helper()
	return connect(t, address, name, &http.Transport{MaxIdleConnsPerHost: 64})
}

// Direct opens a service of a sandbox by calls of functions instead of
// connections, for tests that need very many requests or a clock of their own.
// Faults that break a connection break the call.
func Direct(t testing.TB, s *sandbox.Server, name string) *Service {
	t.Helper()
	svc := Behind(t, s, name)
	svc.Sandbox = s
	return svc
}

// Behind is Direct for what stands in front of a sandbox.
func Behind(t testing.TB, h http.Handler, name string) *Service {
	t.Helper()
	return connect(t, "http://127.0.0.1", name, direct{h})
}

func connect(t testing.TB, address, name string, transport http.RoundTripper) *Service {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	client := httpx.New(httpx.Options{
		Transport: transport,
		WaitMin:   time.Millisecond, WaitMax: 10 * time.Millisecond, Timeout: time.Minute,
		Remaining: arm.RemainingHeaders(),
	})
	t.Cleanup(client.CloseIdleConnections)
	svc := &Service{HTTP: client, URL: address, options: apim.Options{
		Subscription: "00000000-0000-0000-0000-000000000000", ResourceGroup: "test", Service: name,
	}, client: arm.Options{HTTP: client, Endpoint: u, APIVersion: apim.APIVersion, PollInterval: time.Millisecond}}
	svc.open(t)
	return svc
}

func (s *Service) open(t testing.TB) {
	t.Helper()
	var err error
	if s.options.Client, err = arm.New(s.client); err != nil {
		t.Fatal(err)
	}
	if s.Gateway, err = apim.New(s.options); err != nil {
		t.Fatal(err)
	}
}

// Patient opens the same service so that no number of faults that strike by
// chance makes a request fail for good.
func (s *Service) Patient(t testing.TB) *Service {
	t.Helper()
	other := *s
	other.client.Attempts = 40
	other.open(t)
	return &other
}

// Unhurried opens the same service so that it waits between two looks at a
// long operation as the programs do, for tests with a clock of their own.
func (s *Service) Unhurried(t testing.TB) *Service {
	t.Helper()
	other := *s
	other.client.PollInterval = 0
	other.open(t)
	return &other
}

// WithFormat opens the same service so that it exports API definitions in
// another format.
func (s *Service) WithFormat(t testing.TB, format string) *Service {
	t.Helper()
	other := *s
	other.options.Specifications = format
	other.open(t)
	return &other
}
