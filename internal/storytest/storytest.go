// Package storytest runs stories: scripts that use the programs as people and
// pipelines do, against a sandbox, each in a folder of its own.
//
// A story is a testscript in testdata whose first comment says what a user
// gains. Besides testscript's own commands and those of the package under test
// it has:
//
//	sandbox [seed=DIR] [service=NAME] [fault=SPEC]...
//	                                     start an empty gateway, or one with a tree, and point the programs at it
//	request METHOD PATH [FILE]           change or read the gateway as a portal does; PATH is below the service
//	amplify [team=[ID=]NAME]... [fault=SPEC]... [DIR]
//	                                     start an empty organization of Amplify instead, and copy its example into DIR
//	central METHOD PATH [FILE]           change or read the organization, below /apis
//	autoflow DIR                         start an API AutoFlow over a data directory; AUTOFLOW is its address, PORT is that
//	                                     of a server with port 1, and port 2 is taken
//	freeport FILE                        have autoflow.conf see to such ports, and start nothing
//	call METHOD URL [FILE]               make any request
//	cluster FILE                         start a cluster with a ConfigMap of API AutoFlow, and point the programs at it
//	held CONFIGMAP NAME                  print what is in its data
//	template                             print the template of the pods that mount it
//	meddle now|late FILE                 have somebody else write the configuration; late is right before a publication does
//	example DIR                          copy the example tree into DIR
//	layout NAME DIR                      copy a tree that another tool made into DIR: v7, v6, v5 or apiops-cli
//	edit FILE OLD NEW                    replace a text that must be there
//	exits CODE COMMAND [ARGS]...         run a command that ends with this code; 0 and 3 leave stderr empty
//	commit REPO MESSAGE                  commit and push all of a work tree to main
//	repository REPO CLONE                make a bare repository with a first commit, and a clone to work in
//
// It knows no program; the test that calls Run brings them.
package storytest

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/lockstep-apiops/lockstep/internal/httpx"
	"github.com/lockstep-apiops/lockstep/internal/sandbox/apim"
)

// Run runs the stories in testdata. The folder of the example tree is given as
// seen from the package under test.
func Run(t *testing.T, example string, more map[string]func(*testscript.TestScript, bool, []string)) {
	example, err := filepath.Abs(example)
	if err != nil {
		t.Fatal(err)
	}
	layouts := filepath.Join(filepath.Dir(filepath.Dir(example)), "internal", "loop", "testdata", "layouts")
	gitConfig := filepath.Join(filepath.Dir(filepath.Dir(example)), "internal", "storytest", "testdata", "gitconfig")
	cluster := &clusters{rights: filepath.Join(filepath.Dir(example), "autoflow-cluster", "rights.yaml")}
	commands := map[string]func(*testscript.TestScript, bool, []string){
		"sandbox":  sandbox,
		"request":  request,
		"edit":     edit,
		"exits":    exits,
		"commit":   commit,
		"amplify":  organization(filepath.Join(filepath.Dir(example), "amplify")),
		"central":  central,
		"autoflow": installation, "freeport": freePort, "call": call,
		"cluster": cluster.start, "held": cluster.held, "template": cluster.template, "meddle": cluster.meddle,
		"repository": func(ts *testscript.TestScript, neg bool, args []string) {
			want(ts, len(args) == 2, "repository REPO CLONE")
			ts.Check(ts.Exec("git", "init", "--quiet", "--bare", "--initial-branch", "main", args[0]))
			ts.Check(ts.Exec("git", "clone", "--quiet", args[0], args[1]))
			commit(ts, neg, []string{args[1], "Begin"})
		},
		"example": func(ts *testscript.TestScript, _ bool, args []string) {
			want(ts, len(args) == 1, "example DIR")
			ts.Check(os.CopyFS(ts.MkAbs(args[0]), os.DirFS(example)))
		},
		"layout": func(ts *testscript.TestScript, _ bool, args []string) {
			want(ts, len(args) == 2, "layout NAME DIR")
			ts.Check(os.CopyFS(ts.MkAbs(args[1]), os.DirFS(filepath.Join(layouts, args[0]))))
		},
	}
	for name, command := range more {
		commands[name] = command
	}
	testscript.Run(t, testscript.Params{Dir: "testdata", Setup: setup(gitConfig), Cmds: commands, RequireUniqueNames: true})
}

// service is the address of the service that stories manage, from the endpoint.
const service = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/stories/providers/Microsoft.ApiManagement/service/contoso"

