package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/lockstep-apiops/lockstep/internal/httpx"
)

// The texts of the story that is told of API AutoFlow.
const (
	newExample = `                - id: 1
                  item: tea
                  placed: "2025-03-01"
`
	newPath = `  /orders/{id}:
    get:
      responses:
        "200":
          content:
            application/json:
              example:
                id: 1
                item: tea
          description: The order.
      summary: Look at an order
`
)

// solutionPort is what the server of the example listens on, without an offset.
const solutionPort = 8080

// autoflow returns the parts of the story for an API AutoFlow.
func (d *demo) autoflow() story {
	return story{
		gateway: d.installation, instance: "acme", size: "11 added",
		parts: []func(context.Context) error{d.adopt, d.autoflowDrift, d.autoflowDevelop, d.autoflowPublish, d.lockstep},
	}
}

// installation starts an API AutoFlow and fills it.
func (d *demo) installation(ctx context.Context) (stop func() error, err error) {
	d.chapter("An API AutoFlow")
	d.say("The product has no API to manage it by: its configuration is a file in its data directory. The sandbox\n" +
		"is an emulator of it: it boots from that directory, listens on the ports of servers, and answers with\n" +
		"examples where the product would run a flow. PORT_OFFSET finds a port that is free here.")
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	data := filepath.Join(d.dir, "data")
	variables := fmt.Sprintf("NAME=acme\nPORT_OFFSET=%d\n", port-solutionPort)
	err = errors.Join(
		os.Mkdir(data, 0o755),
		os.WriteFile(filepath.Join(data, "autoflow.conf"), []byte(variables), 0o600),
		os.CopyFS(filepath.Join(d.dir, "example"), os.DirFS(filepath.Join(d.root, "examples", "autoflow"))),
	)
	if err != nil {
		return nil, err
	}
	d.printf("\ndata/autoflow.conf:\n%s", variables)
	first, stop, err := d.serve(ctx, "sandbox autoflow --data data --listen 127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	endpoint, found := strings.CutPrefix(first, "listening on ")
	if !found {
		return nil, errors.Join(fmt.Errorf("start sandbox: it says %q", first), stop())
	}
	endpoint, _, _ = strings.Cut(endpoint, " ")
	d.portal = portal{httpx.New(httpx.Options{Timeout: 30 * time.Second}), endpoint + "/_sandbox"}
	d.server = "http://" + net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	if err := d.fill(ctx, endpoint); err != nil {
		return nil, errors.Join(err, stop())
	}
	return stop, nil
}

// freePort finds a port for a server, below those that systems hand out.
func freePort() (int, error) {
	const low, high, attempts = 20000, 32000, 100
	for range attempts {
		port := low + rand.IntN(high-low)
		if l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port))); err == nil {
			return port, l.Close()
		}
	}
	return 0, errors.New("find a port: none is free")
}

// fill publishes the example.
func (d *demo) fill(ctx context.Context, endpoint string) error {
	d.env = append(d.env, "PATH="+d.bin+string(os.PathListSeparator)+os.Getenv("PATH")) // of the command that activates
	for _, v := range [][2]string{
		{"LOCKSTEP_GATEWAY", "autoflow"}, {"LOCKSTEP_TARGET", "data"}, {"LOCKSTEP_AUTOFLOW_NAME", "acme"},
		{"LOCKSTEP_AUTOFLOW_BOOT", "true"}, {"LOCKSTEP_AUTOFLOW_ACTIVATE", "sandbox autoflow restart"}, {"LOCKSTEP_AUTOFLOW_PROBE", "127.0.0.1"},
		{"SANDBOX_AT", endpoint}, {"AUTOFLOW_SECRET_CLIENT_ORDERS_DB_1_0_0_SETTING_PASSWORD", "key-of-the-database"},
	} {
		d.export(v[0], v[1])
	}
	d.say("It is empty. Publishing a folder fills it: the file is put together and written, the product restarts\n" +
		"with it, and its ports must answer. Otherwise the file before would come back.")
	if err := d.run(ctx, "publisher --input example --autoflow-create", done("10 created")); err != nil {
		return err
	}
	return d.visit(ctx, "/orders", `[{"id":1,"item":"tea"}]`)
}

// visit asks the server of the solution, as its users do, and wants an answer.
func (d *demo) visit(ctx context.Context, path, want string) error {
	answer, err := d.ask(ctx, http.MethodGet, d.server+path, nil)
	if err != nil {
		return err
	}
	d.printf("\n  GET %s\n      %s\n", d.server+path, answer)
	if string(answer) != want {
		return fmt.Errorf("GET %s: %s, want %s", path, answer, want)
	}
	return nil
}

// ask makes one request and returns the answer.
func (d *demo) ask(ctx context.Context, method, url string, body []byte) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, url, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	const limit = 1 << 20
	res, err := d.portal.http.Read(req, limit)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", method, url, err)
	}
	if res.Status >= http.StatusBadRequest {
		return nil, fmt.Errorf("%s %s: %d %s", method, url, res.Status, res.Body)
	}
	return res.Body, nil
}

