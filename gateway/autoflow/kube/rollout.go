package kube

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// restartedAt is the annotation by which kubectl restarts, too.
const restartedAt = "kubectl.kubernetes.io/restartedAt"

// A Workload is what runs pods: a Deployment, StatefulSet or DaemonSet.
type Workload struct {
	client *Client
	ref    Ref
	// Poll is the time between two looks at how far a restart is.
	Poll time.Duration
}

// NewWorkload returns the workload that is called KIND/NAME, as in
// deployment/autoflow.
func NewWorkload(c *Client, namespace, name string) (*Workload, error) {
	word, name, _ := strings.Cut(name, "/")
	i := slices.IndexFunc(workloads(), func(k Kind) bool { return k.Word == word })
	if i < 0 || !ValidName(name) {
		return nil, fmt.Errorf("want deployment/NAME, statefulset/NAME or daemonset/NAME, and not %q", word+"/"+name)
	}
	return &Workload{client: c, ref: Ref{workloads()[i], namespace, name}, Poll: time.Second}, nil
}

// workload is what of its object matters.
type workload struct {
	Metadata Meta
	Spec     struct {
		Replicas       *int
		Paused         bool
		UpdateStrategy struct{ Type string }
	}
	Status struct {
		ObservedGeneration int64
		Conditions         []struct{ Type, Reason, Message string }

		Replicas, UpdatedReplicas, AvailableReplicas                    int
		DesiredNumberScheduled, UpdatedNumberScheduled, NumberAvailable int
		CurrentRevision, UpdateRevision                                 string
	}
}

// Check returns why the workload could not be restarted.
func (w *Workload) Check(ctx context.Context) error {
	var now workload
	if err := w.client.Get(ctx, w.ref, &now); err != nil {
		return err
	}
	if now.Spec.Paused {
		return fmt.Errorf("restart %v: it is paused: resume it", w.ref)
	}
	if now.Spec.UpdateStrategy.Type == "OnDelete" {
		return fmt.Errorf("restart %v: its update strategy is OnDelete, so that nothing restarts by itself", w.ref)
	}
	return nil
}

// Restart replaces all pods, and waits until that is done.
func (w *Workload) Restart(ctx context.Context, now time.Time) error {
	template := map[string]any{"metadata": map[string]any{"annotations": map[string]any{restartedAt: now.UTC().Format(time.RFC3339Nano)}}}
	var after workload
	if err := w.client.Patch(ctx, w.ref, map[string]any{"spec": map[string]any{"template": template}}, &after); err != nil {
		return err
	}
	left := after.left()
	for left != "" {
		select {
		case <-ctx.Done():
			return fmt.Errorf("restart %v: not done in time: %s: %w", w.ref, left, ctx.Err())
		case <-time.After(w.Poll):
		}
		var seen workload
		if err := w.client.Get(ctx, w.ref, &seen); err != nil {
			if ctx.Err() != nil {
				continue // and tell how far it was
			}
			return err
		}
		if err := seen.stuck(); err != nil {
			return fmt.Errorf("restart %v: %w", w.ref, err)
		}
		left = seen.left()
	}
	return nil
}

// stuck returns why a rollout will not end.
func (w *workload) stuck() error {
	for _, c := range w.Status.Conditions {
		if w.Status.ObservedGeneration >= w.Metadata.Generation && c.Type == "Progressing" && c.Reason == "ProgressDeadlineExceeded" {
			return errors.New("the new pods did not become available before its own deadline: look at their events")
		}
	}
	return nil
}

// left returns what a rollout still waits for, or nothing.
func (w *workload) left() string {
	s := w.Status
	// A DaemonSet has no replicas: nodes decide.
	want, updated, available, all := s.DesiredNumberScheduled, s.UpdatedNumberScheduled, s.NumberAvailable, s.UpdatedNumberScheduled
	if w.Spec.Replicas != nil {
		want, updated, available, all = *w.Spec.Replicas, s.UpdatedReplicas, s.AvailableReplicas, s.Replicas
	}
	switch {
	case s.ObservedGeneration < w.Metadata.Generation:
		return "the cluster has not begun"
	case updated < want:
		return fmt.Sprintf("%d of %d pods are new", updated, want)
	case all > updated:
		return fmt.Sprintf("%d old pods are not gone", all-updated)
	case available < want:
		return fmt.Sprintf("%d of %d new pods are available", available, want)
	case s.CurrentRevision != s.UpdateRevision:
		return "old pods are not gone"
	}
	return ""
}

// ValidName reports whether a text can be the name of an object.
func ValidName(name string) bool {
	ends := func(r byte) bool { return 'a' <= r && r <= 'z' || '0' <= r && r <= '9' }
	if name == "" || len(name) > 253 || !ends(name[0]) || !ends(name[len(name)-1]) {
		return false
	}
	return !strings.ContainsFunc(name, func(r rune) bool {
		return r > 127 || !ends(byte(r)) && r != '-' && r != '.'
	})
}
