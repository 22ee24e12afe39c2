package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// The texts that the developer writes.
const (
	newLimit = `		<rate-limit calls="{{rate-per-minute}}" renewal-period="60" />
		<rate-limit-by-key calls="20" renewal-period="60" counter-key="@(context.Subscription.Id)" />
`
	newOperation = `    delete:
      summary: Cancel an order
      operationId: cancel-order
      parameters:
        - name: id
          in: path
          required: true
          schema:
            type: string
      responses:
        '204':
          description: The order is cancelled.
`
	newAPI = `{
  "properties": {
    "description": "Send back what was ordered.",
    "displayName": "Returns",
    "path": "returns",
    "serviceUrl": "https://orders.example.com/returns"
  }
}
`
	newSpecification = `openapi: 3.0.1
info:
  title: Returns
  description: Send back what was ordered.
  version: '1.0'
paths:
  /returns:
    post:
      summary: Announce a return
      operationId: announce-return
      responses:
        '202':
          description: The label is on its way.
`
)

// develop does what a developer does: a branch, some edits, a merge.
func (d *demo) develop(ctx context.Context) error {
	d.chapter("A developer at work")
	d.say("On a branch, Dana limits each caller of the orders, adds an operation to them, adds an API for\n" +
		"returns, and takes the catalogue out of the partner product. All of that is editing files.")
	if err := d.run(ctx, "git -C team switch --quiet --create returns", done()); err != nil {
		return err
	}
	if err := d.edit(); err != nil {
		return err
	}
	if err := d.quiet(ctx, "git -C team rm --quiet -r artifacts/products/partner/apis/catalog", "git -C team add --all"); err != nil {
		return err
	}
	if err := d.run(ctx, "git -C team diff --cached --stat", done("5 files changed")); err != nil {
		return err
	}
	if err := d.quiet(ctx, `git -C team commit --quiet --message "Take returns, limit orders"`, "git -C team switch --quiet main"); err != nil {
		return err
	}
	d.say("After a review, the branch is merged.")
	return d.merge(ctx, "returns")
}

// edit makes the developer's changes to files.
func (d *demo) edit() error {
	apis := filepath.Join(d.dir, "team", "artifacts", "apis")
	orders, returns := filepath.Join(apis, "orders-v1"), filepath.Join(apis, "returns")
	const oldLimit = "		<rate-limit calls=\"{{rate-per-minute}}\" renewal-period=\"60\" />\n"
	if err := replace(filepath.Join(orders, "policy.xml"), oldLimit, newLimit); err != nil {
		return err
	}
	const path = "  '/orders/{id}':\n"
	if err := replace(filepath.Join(orders, "specification.yaml"), path, path+newOperation); err != nil {
		return err
	}
	if err := os.Mkdir(returns, 0o755); err != nil {
		return err
	}
	for name, text := range map[string]string{"apiInformation.json": newAPI, "specification.yaml": newSpecification} {
		if err := os.WriteFile(filepath.Join(returns, name), []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// replace replaces a text that must be in a file.
func replace(name, old, text string) error {
	content, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	if !strings.Contains(string(content), old) {
		return fmt.Errorf("edit %s: it lacks %q", name, old)
	}
	return os.WriteFile(name, []byte(strings.Replace(string(content), old, text, 1)), 0o644)
}
