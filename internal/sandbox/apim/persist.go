package apim

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"maps"
	"slices"
	"strings"

	"github.com/lockstep-apiops/lockstep/internal/sandbox"
)

// Marks of journal keys that are no items.
const (
	rootMark   = "root:"
	objectMark = "object:"
)

// record is one line of the state file: an item, an API's current revision or the
// service's own properties; without any of them, a deletion.
type record struct {
	Service string         `json:"service"`
	Key     string         `json:"key"`
	Item    *storedItem    `json:"item,omitempty"`
	Root    *storedRoot    `json:"root,omitempty"`
	Object  map[string]any `json:"object,omitempty"`
	Row     uint64         `json:"row"`
}

type storedItem struct {
	Kind   string         `json:"kind"`
	Name   string         `json:"name"`
	Rev    string         `json:"rev,omitempty"`
	Parent string         `json:"parent,omitempty"`
	Props  map[string]any `json:"props,omitempty"`
	Refs   []string       `json:"refs,omitempty"`
}

type storedRoot struct {
	Name    string `json:"name"`
	Current string `json:"current"`
}

// commit writes what the running request changed. The caller holds the lock.
func (v *service) commit() error {
	if len(v.dirty) == 0 {
		return nil
	}
	keys := slices.Sorted(maps.Keys(v.dirty))
	clear(v.dirty)
	if v.srv.journal == nil {
		return nil
	}
	var batch []record
	for _, key := range keys {
		batch = append(batch, v.record(key))
	}
	full, err := v.srv.journal.Append(batch)
	if full {
		v.srv.journal.CompactLater(v.srv.compact, v.srv.log)
	}
	return err
}

func (v *service) record(key string) record {
	r := record{Service: v.id, Key: key, Row: v.row}
	switch {
	case key == objectMark:
		r.Object = v.props
	case strings.HasPrefix(key, rootMark):
		if root := v.roots[strings.TrimPrefix(key, rootMark)]; root != nil {
			r.Root = &storedRoot{Name: root.name, Current: root.current}
		}
	default:
		if it := v.items[key]; it != nil {
			r.Row = it.row
			r.Item = &storedItem{Kind: it.kind.path, Name: it.name, Rev: it.rev, Props: it.props, Refs: it.refs}
			if it.parent != nil {
				r.Item.Parent = it.parent.key
			}
		}
	}
	return r
}

// compact writes the snapshot. It stops all writes meanwhile.
func (s *Server) compact() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var records []any
	for _, key := range slices.Sorted(maps.Keys(s.services)) {
		v := s.services[key]
		v.mu.Lock()
		defer v.mu.Unlock()
		records = append(records, v.everything()...)
	}
	return s.journal.Compact(records)
}

// everything lists the records of a service, parents before children.
func (v *service) everything() []any {
	out := []any{[]record{v.record(objectMark)}}
	for _, key := range slices.Sorted(maps.Keys(v.roots)) {
		out = append(out, []record{v.record(rootMark + key)})
	}
	for _, key := range slices.Sorted(maps.Keys(v.items)) {
		out = append(out, []record{v.record(key)})
	}
	return out
}

// load opens the state file and brings back what it holds.
func (s *Server) load(path string) error {
	var err error
	s.journal, err = sandbox.OpenJournal(path, s.replay)
	return err
}

func (s *Server) replay(raw json.RawMessage) error {
	var batch []record
	dec := json.NewDecoder(strings.NewReader(string(raw)))
	dec.UseNumber()
	if err := dec.Decode(&batch); err != nil {
		return err
	}
	for _, r := range batch { // sorted by key, so parents come first
		if err := s.restore(r); err != nil {
			return err
		}
	}
	return nil
}

func (s *Server) restored(id string) *service {
	key := strings.ToLower(id)
	if s.services[key] == nil {
		s.services[key] = newService(s, id)
		s.services[key].ready.Do(func() {}) // it has its contents from the state
	}
	return s.services[key]
}

func (s *Server) restore(r record) error {
	v := s.restored(r.Service)
	defer clear(v.dirty)
	v.row = max(v.row, r.Row)
	key, isRoot := strings.CutPrefix(r.Key, rootMark)
	switch {
	case r.Object != nil:
		v.props = r.Object
	case r.Root != nil:
		v.restoreRoot(key, r.Root)
	case isRoot:
		delete(v.roots, key)
	case r.Item == nil:
		if it := v.items[r.Key]; it != nil {
			v.remove(it)
			v.unlist(it)
		}
	default:
		return v.restoreItem(r)
	}
	return nil
}

func (v *service) restoreRoot(key string, r *storedRoot) {
	root := v.roots[key]
	if root == nil {
		root = &apiRoot{key: key, revs: map[string]bool{}}
		v.roots[key] = root
	}
	root.name, root.current = r.Name, r.Current
}

func (v *service) restoreItem(r record) error {
	k := v.srv.table.get(r.Item.Kind)
	if k == nil {
		return fmt.Errorf("item %s has the unknown kind %q", r.Key, r.Item.Kind)
	}
	it := &item{kind: k, key: r.Key, name: r.Item.Name, rev: r.Item.Rev, props: r.Item.Props, refs: r.Item.Refs}
	if r.Item.Parent != "" {
		if it.parent = v.items[r.Item.Parent]; it.parent == nil {
			return fmt.Errorf("item %s has no parent %s", r.Key, r.Item.Parent)
		}
	}
	row := v.row
	v.put(it)
	it.row, v.row = r.Row, row
	if it.rev != "" {
		v.enroll(it)
	}
	return nil
}

// unlist takes a removed revision off its API's list.
func (v *service) unlist(it *item) {
	if root := v.roots[rootKey(it.key)]; root != nil && it.rev != "" {
		delete(root.revs, it.rev)
	}
}

// hashOf is a stable number for a key.
func hashOf(key string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(key)) // Never fails.
	return h.Sum64()
}
