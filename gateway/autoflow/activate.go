package autoflow

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/internal/command"
)

const (
	shownOutput = 2000                   // bytes of what a command says that an error repeats
	probePoll   = 250 * time.Millisecond // between two looks at a port
	dialTimeout = time.Second
)

// activate has the product take a configuration, waits until its ports answer,
// and tests it.
func (t *transaction) activate(ctx context.Context, c *config, conf []byte) error {
	o := t.g.o
	if err := t.restart(ctx); err != nil {
		return fmt.Errorf("activate: %w", err)
	}
	if err := t.command(ctx, "activate", o.Activate, o.ActivateTimeout, c); err != nil {
		return err
	}
	if err := t.probe(ctx, ports(c, conf)); err != nil {
		return err
	}
	return t.command(ctx, "test", o.Test, o.TestTimeout, c)
}

// probe waits until ports answer.
func (t *transaction) probe(ctx context.Context, ports []int) error {
	o := t.g.o
	if o.Probe == "" {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, o.ProbeTimeout)
	defer cancel()
	for _, port := range ports {
		if err := answers(ctx, net.JoinHostPort(o.Probe, strconv.Itoa(port))); err != nil {
			return fmt.Errorf("probe port %d: %w", port, err)
		}
	}
	return nil
}

// restart restarts what the target knows of.
func (t *transaction) restart(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, t.g.o.ActivateTimeout)
	defer cancel()
	return t.g.target.restart(ctx)
}

// command runs a line that the user gives, if there is one. What it is for is
// told in logs and errors, the line is not: it may hold a secret.
func (t *transaction) command(ctx context.Context, what, line string, limit time.Duration, c *config) error {
	if line == "" {
		return nil
	}
	servers, err := json.Marshal(running(c))
	if err != nil {
		return err
	}
	var out bytes.Buffer
	err = command.Run(ctx, command.Shell(line), command.Options{Timeout: limit, Variables: []string{serversVariable + "=" + string(servers)}, Out: &out, Errors: &out})
	text := command.Words(out.Bytes(), t.cover, shownOutput)
	if err == nil {
		t.g.o.Log.Info("ran a command", "to", what, "output", text)
		return nil
	}
	if text != "" {
		return fmt.Errorf("%s: %w: %s", what, err, text)
	}
	return fmt.Errorf("%s: %w", what, err)
}

// cover returns a text without the secrets of the configuration.
func (t *transaction) cover(text string) string {
	for _, secrets := range []map[string]any{t.secrets, t.g.secretsOf(t.work)} {
		for _, v := range secrets {
			if s, ok := v.(string); ok && len(s) > 3 {
				text = strings.ReplaceAll(text, s, "[secret]")
			}
		}
	}
	return text
}

// hide returns an error that tells no secret: others word a part of it.
func (t *transaction) hide(err error) error {
	if err == nil {
		return nil
	}
	if text := t.cover(err.Error()); text != err.Error() {
		return covered{err, text}
	}
	return err
}

// covered is an error in other words.
type covered struct {
	error
	text string
}

func (c covered) Error() string { return c.text }
func (c covered) Unwrap() error { return c.error }

// answers waits until somebody listens at an address.
func answers(ctx context.Context, address string) error {
	d := net.Dialer{Timeout: dialTimeout}
	for {
		conn, err := d.DialContext(ctx, "tcp", address)
		if err == nil {
			return conn.Close()
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("nobody listens at %s: %w", address, err)
		case <-time.After(probePoll):
		}
	}
}

// serversVariable tells a command which versions of servers the configuration
// runs, as a JSON object: what it has to test.
const serversVariable = "LOCKSTEP_SERVERS"

// running returns which version of each server runs.
func running(c *config) map[string]string {
	all := map[string]string{}
	for _, e := range c.list("Server") {
		server, _ := e.(map[string]any)
		id, _ := server["id"].(string)
		if current, ok := server["currentVersion"].(string); ok {
			all[id] = current
		}
	}
	return all
}

// ports returns the ports that the running versions of servers listen on, with
// the offset of the system variables.
func ports(c *config, conf []byte) []int {
	offset := 0
	if v, ok := variable(conf, portOffset); ok {
		offset, _ = strconv.Atoi(v) // checkPorts has told what is wrong with it
	}
	var all []int
	for _, e := range c.list("Server") {
		server, _ := e.(map[string]any)
		current, _ := server["currentVersion"].(string)
		if n, ok := portOf(member(member(server, "version"), current)); ok {
			all = append(all, n+offset)
		}
	}
	return all
}

// maxPort is the largest there is.
const maxPort = 65535

// checkPorts refuses what the system variables make of the ports of servers:
// numbers that are no ports, and the port of the product's own pages.
func checkPorts(c *config, conf []byte) error {
	if v, ok := variable(conf, portOffset); ok {
		if _, err := strconv.Atoi(v); err != nil {
			return fmt.Errorf("%w: %s=%s is no number", gateway.ErrInvalid, portOffset, v)
		}
	}
	ui, hasUI := variable(conf, uiPort)
	for _, n := range ports(c, conf) {
		switch {
		case n < 1 || n > maxPort:
			return fmt.Errorf("%w: with %s, a server listens on port %d, which is none", gateway.ErrInvalid, portOffset, n)
		case hasUI && ui == strconv.Itoa(n):
			return fmt.Errorf("%w: a server listens on port %d, which is the %s", gateway.ErrInvalid, n, uiPort)
		}
	}
	return nil
}

// portOf returns the port of a version of a server.
func portOf(version map[string]any) (int, bool) {
	switch v := gateway.Field(version, "setting.port").(type) {
	case json.Number:
		n, err := strconv.Atoi(v.String())
		return n, err == nil && n > 0
	case string:
		n, err := strconv.Atoi(v)
		return n, err == nil && n > 0
	}
	return 0, false
}
