package autoflow

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"time"

	"github.com/lockstep-apiops/lockstep/gateway/autoflow/kube"
)

// A target is where a configuration lies.
type target interface {
	// read returns what the target holds now. What could not be read is an
	// error, and so is a configuration that is not there, unless a new one was
	// asked for.
	read(ctx context.Context) (state, error)
	// lock keeps other publications away, and waits for them that long.
	lock(ctx context.Context, wait time.Duration) (lock, error)
	// fresh is how long what was read may be shown again: a cluster is not
	// asked for each resource.
	fresh() time.Duration
	// restart has the product take what was written, if the target knows how.
	restart(ctx context.Context) error
	// ready returns why restart would not work.
	ready(ctx context.Context) error
}

// A lock is one that somebody has.
type lock interface {
	// held returns why the lock is not held any more.
	held() error
	release() error
}

// A state is what a target held when it was read, and the way back to it.
type state interface {
	// contents returns what was held.
	contents() contents
	// same reports whether the configuration and the system variables are
	// those that a later state has.
	same(later state) bool
	// check refuses what the target could not hold.
	check(config, conf []byte) error
	// backUp copies the state, keeps as many copies, and returns where it is.
	backUp(ctx context.Context, keep int, now time.Time) (string, error)
	// prune removes the oldest copies.
	prune(keep int, log *slog.Logger) error
	// write replaces what the target holds, if that is this state still, reads
	// it again and compares.
	write(ctx context.Context, config, conf []byte) error
	// restore makes the target what it was.
	restore(ctx context.Context) error
}

// contents are what a target holds.
type contents struct {
	at     string // names the place
	there  bool   // there is a configuration, be it empty
	absent bool   // there is no place for one either: no object of a cluster
	config []byte // the configuration
	conf   []byte // system variables; nil: there are none
}

func (c contents) equal(d contents) bool {
	return c.there == d.there && c.absent == d.absent && bytes.Equal(c.config, d.config) && bytes.Equal(c.conf, d.conf)
}

// InCluster reports whether a target is in a cluster of Kubernetes: whether New
// wants a client of it.
func InCluster(target string) bool {
	_, _, ok := clusterKind(target)
	return ok
}

// clusterKind returns the kind that an address of a target names, and what
// follows.
func clusterKind(target string) (kube.Kind, string, bool) {
	for _, k := range []kube.Kind{kube.ConfigMap(), kube.Secret()} {
		if rest, ok := strings.CutPrefix(target, k.Word+":"); ok {
			return k, rest, true
		}
	}
	return kube.Kind{}, "", false
}

func newTarget(o Options) (target, error) {
	if !InCluster(o.Target) {
		if o.Restart != "" {
			return nil, errors.New("autoflow-restart restarts what is in a cluster, and the target is in none: use autoflow-activate")
		}
		return &fileTarget{path: o.Target, create: o.Create, now: o.Now, log: o.Log}, nil
	}
	return newCluster(o)
}
