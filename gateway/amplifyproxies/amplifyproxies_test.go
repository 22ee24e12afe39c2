package amplifyproxies

import (
	"context"
	"errors"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/gateway/amplify/central"
	"github.com/lockstep-apiops/lockstep/gateway/gatewaytest"
	"github.com/lockstep-apiops/lockstep/internal/httpx"
	"github.com/lockstep-apiops/lockstep/internal/sandbox/amplify"
)

// connect returns a client of a new emulator.
func connect(t *testing.T) *central.Client {
	t.Helper()
	emulator, err := amplify.New(amplify.Options{Anonymous: true})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(emulator)
	t.Cleanup(func() {
		server.Close()
		if err := emulator.Close(); err != nil {
			t.Error(err)
		}
	})
	base, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	c, err := central.New(central.Options{HTTP: httpx.New(httpx.Options{}), Base: base})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func open(t *testing.T, o Options) *Gateway {
	t.Helper()
	if o.Client == nil {
		o.Client = connect(t)
	}
	o.Instance = "acme"
	o.Env = func(name string) string { return map[string]string{"MUSIC": "hush"}[name] }
	g, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// sample returns a proxy of a name. Variants 0 and 1 differ, also in version.
func sample(t testing.TB, name string, variant int) *gateway.Resource {
	t.Helper()
	spec, err := Parse("", []byte([]string{musicV1, musicV0}[variant]))
	if err != nil {
		t.Fatal(err)
	}
	gateway.SetField(spec, "proxy.name", name)
	return &gateway.Resource{Key: gateway.NewKey(proxyKind, name), Spec: spec}
}

// TestContract runs the suite as far as the gateway has verbs: it reads its own
// record, and finds that nothing is deleted.
func TestContract(t *testing.T) {
	gatewaytest.Run(t, gatewaytest.Harness{
		Open: func(t *testing.T) gateway.Gateway {
			return open(t, Options{Record: filepath.Join(t.TempDir(), "record.json")})
		},
		Sample:  func(key gateway.Key, variant int) *gateway.Resource { return sample(t, key.Name(), variant) },
		OddKind: proxyKind, OddNames: []string{"a b", "a/b", "ü", "..", "a;b=c", "%2F", "a?b#c", "- x: 'y'", "yes", "007"}, Crowd: 3,
	})
}

// counting notes the calls that are made.
type counting struct {
	Client
	calls []string
	err   error
}

func (c *counting) Send(ctx context.Context, path string, q url.Values, media string, text []byte) (map[string]any, error) {
	c.calls = append(c.calls, strings.TrimSuffix(path+"?"+q.Encode(), "?"))
	if c.err != nil {
		return nil, c.err
	}
	return c.Client.Send(ctx, path, q, media, text)
}

func TestCallsAndRecord(t *testing.T) {
	c := &counting{Client: connect(t)}
	file := filepath.Join(t.TempDir(), "record.json")
	g := open(t, Options{Client: c, Record: file})
	music := sample(t, "Music", 0)
	put := func(g *Gateway, have *gateway.Resource) {
		t.Helper()
		if err := g.Put(t.Context(), music, have); err != nil {
			t.Fatal(err)
		}
	}
	put(g, nil)
	put(open(t, Options{Client: c, Record: file}), nil) // another run knows, and makes no revision
	have, err := g.Get(t.Context(), music.Key)
	if err != nil {
		t.Fatal(err)
	}
	put(g, have) // who knows and writes all the same means it
	for _, way := range [][2]string{{"", "Test Runtime"}, {"Test Runtime", "Prod Runtime"}} {
		p, err := g.Promote(t.Context(), music, way[0], way[1])
		if err != nil || p.Revision != "2" || !strings.HasSuffix(p.URL, ".example.com/api/v1") {
			t.Fatalf("promote %q: %+v, %v", way, p, err)
		}
	}
	put(open(t, Options{Client: c, Record: file, Force: true}), nil)
	want := []string{"/api/v1/proxies", "/api/v1/proxies", "/api/v1/promote?target=Test+Runtime", "/api/v1/promote?source=Test+Runtime&target=Prod+Runtime", "/api/v1/proxies?force=true"}
	if diff := cmp.Diff(want, c.calls); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if s := string(text); strings.Contains(s, "hush") || strings.Contains(s, "login.example.com") || strings.Contains(s, "runtimes") || !strings.Contains(s, `"revision": "1"`) {
		t.Errorf("the record is\n%s", s)
	}
}

// TestKeysAreHandedOutAndNotKept promotes a proxy whose clients need keys.
func TestKeysAreHandedOutAndNotKept(t *testing.T) {
	file := filepath.Join(t.TempDir(), "record.json")
	g := open(t, Options{Record: file})
	music := sample(t, "Music", 1)
	if err := g.Put(t.Context(), music, nil); err != nil {
		t.Fatal(err)
	}
	p, err := g.Promote(t.Context(), music, "", "Test Runtime")
	if err != nil || p.Keys["Player"] == "" {
		t.Fatalf("got %v", err)
	}
	text, err := os.ReadFile(file)
	if err != nil || strings.Contains(string(text), p.Keys["Player"]) || !strings.Contains(string(text), "Test Runtime") {
		t.Errorf("the record is\n%s, %v", text, err)
	}
}

func TestRefusals(t *testing.T) {
	g := open(t, Options{})
	broken, unset, literal := sample(t, "Music", 0), sample(t, "Music", 0), sample(t, "Music", 0)
	gateway.SetField(broken.Spec, "proxy.colour", "red")
	gateway.SetField(unset.Spec, passwordField, "${env:NOBODY}")
	gateway.SetField(literal.Spec, passwordField, "hush-hush")
	for _, tt := range []struct {
		name string
		call func() error
		is   error
		text string
	}{
		{"unknown key", func() error { return g.Put(t.Context(), broken, nil) }, gateway.ErrInvalid, "proxy.colour is not known"},
		{"no variable", func() error { return g.Put(t.Context(), unset, nil) }, gateway.ErrInvalid, "the variable NOBODY"},
		{"password in clear", func() error { return g.Put(t.Context(), literal, nil) }, gateway.ErrInvalid, "git holds no secrets"},
		{"promote what is not there", func() error { _, err := g.Promote(t.Context(), sample(t, "Other", 0), "", "Test Runtime"); return err }, gateway.ErrNotFound, "promote proxy Other"},
		{"delete", func() error {
			if err := g.Put(t.Context(), sample(t, "Gone", 0), nil); err != nil {
				t.Fatal(err)
			}
			return g.Delete(t.Context(), &gateway.Resource{Key: gateway.NewKey(proxyKind, "Gone")})
		}, gateway.ErrUnsupported, "remove the proxy in Amplify Central"},
		{"delete what nobody noted", func() error { return g.Delete(t.Context(), &gateway.Resource{Key: gateway.NewKey(proxyKind, "Never")}) }, gateway.ErrUnsupported, "no call that deletes"},
		{"other path", func() error {
			return open(t, Options{Proxies: "/v7/proxies"}).Put(t.Context(), sample(t, "Music", 0), nil)
		}, nil, "amplify-proxies-path"},
		{"echoed secret", func() error {
			return open(t, Options{Client: &counting{err: &central.StatusError{Status: 400, Messages: []string{"no such user: hush"}}}}).Put(t.Context(), sample(t, "Music", 0), nil)
		}, gateway.ErrInvalid, "no such user: ***"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := tt.call()
			if err == nil || tt.is != nil && !errors.Is(err, tt.is) || !strings.Contains(err.Error(), tt.text) || strings.Contains(err.Error(), "hush") {
				t.Errorf("got %v, want %v with %q", err, tt.is, tt.text)
			}
		})
	}
}

func TestRecordsThatDoNotFit(t *testing.T) {
	for name, text := range map[string]string{
		"no JSON": "{", "another version": `{"version":7,"target":"acme"}`, "another organization": `{"version":1,"target":"else"}`, "nothing": `{"version":1,"target":"acme","proxies":{"a":null}}`,
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "record.json")
			if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			refuses(t, file)
		})
	}
	t.Run("no folder", func(t *testing.T) { refuses(t, filepath.Join(t.TempDir(), "nowhere", "record.json")) })
}

// refuses holds that nothing is sent that could not be noted in the file, forced or
// not.
func refuses(t *testing.T, file string) {
	t.Helper()
	for _, force := range []bool{false, true} {
		c := &counting{}
		err := open(t, Options{Client: c, Record: file, Force: force}).Put(t.Context(), sample(t, "Music", 0), nil)
		if err == nil || !strings.Contains(err.Error(), "record.json") || len(c.calls) > 0 {
			t.Errorf("forced %t: got %v after %d calls", force, err, len(c.calls))
		}
	}
}

func TestLacks(t *testing.T) {
	k := open(t, Options{}).Describe().Kinds.Get(proxyKind)
	r := sample(t, "Music", 0)
	if got := k.Lacks(r.Spec); got != "" {
		t.Errorf("got %q, want nothing", got)
	}
	gateway.SetField(r.Spec, passwordField, "${env:NOBODY}")
	if got := k.Lacks(r.Spec); !strings.Contains(got, "NOBODY") {
		t.Errorf("got %q", got)
	}
}
