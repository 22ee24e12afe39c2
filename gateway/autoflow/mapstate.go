package autoflow

import (
	"context"
	"encoding/base64"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/gateway/autoflow/kube"
)

// How a backup in a cluster is known.
const (
	managedBy = "app.kubernetes.io/managed-by" // a label
	manager   = "lockstep"
	backupOf  = "lockstep/backup-of" // annotations
	takenAt   = "lockstep/taken"
)

// A mapState is what an object of a cluster held.
type mapState struct {
	c       *cluster
	object  *kube.Map // nil: it is not there
	held    contents
	written contents // by write, perhaps
}

// contents implements state.
func (s *mapState) contents() contents { return s.held }

// same implements state. What is not ours may be another.
func (s *mapState) same(later state) bool {
	l, ok := later.(*mapState)
	return ok && s.held.equal(l.held)
}

// check implements state.
func (s *mapState) check(config, conf []byte) error {
	if s.object == nil {
		return tooLarge(s.c.ref, len(config)+len(conf))
	}
	if s.object.Immutable {
		return fmt.Errorf("%w: %v is immutable: nothing can be written to it; have the product mount one that is not", gateway.ErrInvalid, s.c.ref)
	}
	size := len(config) + len(conf)
	for name, text := range s.object.Data {
		if name == configName || name == confName {
			continue
		}
		if s.c.ref.Kind == kube.Secret() {
			size += decodedLen(text)
			continue
		}
		size += len(text)
	}
	for name, text := range s.object.BinaryData {
		if name != configName && name != confName {
			size += decodedLen(text)
		}
	}
	return tooLarge(s.c.ref, size)
}

// decodedLen returns how many bytes a text in base64 stands for.
func decodedLen(text string) int {
	return base64.RawStdEncoding.DecodedLen(len(strings.TrimRight(text, "=")))
}

func tooLarge(ref kube.Ref, size int) error {
	if size <= maxHeld {
		return nil
	}
	return fmt.Errorf("%w: %v would hold %d bytes, and a cluster takes no more than %d: let the product have a volume, and publish to its folder",
		gateway.ErrInvalid, ref, size, maxHeld)
}

// write implements state.
func (s *mapState) write(ctx context.Context, config, conf []byte) error {
	s.written = contents{at: s.held.at, there: true, config: config, conf: conf}
	return s.c.swap(ctx, s.held, s.written)
}

// restore implements state. It leaves what somebody else wrote meanwhile.
func (s *mapState) restore(ctx context.Context) error {
	return s.c.swap(ctx, s.written, s.held)
}

// prune implements state: a new backup takes the place of the oldest.
func (*mapState) prune(int, *slog.Logger) error { return nil }

// backUp implements state. A backup is of the target's own kind, so that it is
// read by those who may read the target, and its name is one of a few: a role
// can list them, and nobody has to be allowed to list or delete what others
// have.
func (s *mapState) backUp(ctx context.Context, keep int, now time.Time) (string, error) {
	if keep <= 0 || !s.held.there {
		return "", nil
	}
	fail := func(err error) (string, error) { return "", fmt.Errorf("back up: %w", err) }
	place, old, err := s.place(ctx, keep)
	if err != nil {
		return fail(err)
	}
	b := &kube.Map{Type: kube.TypeOf(s.c.ref.Kind), Metadata: kube.Meta{
		Name: place.Name, Namespace: place.Namespace,
		Labels: map[string]string{managedBy: manager}, Annotations: map[string]string{backupOf: s.c.ref.Name, takenAt: now.UTC().Format(stamp)},
	}}
	b.Data, b.BinaryData = ours(s.object.Data), ours(s.object.BinaryData)
	if old == nil {
		err = s.c.client.Create(ctx, place, b, nil)
	} else {
		b.Metadata.ResourceVersion = old.Metadata.ResourceVersion
		err = s.c.client.Update(ctx, place, b, nil)
	}
	var there kube.Map
	if kube.Status(err) == http.StatusConflict && s.c.client.Get(ctx, place, &there) == nil && there.Metadata.Annotations[takenAt] == b.Metadata.Annotations[takenAt] {
		err = nil // it was written at the first attempt, whose answer was lost
	}
	if err != nil {
		return fail(err)
	}
	return place.String(), nil
}

// ours returns the values that a publication writes.
func ours(data map[string]string) map[string]string {
	data = maps.Clone(data)
	maps.DeleteFunc(data, func(name, _ string) bool { return name != configName && name != confName })
	return data
}

// place returns where the next backup goes, and what is there now, the oldest;
// nil: nothing.
func (s *mapState) place(ctx context.Context, keep int) (kube.Ref, *kube.Map, error) {
	var oldest *kube.Map
	at := s.c.ref
	for i := range keep {
		ref := s.c.ref
		ref.Name += "-lockstep-" + strconv.Itoa(i+1)
		m := &kube.Map{}
		err := s.c.client.Get(ctx, ref, m)
		if kube.Status(err) == http.StatusNotFound {
			return ref, nil, nil
		}
		if err != nil {
			return ref, nil, err
		}
		if m.Metadata.Labels[managedBy] != manager || m.Metadata.Annotations[backupOf] != s.c.ref.Name {
			return ref, nil, fmt.Errorf("%v is no backup of ours and stands where one goes: rename it, or keep fewer with autoflow-backups", ref)
		}
		if oldest == nil || m.Metadata.Annotations[takenAt] < oldest.Metadata.Annotations[takenAt] {
			oldest, at = m, ref
		}
	}
	return at, oldest, nil
}
