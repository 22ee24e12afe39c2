package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/lockstep-apiops/lockstep/internal/httpx"
	"github.com/lockstep-apiops/lockstep/internal/sandbox"
)

// A gateway is a sandbox that runs as a process.
type gateway struct {
	cmd     *exec.Cmd
	address string
	http    *httpx.Client
}

// sandbox starts a sandbox with a service of so many APIs.
func (b *bench) sandbox(ctx context.Context, apis int, flags ...string) (*gateway, error) {
	seed := b.path(fmt.Sprint("seed-", apis))
	if _, err := os.Stat(seed); errors.Is(err, os.ErrNotExist) {
		if err := writeTree(seed, apis); err != nil {
			return nil, fmt.Errorf("write tree: %w", err)
		}
	}
	args := append([]string{"apim", "--listen", "127.0.0.1:0", "--bare", "--service", "bench", "--seed", "bench=" + seed}, flags...)
	cmd := exec.CommandContext(ctx, b.path("bin/sandbox"), args...)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	g := &gateway{cmd: cmd, http: httpx.New(httpx.Options{Timeout: 5 * time.Minute})}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		g.stop()
		return nil, fmt.Errorf("start sandbox: %w", err)
	}
	g.address = strings.TrimPrefix(strings.TrimSpace(line), "listening on ")
	// The first request makes the service.
	_, err = g.call(ctx, http.MethodGet, "/subscriptions/s/resourceGroups/g/providers/Microsoft.ApiManagement/service/bench/tags?api-version=2024-05-01")
	if err != nil {
		g.stop()
	}
	return g, err
}

// stop ends the sandbox. What it says of that is of no interest.
func (g *gateway) stop() {
	_ = g.cmd.Process.Kill()
	_ = g.cmd.Wait()
}

func (g *gateway) call(ctx context.Context, method, path string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, g.address+path, nil)
	if err != nil {
		return nil, err
	}
	resp, err := g.http.Read(req, 0)
	if err != nil {
		return nil, err
	}
	if resp.Status >= http.StatusBadRequest {
		return nil, fmt.Errorf("%s %s: %d %s", method, path, resp.Status, resp.Body)
	}
	return resp.Body, nil
}

// measured is what a run cost.
type measured struct {
	gets, writes, peak, megabytes int
}

// measure runs a program against a sandbox and prints what it cost.
func (b *bench) measure(ctx context.Context, g *gateway, what, program string, args ...string) (measured, error) {
	if _, err := g.call(ctx, http.MethodPost, "/_sandbox/reset-stats"); err != nil {
		return measured{}, err
	}
	cmd := exec.CommandContext(ctx, b.path("bin/"+program), args...)
	cmd.Env = append(os.Environ(), "AZURE_SUBSCRIPTION_ID=s", "AZURE_RESOURCE_GROUP_NAME=g", "API_MANAGEMENT_SERVICE_NAME=bench",
		"AZURE_RESOURCE_MANAGER_ENDPOINT="+g.address, "AZURE_BEARER_TOKEN=none")
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = io.Discard, &said
	start := time.Now()
	if err := cmd.Run(); err != nil {
		return measured{}, fmt.Errorf("%s: %w\n%s", what, err, said.String())
	}
	took := time.Since(start)
	text, err := g.call(ctx, http.MethodGet, "/_sandbox/stats")
	if err != nil {
		return measured{}, err
	}
	var stats sandbox.Stats
	if err := json.Unmarshal(text, &stats); err != nil {
		return measured{}, err
	}
	m := measured{gets: stats.Requests[http.MethodGet], peak: stats.PeakConcurrency, megabytes: peakMemory(cmd.ProcessState)}
	for method, n := range stats.Requests {
		if method != http.MethodGet && method != http.MethodHead {
			m.writes += n
		}
	}
	return m, b.line(what, m.gets, m.writes, stats.Throttled, m.peak, fmt.Sprintf("%.1f", took.Seconds()), m.megabytes)
}

// repository makes a bare repository with an empty commit on main.
func (b *bench) repository(ctx context.Context, name string) (string, error) {
	work := b.path(name + "-work")
	err := errors.Join(os.Mkdir(work, 0o700), b.git(ctx, work, "init", "--quiet", "--initial-branch=main"), b.commit(ctx, work),
		b.git(ctx, work, "clone", "--quiet", "--bare", work, b.path(name)))
	return b.path(name), err
}

// commit commits all of a work tree.
func (b *bench) commit(ctx context.Context, dir string) error {
	return errors.Join(b.git(ctx, dir, "add", "--all"), b.git(ctx, dir, "commit", "--quiet", "--allow-empty", "--message", "a tree"))
}

func (b *bench) git(ctx context.Context, dir string, args ...string) error {
	cmd := exec.CommandContext(ctx, "git", append([]string{"-C", dir, "-c", "user.name=bench", "-c", "user.email=bench@example.com"}, args...)...)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("git %v: %w\n%s", args, err, out)
	}
	return nil
}