// autoflowDrift changes the configuration in what stands in for the product's
// pages, and has it found.
func (d *demo) autoflowDrift(ctx context.Context) error {
	d.chapter("Drift")
	d.say("At night, somebody changes the title of an API in the product's pages: an upload, after which servers are\n" +
		"off until they are started. Then they do what the vendor asks for, lest it gets lost: they download the\n" +
		"configuration and put it into the data directory.")
	text, err := d.ask(ctx, http.MethodGet, d.portal.service+"/configuration", nil)
	if err != nil {
		return err
	}
	if text, err = retitle(text, "Orders, for everybody"); err != nil {
		return err
	}
	if _, err := d.ask(ctx, http.MethodPut, d.portal.service+"/configuration", text); err != nil {
		return fmt.Errorf("change the configuration: %w", err)
	}
	if _, err := d.ask(ctx, http.MethodPost, d.portal.service+"/servers/start", nil); err != nil {
		return fmt.Errorf("start the servers: %w", err)
	}
	if text, err = d.ask(ctx, http.MethodGet, d.portal.service+"/configuration", nil); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(d.dir, "data", "config.json"), text, 0o600); err != nil {
		return err
	}
	d.printf("\n  PUT /_sandbox/configuration\n      API orders 1.0.0, title: \"Orders, for everybody\"\n  POST /_sandbox/servers/start\n  GET /_sandbox/configuration >data/config.json\n")
	return d.findDrift(ctx, []string{"1 changed", "pull request 2 opened"}, []string{"2\topen", "orders/1.0.0"}, "+  title: Orders, for everybody")
}

// retitle gives the only API of a configuration another title.
func retitle(text []byte, title string) ([]byte, error) {
	var config map[string]any
	if err := json.Unmarshal(text, &config); err != nil {
		return nil, fmt.Errorf("read configuration: %w", err)
	}
	list, _ := config["API"].([]any)
	if len(list) != 1 {
		return nil, fmt.Errorf("read configuration: it has %d APIs, want one", len(list))
	}
	at, _ := list[0].(map[string]any)
	for _, name := range []string{"version", "1.0.0", "info"} {
		at, _ = at[name].(map[string]any)
	}
	if at == nil {
		return nil, errors.New("read configuration: it lacks version 1.0.0 of the API")
	}
	at["title"] = title
	return json.Marshal(config)
}

// autoflowDevelop does what a developer does: a branch, a new version, a merge.
func (d *demo) autoflowDevelop(ctx context.Context) error {
	d.chapter("A developer at work")
	d.say("On a branch, Dana makes version 1.1.0 of the API and of its server, with an operation more, and says that\n" +
		"it is the one that runs. All of that is copying and editing files.")
	if err := d.run(ctx, "git -C team switch --quiet --create version", done()); err != nil {
		return err
	}
	if err := d.autoflowEdit(); err != nil {
		return err
	}
	if err := d.quiet(ctx, "git -C team add --all"); err != nil {
		return err
	}
	if err := d.run(ctx, "git -C team diff --cached --stat", done("3 files changed")); err != nil {
		return err
	}
	if err := d.quiet(ctx, `git -C team commit --quiet --message "Run 1.1.0 of orders"`, "git -C team switch --quiet main"); err != nil {
		return err
	}
	d.say("After a review, the branch is merged.")
	return d.merge(ctx, "version")
}

// autoflowEdit makes the developer's changes to files.
func (d *demo) autoflowEdit() error {
	artifacts := filepath.Join(d.dir, "team", "artifacts")
	api, server := filepath.Join(artifacts, "apis", "orders", "versions"), filepath.Join(artifacts, "servers", "orders")
	versions := filepath.Join(server, "versions")
	err := errors.Join(
		os.CopyFS(filepath.Join(api, "1.1.0"), os.DirFS(filepath.Join(api, "1.0.0"))),
		os.CopyFS(filepath.Join(versions, "1.1.0"), os.DirFS(filepath.Join(versions, "1.0.0"))),
	)
	if err != nil {
		return err
	}
	openapi := filepath.Join(api, "1.1.0", "openapi.yaml")
	for _, edit := range [][3]string{
		{openapi, "version: 1.0.0", "version: 1.1.0"},
		{openapi, "                - id: 1\n                  item: tea\n", newExample},
		{openapi, "paths:\n", "paths:\n" + newPath},
		{filepath.Join(versions, "1.1.0", "version.yaml"), "version: 1.0.0", "version: 1.1.0"}, // of the API in the setting
		{filepath.Join(versions, "1.1.0", "version.yaml"), "version: 1.0.0", "version: 1.1.0"}, // and of the event
		{filepath.Join(server, "server.yaml"), "currentVersion: 1.0.0", "currentVersion: 1.1.0"},
	} {
		if err := replace(edit[0], edit[1], edit[2]); err != nil {
			return err
		}
	}
	return nil
}

// autoflowPublish brings what was merged to the product.
func (d *demo) autoflowPublish(ctx context.Context) error {
	d.chapter("Publish what was merged")
	d.say("The plan covers what came with the merge. Whether all that refers to something finds it is part of it.")
	err := d.run(ctx, "publisher plan --repo apis.git --input artifacts --since main~1 --delete --out plan.json",
		done("create api version orders/1.1.0", "create server version orders/1.1.0", "update server orders"))
	if err != nil {
		return err
	}
	d.say("The saved plan is carried out: all of it in one write, with a restart, or nothing.")
	if err := d.run(ctx, "publisher apply plan.json --repo apis.git --input artifacts", done("2 created", "1 updated")); err != nil {
		return err
	}
	d.say("What runs now is the new version.")
	if err := d.visit(ctx, "/orders", `[{"id":1,"item":"tea","placed":"2025-03-01"}]`); err != nil {
		return err
	}
	return d.visit(ctx, "/orders/1", `{"id":1,"item":"tea"}`)
}
