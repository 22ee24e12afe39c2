package main

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/lockstep-apiops/lockstep/forge/githubtest"
	"github.com/lockstep-apiops/lockstep/internal/cli"
	"github.com/lockstep-apiops/lockstep/internal/storytest"
	"github.com/lockstep-apiops/lockstep/internal/temptest"
)

func TestMain(m *testing.M) {
	temptest.InMemory()
	testscript.Main(m, map[string]func(){"extractor": func() { os.Exit(cli.Main(newRoot)) }})
}

// TestStories has besides the common commands
//
//	github REPO [proxy]    put a bare repository on a GitHub, as acme/apis, maybe behind a proxy, and say to the programs where
//
// whose tokens are "writer", of a person, "job", of a job, and "reader"; "ended"
// has expired. An app has the id 4711 and the key app.pem.
func TestStories(t *testing.T) {
	storytest.Run(t, "../../examples/apim", map[string]func(*testscript.TestScript, bool, []string){"github": gitHub})
}

var appKey = sync.OnceValues(func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 2048) })

func gitHub(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 1 && (len(args) != 2 || args[1] != "proxy") {
		ts.Fatalf("usage: github REPO [proxy]")
	}
	rights := map[string]string{"contents": "write", "pull_requests": "write", "statuses": "write"}
	server := githubtest.New(
		githubtest.Repository{Owner: "acme", Name: "apis", Private: true, AutoMerge: true},
		map[string]githubtest.User{"dana": {Write: true}, "rita": {Write: true}, "lock[bot]": {Bot: true, Write: true}},
		map[string]githubtest.Token{
			"t0ken-writer": {Login: "dana"}, "t0ken-job": {Login: "lock[bot]", Permissions: rights, Installation: true}, "t0ken-ended": {Login: "dana"},
			"t0ken-reader": {Login: "dana", Permissions: map[string]string{"contents": "read", "pull_requests": "read"}},
		},
	)
	server.Expire("t0ken-ended")
	key, err := appKey()
	ts.Check(err)
	server.AddApp(githubtest.App{ID: "4711", Key: &key.PublicKey, Login: "lock[bot]", Installation: 1, Permissions: rights})
	text := pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)})
	ts.Check(os.WriteFile(ts.MkAbs("app.pem"), text, 0o600))
	ts.Check(server.UseGit(ts.MkAbs(args[0])))
	var url string
	if len(args) == 2 {
		url = behindProxy(ts, server)
	} else {
		web := httptest.NewServer(server)
		ts.Defer(web.Close)
		url = web.URL
	}
	ts.Setenv("LOCKSTEP_REPO", url+"/acme/apis.git")
	ts.Setenv("LOCKSTEP_FORGE", "github")
	ts.Setenv("LOCKSTEP_FORGE_URL", url)
	ts.Setenv("LOCKSTEP_FORGE_REPO", "acme/apis")
	ts.Setenv("HUB", strings.TrimPrefix(url, "http://"))
}
