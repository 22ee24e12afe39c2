package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/lockstep-apiops/lockstep/internal/httpx"
)

// The texts of the story that is told of Amplify.
const (
	amplifyConfig = `environments:
  - name: orders-dev
    secrets:
      - name: chat
        spec:
          data:
            key: ${env:CHAT_KEY}
`
	newTranslation = `languages:
  resource:
    code: en-us
languages-de-de:
  values:
    - path: /title
      value: Bestellungen
`
	newService = `title: Returns
spec:
  description: Send back what was ordered.
`
	newRevision = `title: Returns 1.0
spec:
  apiService: returns
  definition:
    type: oas3
`
)

// amplify returns the parts of the story for an organization of Amplify.
func (d *demo) amplify() story {
	return story{
		gateway: d.organization, instance: "acme", size: "12 added",
		parts: []func(context.Context) error{d.adopt, d.amplifyDrift, d.amplifyDevelop, d.amplifyPublish, d.lockstep},
	}
}

// organization starts an organization of Amplify and fills it.
func (d *demo) organization(ctx context.Context) (stop func() error, err error) {
	d.chapter("An organization")
	d.say("The sandbox stands in for Amplify: the login, the platform, and the API Server of Amplify Central.\n" +
		"The tools are told its address and an account; all else is as it is with the real one.")
	first, stop, err := d.serve(ctx, "sandbox amplify --anonymous --team Partners --listen 127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	endpoint, found := strings.CutPrefix(first, "listening on ")
	if !found {
		return nil, errors.Join(fmt.Errorf("start sandbox: it says %q", first), stop())
	}
	for _, v := range [][2]string{
		{"LOCKSTEP_GATEWAY", "amplify"}, {"LOCKSTEP_AMPLIFY_NAME", "acme"},
		{"AXWAY_CENTRAL_BASE_URL", endpoint}, {"AXWAY_AUTH_BASE_URL", endpoint}, {"AXWAY_PLATFORM_BASE_URL", endpoint},
		{"AXWAY_CLIENT_ID", "sandbox"}, {"AXWAY_CLIENT_SECRET", "sandbox"}, {"CHAT_KEY", "key-of-the-chat"},
	} {
		d.export(v[0], v[1])
	}
	d.portal = portal{httpx.New(httpx.Options{Timeout: 30 * time.Second}), endpoint + "/apis"}
	err = errors.Join(
		os.CopyFS(filepath.Join(d.dir, "example"), os.DirFS(filepath.Join(d.root, "examples", "amplify"))),
		os.WriteFile(filepath.Join(d.dir, "dev.yaml"), []byte(amplifyConfig), 0o600),
	)
	if err != nil {
		return nil, errors.Join(err, stop())
	}
	d.say("It is empty. Publishing a folder fills it; from here on it is the organization that a team works in. The\n" +
		"value of a secret comes from a variable, which dev.yaml names.")
	if err := d.run(ctx, "publisher --input example --config dev.yaml", done("12 created")); err != nil {
		return nil, errors.Join(err, stop())
	}
	return stop, nil
}

// amplifyDrift changes the organization behind git's back, and has it found.
func (d *demo) amplifyDrift(ctx context.Context) error {
	d.chapter("Drift")
	d.say("At night, somebody renames an API in the web interface, and tags it.")
	if err := d.central(ctx, "/management/v1/environments/orders-dev/apiservices/orders", func(service map[string]any) {
		service["title"] = "Orders, for everybody"
		service["tags"] = []any{"orders", "public"}
	}); err != nil {
		return fmt.Errorf("change the organization: %w", err)
	}
	d.printf("\n  PUT /management/v1/environments/orders-dev/apiservices/orders\n      title: \"Orders, for everybody\", tags: orders, public\n")
	return d.findDrift(ctx, []string{"1 changed", "pull request 2 opened"}, []string{"2\topen", "orders-dev/orders"}, "+title: Orders, for everybody")
}

// central changes a resource of Amplify Central as people do: it reads it, and
// writes it back.
func (d *demo) central(ctx context.Context, path string, change func(map[string]any)) error {
	resource, err := d.portal.json(ctx, http.MethodGet, path, nil)
	if err != nil {
		return err
	}
	change(resource)
	_, err = d.portal.json(ctx, http.MethodPut, path, resource)
	return err
}

// json makes one request and returns the answer.
func (p portal) json(ctx context.Context, method, path string, payload map[string]any) (answer map[string]any, err error) {
	text, err := json.Marshal(payload)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, method, p.service+path, bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	const limit = 1 << 20
	res, err := p.http.Read(req, limit)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", method, path, err)
	}
	if res.Status >= http.StatusBadRequest {
		return nil, fmt.Errorf("%s %s: %d %s", method, path, res.Status, res.Body)
	}
	return answer, json.Unmarshal(res.Body, &answer)
}

// amplifyDevelop does what a developer does: a branch, some edits, a merge.
func (d *demo) amplifyDevelop(ctx context.Context) error {
	d.chapter("A developer at work")
	d.say("On a branch, Dana translates a product, gives its asset to the partners' team, adds an API for returns\n" +
		"with its definition, and takes an endpoint down. All of that is editing files.")
	if err := d.run(ctx, "git -C team switch --quiet --create returns", done()); err != nil {
		return err
	}
	if err := d.amplifyEdit(); err != nil {
		return err
	}
	if err := d.quiet(ctx, "git -C team rm --quiet artifacts/management/environments/orders-dev/apiserviceinstances/orders-v1-dev.yaml",
		"git -C team add --all"); err != nil {
		return err
	}
	if err := d.run(ctx, "git -C team diff --cached --stat", done("6 files changed")); err != nil {
		return err
	}
	if err := d.quiet(ctx, `git -C team commit --quiet --message "Take returns, translate orders"`, "git -C team switch --quiet main"); err != nil {
		return err
	}
	d.say("After a review, the branch is merged.")
	return d.merge(ctx, "returns")
}

// amplifyEdit makes the developer's changes to files.
func (d *demo) amplifyEdit() error {
	artifacts := filepath.Join(d.dir, "team", "artifacts")
	environment := filepath.Join(artifacts, "management", "environments", "orders-dev")
	for _, edit := range [][3]string{
		{filepath.Join(artifacts, "catalog", "products", "orders.yaml"), "  description: Orders for partners.\n", "  description: Orders for partners.\n" + newTranslation},
		{filepath.Join(artifacts, "catalog", "assets", "orders.yaml"), "spec:\n", "owner:\n  type: team\n  name: Partners\nspec:\n"},
	} {
		if err := replace(edit[0], edit[1], edit[2]); err != nil {
			return err
		}
	}
	revision := filepath.Join(environment, "apiservicerevisions", "returns-v1")
	if err := os.Mkdir(revision, 0o755); err != nil {
		return err
	}
	for name, text := range map[string]string{
		filepath.Join(environment, "apiservices", "returns.yaml"): newService, revision + ".yaml": newRevision,
		filepath.Join(revision, "definition.yaml"): newSpecification,
	} {
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// amplifyPublish brings what was merged to the organization.
func (d *demo) amplifyPublish(ctx context.Context) error {
	return d.carryOut(ctx, []string{
		"create Environment APIServiceRevision orders-dev/returns-v1", "delete Environment APIServiceInstance orders-dev/orders-v1-dev", "languages-de-de", "Partners",
	})
}
