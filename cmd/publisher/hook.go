package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/internal/command"
	"github.com/lockstep-apiops/lockstep/internal/settings"
)

// A hook is a command that tests a resource on a runtime.
type hook struct {
	command string
	timeout time.Duration
	key     gateway.Key
	runtime string
	at      *gateway.Promoted
}

// run runs the command and passes on what it says, without keys.
func (h hook) run(ctx context.Context, r *run) error {
	to := r.sys.Stderr
	if r.v.String("format") == "text" {
		to = r.sys.Lines()
	}
	out := &masked{w: to, secrets: slices.Sorted(maps.Values(h.at.Keys))}
	env, err := h.environ(r.sys.Environ)
	if err != nil {
		return err
	}
	err = command.Run(ctx, command.Shell(h.command), command.Options{Environ: env, Timeout: h.timeout, Out: out, Errors: out})
	if flushed := out.flush(); err == nil {
		err = flushed
	}
	return err
}

// environ returns the environment of the command: the given one without secrets
// of this program, and what was promoted.
func (h hook) environ(given []string) ([]string, error) {
	secret := map[string]bool{"AZURE_CLIENT_SECRET": true} // read by the way to sign in, and no setting
	for _, s := range settings.Publisher() {
		for _, name := range s.EnvNames() {
			secret[name] = secret[name] || s.Secret
		}
	}
	env := slices.DeleteFunc(slices.Clone(given), func(v string) bool {
		name, _, _ := strings.Cut(v, "=")
		return secret[name] || strings.HasPrefix(name, "PROMOTED_")
	})
	env = append(env, "PROMOTED_NAME="+h.key.Name(), "PROMOTED_RUNTIME="+h.runtime, "PROMOTED_REVISION="+h.at.Revision, "PROMOTED_URL="+h.at.URL)
	if len(h.at.Keys) == 0 {
		return env, nil
	}
	keys, err := json.Marshal(h.at.Keys)
	if err != nil {
		return nil, err
	}
	env = append(env, "PROMOTED_KEYS="+string(keys))
	if len(h.at.Keys) == 1 {
		for _, key := range h.at.Keys {
			env = append(env, "PROMOTED_KEY="+key)
		}
	}
	return env, nil
}

// masked is a writer of lines that leaves secrets out.
type masked struct {
	w       io.Writer
	secrets []string
	line    []byte // that has no end yet
}

// longLine is how much of a line is held back for its end.
const longLine = 1 << 20

// Write implements io.Writer.
func (m *masked) Write(text []byte) (int, error) {
	m.line = append(m.line, text...)
	end := bytes.LastIndexByte(m.line, '\n') + 1
	if end == 0 && len(m.line) > longLine {
		end = len(m.line)
	}
	if err := m.pass(m.line[:end]); err != nil {
		return 0, err
	}
	m.line = slices.Clone(m.line[end:])
	return len(text), nil
}

// flush writes what has no end of line.
func (m *masked) flush() error {
	if len(m.line) == 0 {
		return nil
	}
	err := m.pass(append(m.line, '\n'))
	m.line = nil
	return err
}

func (m *masked) pass(text []byte) error {
	for _, s := range m.secrets {
		if s != "" {
			text = bytes.ReplaceAll(text, []byte(s), []byte("***"))
		}
	}
	if len(text) == 0 {
		return nil
	}
	_, err := m.w.Write(text)
	return err
}
