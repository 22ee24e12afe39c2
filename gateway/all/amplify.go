package all

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"regexp"
	"strings"

	"github.com/lockstep-apiops/lockstep/gateway/amplify"
	"github.com/lockstep-apiops/lockstep/gateway/amplify/central"
	"github.com/lockstep-apiops/lockstep/internal/config"
	"github.com/lockstep-apiops/lockstep/internal/httpx"
)

// regions are the addresses of Amplify Central.
func regions() map[string]string {
	return map[string]string{
		"us": "https://apicentral.axway.com", "eu": "https://central.eu-fr.axway.com", "ap": "https://central.ap-sg.axway.com",
	}
}

// amplifySettings have besides our own the names that Axway's command line
// tool reads, and others in their manner.
func amplifySettings() []config.Setting {
	return []config.Setting{
		{Name: "amplify-region", Env: []string{"AXWAY_REGION"}, Default: "us", Choices: []string{"us", "eu", "ap"}, Usage: "region of Amplify Central"},
		{Name: "amplify-url", Env: []string{"AXWAY_CENTRAL_BASE_URL"}, Usage: "address of Amplify Central, where it is not that of the region"},
		{Name: "amplify-auth-url", Env: []string{"AXWAY_AUTH_BASE_URL"}, Default: "https://login.axway.com", Usage: "address of the login service of Amplify"},
		{Name: "amplify-platform-url", Env: []string{"AXWAY_PLATFORM_BASE_URL"}, Default: "https://platform.axway.com", Usage: "address of the Amplify platform, which knows the teams"},
		{Name: "amplify-realm", Default: "Broker", Usage: "realm of the login service of Amplify"},
		{Name: "amplify-org", Env: []string{"AXWAY_ORG_ID"}, Usage: "id of the Amplify organization; empty takes that of the service account"},
		{Name: "amplify-name", Usage: "what to call the Amplify organization in messages and branches; empty is the host and the organization"},
		{Name: "amplify-client-id", Env: []string{"AXWAY_CLIENT_ID"}, Usage: "service account of Amplify to sign in as"},
		{Name: "amplify-client-secret", Env: []string{"AXWAY_CLIENT_SECRET"}, Secret: true, Usage: "secret of the service account of Amplify"},
		{Name: "amplify-key-file", Env: []string{"AXWAY_CLIENT_KEY_FILE"}, Usage: "file with the private key of the service account of Amplify, in place of a secret"},
		{Name: "amplify-key-password", Env: []string{"AXWAY_CLIENT_KEY_PASSWORD"}, Secret: true, Usage: "password of an encrypted key of Amplify"},
		{Name: "amplify-query", Type: config.List, Usage: "list only resources of a kind of Amplify that match KIND=QUERY, in the server's own language: APIService=tags==public"},
		{Name: "amplify-no-discovery", Type: config.Bool, Usage: "know the kinds of Amplify from the built-in table alone, and do not ask the server"},
		{Name: "amplify-form", Default: amplify.Forms()[0], Choices: amplify.Forms(), Usage: "form of the files that the extractor writes for Amplify: names is good for any organization, tool is what axway central apply takes, with ids and content in one file; keep leaves each file in its form"},
		{Name: "amplify-force-delete", Type: config.Bool, Usage: "delete from Amplify what agents guard with finalizers"},
	}
}

// nothingExcluded is for a product without settings that leave kinds out.
func nothingExcluded(*config.Values) []string { return nil }

// oneLayout is for a product of which there is one layout of trees.
func oneLayout() []string { return nil }