// setup gives a story the environment that a pipeline gives to a step, and git a configuration that has it do nothing
// but what the story is about. The programs run for a moment each, and many of them: they do without collecting garbage.
func setup(gitConfig string) func(*testscript.Env) error {
	return func(env *testscript.Env) error {
		env.Vars = append(env.Vars,
			"AZURE_SUBSCRIPTION_ID=00000000-0000-0000-0000-000000000000", "AZURE_RESOURCE_GROUP_NAME=stories", "API_MANAGEMENT_SERVICE_NAME=contoso",
			"GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL="+gitConfig, "GIT_TEMPLATE_DIR=", "LC_ALL=C",
			"GIT_AUTHOR_NAME=Dana", "GIT_AUTHOR_EMAIL=dana@example.com", "GIT_COMMITTER_NAME=Dana", "GIT_COMMITTER_EMAIL=dana@example.com",
			"GOGC=off",
		)
		return nil
	}
}

func want(ts *testscript.TestScript, ok bool, usage string) {
	if !ok {
		ts.Fatalf("usage: %s", usage)
	}
}

// sandbox starts a gateway. A story may start several; the last one counts.
func sandbox(ts *testscript.TestScript, _ bool, args []string) {
	options := apim.Options{Bare: true}
	for _, arg := range args {
		name, value, _ := strings.Cut(arg, "=")
		switch name {
		case "seed":
			options.Seed = append(options.Seed, ts.MkAbs(value))
		case "service":
			options.Services = append(options.Services, value)
		case "fault":
			options.Faults = append(options.Faults, value)
		default:
			want(ts, false, "sandbox [seed=DIR] [service=NAME] [fault=SPEC]...")
		}
	}
	emulator, err := apim.New(options)
	ts.Check(err)
	emulator.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, service+"?api-version=2024-05-01", nil)) // seeds it
	server := httptest.NewServer(emulator)
	ts.Defer(func() {
		server.Close()
		ts.Check(emulator.Close())
	})
	ts.Setenv("AZURE_RESOURCE_MANAGER_ENDPOINT", server.URL)
}

// request makes one request and prints the answer. Its status must be a good one.
func request(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, len(args) == 2 || len(args) == 3, "request METHOD PATH [FILE]")
	var body io.Reader
	if len(args) == 3 {
		body = strings.NewReader(ts.ReadFile(args[2]))
	}
	address := ts.Getenv("AZURE_RESOURCE_MANAGER_ENDPOINT") + service + args[1] + "?api-version=2024-05-01"
	req, err := http.NewRequest(args[0], address, body)
	ts.Check(err)
	req.Header.Set("Content-Type", "application/json")
	if args[0] != http.MethodGet {
		req.Header.Set("If-Match", "*")
	}
	if args[0] == http.MethodPut {
		req.Header.Del("If-Match") // creates as well
	}
	res, err := httpx.New(httpx.Options{}).Do(req)
	ts.Check(err)
	answer, err := io.ReadAll(res.Body)
	ts.Check(errors.Join(err, res.Body.Close()))
	_, err = fmt.Fprintf(ts.Stdout(), "%s\n%s\n", res.Status, answer)
	ts.Check(err)
	if good := res.StatusCode < http.StatusBadRequest; good == neg {
		ts.Fatalf("%s %s: %s %s", args[0], args[1], res.Status, answer)
	}
}

// edit replaces a text in a file.
func edit(ts *testscript.TestScript, _ bool, args []string) {
	want(ts, len(args) == 3, "edit FILE OLD NEW")
	text := ts.ReadFile(args[0])
	if !strings.Contains(text, args[1]) {
		ts.Fatalf("edit %s: it lacks %q", args[0], args[1])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(strings.ReplaceAll(text, args[1], args[2])), 0o644))
}

// exits runs a command and compares its exit code. A run that did its work
// leaves standard error empty.
func exits(ts *testscript.TestScript, _ bool, args []string) {
	want(ts, len(args) >= 2, "exits CODE COMMAND [ARGS]...")
	code, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		exit, ok := errors.AsType[*exec.ExitError](err)
		if !ok {
			ts.Fatalf("%v", err)
		}
		got = exit.ExitCode()
	}
	if got != code {
		ts.Fatalf("exit code: got %d, want %d", got, code)
	}
	if text := ts.ReadFile("stderr"); text != "" && (code == 0 || code == 3) {
		ts.Fatalf("a run that ended with %d wrote to standard error:\n%s", code, text)
	}
}

// commit commits a work tree and pushes it to main.
func commit(ts *testscript.TestScript, _ bool, args []string) {
	want(ts, len(args) == 2, "commit REPO MESSAGE")
	for _, line := range [][]string{
		{"add", "--all"}, {"commit", "--quiet", "--allow-empty", "--message", args[1]}, {"push", "--quiet", "origin", "HEAD:main"},
	} {
		ts.Check(ts.Exec("git", append([]string{"-C", args[0]}, line...)...))
	}
}
