package amplify

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/lockstep-apiops/lockstep/internal/sandbox"
)

// record is one line of the state file: a resource, or a proxy; without either, the
// deletion of a resource.
type record struct {
	Key    string  `json:"key,omitempty"`
	Object *stored `json:"object,omitempty"`
	Proxy  *proxy  `json:"proxy,omitempty"`
}

// stored is an object as it is kept.
type stored struct {
	Kind       string         `json:"kind"`
	Scope      string         `json:"scope,omitempty"`
	Name       string         `json:"name"`
	ID         string         `json:"id"`
	Title      string         `json:"title,omitempty"`
	Attributes map[string]any `json:"attributes,omitempty"`
	Finalizers []any          `json:"finalizers,omitempty"`
	Tags       []any          `json:"tags,omitempty"`
	Spec       map[string]any `json:"spec,omitempty"`
	Subs       map[string]any `json:"subs,omitempty"`
	Owner      string         `json:"owner,omitempty"`
	ACL        []any          `json:"acl,omitempty"`
	Created    stamp          `json:"created"`
	Modified   stamp          `json:"modified"`
	Version    int            `json:"version"`
	Deleting   bool           `json:"deleting,omitempty"`
	Gone       []any          `json:"gone,omitempty"`
}

func (o *object) stored() *stored {
	return &stored{Kind: o.kind.path(), Scope: o.scope, Name: o.name, ID: o.id, Title: o.title, Attributes: o.attributes,
		Finalizers: o.finalizers, Tags: o.tags, Spec: o.spec, Subs: o.subs, Owner: o.owner, ACL: o.acl,
		Created: o.created, Modified: o.modified, Version: o.version, Deleting: o.deleting, Gone: o.gone}
}

func (r *stored) object(t *table) (*object, error) {
	k := t.byPath[r.Kind]
	if k == nil {
		return nil, fmt.Errorf("resource %s has the unknown kind %q; start with the kinds that it was made with", r.Name, r.Kind)
	}
	subs := r.Subs
	if subs == nil {
		subs = map[string]any{}
	}
	return &object{kind: k, scope: r.Scope, name: r.Name, id: r.ID, title: r.Title, attributes: r.Attributes,
		finalizers: r.Finalizers, tags: r.Tags, spec: r.Spec, subs: subs, owner: r.Owner, acl: r.ACL,
		created: r.Created, modified: r.Modified, version: r.Version, deleting: r.Deleting, gone: r.Gone}, nil
}

// commit writes what the running request changed. The caller holds the lock.
func (s *Server) commit() error {
	keys, changed := sortedKeys(s.store.dirty), sortedKeys(s.proxies.dirty)
	clear(s.store.dirty)
	clear(s.proxies.dirty)
	if s.journal == nil || len(keys)+len(changed) == 0 {
		return nil
	}
	var batch []record
	for _, key := range keys {
		batch = append(batch, s.record(key))
	}
	for _, id := range changed {
		batch = append(batch, record{Proxy: s.proxies.byID[id]})
	}
	full, err := s.journal.Append(batch)
	if full {
		s.journal.CompactLater(s.compact, s.log)
	}
	return err
}

func (s *Server) record(key string) record {
	r := record{Key: key}
	if o := s.store.items[key]; o != nil {
		r.Object = o.stored()
	}
	return r
}

// compact writes the snapshot. It stops all writes meanwhile.
func (s *Server) compact() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var records []any
	for _, key := range sortedKeys(s.store.items) {
		if !s.store.items[key].kind.described {
			records = append(records, []record{s.record(key)})
		}
	}
	for _, id := range sortedKeys(s.proxies.byID) {
		records = append(records, []record{{Proxy: s.proxies.byID[id]}})
	}
	return s.journal.Compact(records)
}

// load opens the state file and brings back what it holds.
func (s *Server) load(path string) error {
	var err error
	s.journal, err = sandbox.OpenJournal(path, func(line json.RawMessage) error {
		var batch []record
		dec := json.NewDecoder(bytes.NewReader(line))
		dec.UseNumber()
		if err := dec.Decode(&batch); err != nil {
			return fmt.Errorf("read record: %w", err)
		}
		for _, r := range batch {
			if err := s.restore(r); err != nil {
				return err
			}
		}
		return nil
	})
	clear(s.store.dirty)
	clear(s.proxies.dirty)
	return err
}

func (s *Server) restore(r record) error {
	switch {
	case r.Proxy != nil:
		s.proxies.put(r.Proxy)
	case r.Object == nil:
		if o := s.store.items[r.Key]; o != nil {
			s.store.remove(o)
		}
	default:
		o, err := r.Object.object(s.table)
		if err != nil {
			return err
		}
		s.store.put(o)
	}
	return nil
}