func openAmplify(v *config.Values, o Options) (*Opened, error) {
	if err := v.Require("amplify-client-id"); err != nil {
		return nil, err
	}
	h := httpx.New(httpx.Options{
		Logger: o.Logger, UserAgent: o.UserAgent, Timeout: v.Duration("timeout"),
		Parallel: map[httpx.Class]int{httpx.Reads: v.Int("workers"), httpx.Writes: min(v.Int("workers"), writesAtOnce), httpx.Deletes: min(v.Int("workers"), writesAtOnce)},
	})
	client, base, err := amplifyClient(v, h)
	if err != nil {
		return nil, err
	}
	queries, err := amplifyQueries(v.List("amplify-query"))
	if err != nil {
		return nil, err
	}
	ao := amplify.Options{Client: client, Instance: amplifyName(v, base), Queries: queries, Force: v.Bool("amplify-force-delete"), Form: amplify.Form(v.String("amplify-form"))}
	if !v.Bool("amplify-no-discovery") {
		newer, err := amplify.Discover(context.Background(), client)
		if err != nil { // whatever is wrong, the first call that matters tells it again
			o.Logger.Warn("kinds are those of the built-in table, for the server could not be asked", "err", err)
		}
		ao.Newer = newer
	}
	g, err := amplify.New(ao)
	if err != nil {
		return nil, err
	}
	return &Opened{Gateway: g, HTTP: h}, nil
}

// amplifyClient returns a client that signs in, and where it goes.
func amplifyClient(v *config.Values, h *httpx.Client) (*central.Client, *url.URL, error) {
	address := v.String("amplify-url")
	if address == "" {
		address = regions()[v.String("amplify-region")]
	}
	base, err := webAddress("amplify-url", address)
	if err != nil {
		return nil, nil, err
	}
	auth, err := webAddress("amplify-auth-url", v.String("amplify-auth-url"))
	if err != nil {
		return nil, nil, err
	}
	platform, err := webAddress("amplify-platform-url", v.String("amplify-platform-url"))
	if err != nil {
		return nil, nil, err
	}
	lo := central.LoginOptions{
		HTTP: h, Auth: auth, Realm: v.String("amplify-realm"), ClientID: v.String("amplify-client-id"), Secret: v.Secret("amplify-client-secret").Reveal(),
	}
	if file := v.String("amplify-key-file"); file != "" {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, nil, fmt.Errorf("read amplify-key-file: %w", err)
		}
		if lo.Key, err = central.ParseKey(text, v.Secret("amplify-key-password").Reveal()); err != nil {
			return nil, nil, fmt.Errorf("read amplify-key-file: %w", err)
		}
	}
	if (lo.Secret == "") == (lo.Key == nil) {
		return nil, nil, errors.New("set one of amplify-client-secret (AXWAY_CLIENT_SECRET, in the environment) and amplify-key-file")
	}
	login, err := central.NewLogin(lo)
	if err != nil {
		return nil, nil, err
	}
	c, err := central.New(central.Options{HTTP: h, Token: login, Base: base, Platform: platform, Org: v.String("amplify-org")})
	return c, base, err
}

// webAddress reads the address that a setting gives. Credentials travel there:
// without encryption only on this machine.
func webAddress(name, text string) (*url.URL, error) {
	u, err := url.Parse(text)
	local := err == nil && (u.Hostname() == "localhost" || net.ParseIP(u.Hostname()).IsLoopback())
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Scheme != "https" && (u.Scheme != "http" || !local) {
		return nil, fmt.Errorf("%s is no https address", name)
	}
	return u, nil
}

// amplifyName returns what the organization is called.
func amplifyName(v *config.Values, base *url.URL) string {
	if name := v.String("amplify-name"); name != "" {
		return name
	}
	return strings.Trim(base.Hostname()+"-"+v.String("amplify-org"), "-")
}

var queryStart = regexp.MustCompile(`^\s*([A-Z][A-Za-z0-9]*)=([^=].*)$`)

// amplifyQueries reads KIND=QUERY. What a comma cut from a query belongs to
// the one before.
func amplifyQueries(list []string) (map[string]string, error) {
	queries := map[string]string{}
	last := ""
	for _, text := range list {
		switch m := queryStart.FindStringSubmatch(text); {
		case m != nil:
			last = m[1]
			queries[last] = m[2]
		case last != "":
			queries[last] += "," + text
		default:
			return nil, fmt.Errorf("read amplify-query %q: want KIND=QUERY, such as APIService=tags==public", text)
		}
	}
	return queries, nil
}
