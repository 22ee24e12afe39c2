package amplify

import (
	"bytes"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// sdkVariable names the folder in which Axway's client for Node.js is installed.
const sdkVariable = "LOCKSTEP_AMPLIFY_SDK"

// TestAmplifySDK lets Axway's own client log in, with a secret and with a signed JWT.
func TestAmplifySDK(t *testing.T) {
	t.Parallel()
	sdk := os.Getenv(sdkVariable)
	if sdk == "" {
		t.Skipf("NOT TESTED with Axway's own client: %s is not set; run make amplify-sdk", sdkVariable)
	}
	key, public := newKey(t)
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "key.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	srv := newServer(t, Options{Teams: []string{"blue"}, Accounts: []Account{
		{ClientID: "ci", Secret: "s3cret", Teams: []string{"blue"}}, {ClientID: "bot", PublicKey: public}}})
	web := httptest.NewServer(srv)
	t.Cleanup(web.Close)
	want := obj{"org": srv.o.OrgID, "teams": []any{"blue", "Default Team"}, "clients": []any{"bot", "ci"}, "created": 201.0, "read": 200.0}
	for _, test := range []struct {
		name string
		env  []string
		team any
		fail bool
	}{
		{"secret", []string{"CLIENT_ID=ci", "SECRET=s3cret"}, "blue", false},
		{"signed JWT", []string{"CLIENT_ID=bot", "SECRET_FILE=" + file}, nil, false},
		{"wrong secret", []string{"CLIENT_ID=ci", "SECRET=wrong"}, nil, true},
		{"key of another account", []string{"CLIENT_ID=ci", "SECRET_FILE=" + file}, nil, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			cmd := exec.CommandContext(t.Context(), "node", filepath.Join("testdata", "login.cjs"))
			cmd.Env = append(os.Environ(), append(test.env, "SDK="+sdk, "BASE="+web.URL, "HOME="+t.TempDir())...)
			var stdout, stderr bytes.Buffer
			cmd.Stdout, cmd.Stderr = &stdout, &stderr
			err := cmd.Run()
			if test.fail {
				if err == nil || !strings.Contains(stderr.String(), "Authentication failed") {
					t.Errorf("got %v, want a login that fails:\n%s%s", err, stdout.String(), stderr.String())
				}
				return
			}
			if err != nil {
				t.Fatalf("%v:\n%s", err, stderr.String())
			}
			var got obj
			if err := json.Unmarshal(stdout.Bytes(), &got); err != nil {
				t.Fatalf("%v in %s", err, stdout.String())
			}
			team := got["team"]
			delete(got, "team")
			if diff := cmp.Diff(want, got); diff != "" || team != test.team {
				t.Errorf("team %v, want %v (-want +got):\n%s", team, test.team, diff)
			}
		})
	}
}
