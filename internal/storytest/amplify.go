package storytest

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/lockstep-apiops/lockstep/internal/httpx"
	"github.com/lockstep-apiops/lockstep/internal/sandbox/amplify"
)

const amplifyUsage = "amplify [team=[ID=]NAME]... [fault=SPEC]... [DIR]"

// organization starts an empty organization of Amplify, points the programs at
// it, and copies the example tree of it from the folder given. A story may
// start several; the last one counts.
func organization(example string) func(*testscript.TestScript, bool, []string) {
	return func(ts *testscript.TestScript, _ bool, args []string) {
		options := amplify.Options{Accounts: []amplify.Account{{ClientID: "pipeline", Secret: "pipeline-secret"}}}
		var dirs []string
		for _, arg := range args {
			name, value, ok := strings.Cut(arg, "=")
			switch {
			case !ok:
				dirs = append(dirs, arg)
			case name == "team":
				options.Teams = append(options.Teams, value)
			case name == "fault":
				options.Faults = append(options.Faults, value)
			default:
				want(ts, false, amplifyUsage)
			}
		}
		want(ts, len(dirs) <= 1, amplifyUsage)
		emulator, err := amplify.New(options)
		ts.Check(err)
		server := httptest.NewServer(emulator)
		ts.Defer(func() {
			server.Close()
			ts.Check(emulator.Close())
		})
		for name, value := range map[string]string{
			"LOCKSTEP_GATEWAY": "amplify", "LOCKSTEP_AMPLIFY_NAME": "acme", "AXWAY_CENTRAL_BASE_URL": server.URL, "AXWAY_AUTH_BASE_URL": server.URL,
			"AXWAY_PLATFORM_BASE_URL": server.URL, "AXWAY_CLIENT_ID": "pipeline", "AXWAY_CLIENT_SECRET": "pipeline-secret",
		} {
			ts.Setenv(name, value)
		}
		for _, dir := range dirs {
			ts.Check(os.CopyFS(ts.MkAbs(dir), os.DirFS(example)))
		}
	}
}

// central makes one request to Amplify Central as an administrator and prints
// the answer, which must be a good one.
func central(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, len(args) == 2 || len(args) == 3, "central METHOD PATH [FILE]")
	client := httpx.New(httpx.Options{})
	base := ts.Getenv("AXWAY_CENTRAL_BASE_URL")
	form := "grant_type=client_credentials&client_id=pipeline&client_secret=pipeline-secret"
	login, err := http.NewRequest(http.MethodPost, base+"/auth/realms/Broker/protocol/openid-connect/token", strings.NewReader(form))
	ts.Check(err)
	login.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer, err := client.Read(login, 0)
	ts.Check(err)
	_, token, _ := strings.Cut(string(answer.Body), `"access_token":"`)
	token, _, _ = strings.Cut(token, `"`)
	var body io.Reader
	if len(args) == 3 {
		body = strings.NewReader(ts.ReadFile(args[2]))
	}
	req, err := http.NewRequest(args[0], base+"/apis"+args[1], body)
	ts.Check(err)
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/json")
	res, err := client.Do(req)
	ts.Check(err)
	text, err := io.ReadAll(res.Body)
	ts.Check(errors.Join(err, res.Body.Close()))
	_, err = fmt.Fprintf(ts.Stdout(), "%s\n%s\n", res.Status, text)
	ts.Check(err)
	if good := res.StatusCode < http.StatusBadRequest; good == neg {
		ts.Fatalf("%s %s: %s %s", args[0], args[1], res.Status, text)
	}
}
