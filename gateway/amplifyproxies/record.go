package amplifyproxies

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
)

// A record notes what was put last. It holds no payload and no key, so that it
// may be kept anywhere; it is a file that is replaced as a whole.
type record struct {
	file, target string

	mu     sync.Mutex
	memory map[string]*entry // where there is no file
}

// An entry is what is known of one proxy.
type entry struct {
	Digest   string             `json:"digest,omitempty"` // of the payload, without its secrets
	ID       string             `json:"id,omitempty"`
	Revision string             `json:"revision,omitempty"`
	Runtimes map[string]runtime `json:"runtimes,omitempty"` // by name of the group
}

// A runtime says what was brought to a runtime group.
type runtime struct {
	Revision string `json:"revision,omitempty"`
	URL      string `json:"url,omitempty"`
}

// A document is the file of a record.
type document struct {
	Version int               `json:"version"`
	Target  string            `json:"target"` // the organization that it is of
	Proxies map[string]*entry `json:"proxies"`
}

// recordVersion is that of the documents written here.
const recordVersion = 1

func newRecord(file, target string) *record {
	return &record{file: file, target: target, memory: map[string]*entry{}}
}

// read returns what was put, by the names of proxies, not to be changed.
func (r *record) read() (map[string]*entry, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	all, err := r.load()
	if err != nil {
		return nil, err
	}
	put := map[string]*entry{}
	for name, e := range all {
		if e.Digest != "" { // what was promoted alone, nobody here has put
			c := *e
			put[name] = &c
		}
	}
	return put, nil
}

// note changes what is known of a proxy.
func (r *record) note(name string, edit func(*entry)) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	all, err := r.load()
	if err == nil {
		if all[name] == nil {
			all[name] = &entry{}
		}
		edit(all[name])
		err = r.save(all)
	}
	if err != nil {
		return fmt.Errorf("done, and not noted: %w", err)
	}
	return nil
}

func (r *record) load() (map[string]*entry, error) {
	if r.file == "" {
		return r.memory, nil
	}
	text, err := os.ReadFile(r.file)
	if errors.Is(err, fs.ErrNotExist) {
		return map[string]*entry{}, r.hasFolder()
	}
	if err != nil {
		return nil, fmt.Errorf("read record: %w", err)
	}
	var d document
	err = json.Unmarshal(text, &d)
	switch {
	case err != nil:
		return nil, fmt.Errorf("read record %s: %w (mend or remove it: without it each proxy gets a new revision)", r.file, err)
	case d.Version != recordVersion:
		return nil, fmt.Errorf("read record %s: it is of version %d, and this program knows %d", r.file, d.Version, recordVersion)
	case d.Target != r.target:
		return nil, fmt.Errorf("read record %s: it is of %q, not of %q: give each organization a record of its own", r.file, d.Target, r.target)
	}
	for name, e := range d.Proxies {
		if e == nil {
			return nil, fmt.Errorf("read record %s: it says nothing of the proxy %q", r.file, name)
		}
	}
	if d.Proxies == nil {
		d.Proxies = map[string]*entry{}
	}
	return d.Proxies, nil
}

// hasFolder fails where no file could be written. What is put there must be noted,
// so it is better known before.
func (r *record) hasFolder() error {
	if _, err := os.Stat(filepath.Dir(r.file)); errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("read record %s: its folder is missing", r.file)
	}
	return nil
}

// save replaces the file, so that it is the one before or the one after.
func (r *record) save(all map[string]*entry) (err error) {
	if r.file == "" {
		return nil // it was changed in place
	}
	text, err := json.MarshalIndent(document{recordVersion, r.target, all}, "", "  ")
	if err != nil {
		return fmt.Errorf("write record: %w", err)
	}
	f, err := os.CreateTemp(filepath.Dir(r.file), "."+filepath.Base(r.file)+".*")
	if err != nil {
		return fmt.Errorf("write record: %w", err)
	}
	_, err = f.Write(append(text, '\n'))
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), r.file)
	}
	if err != nil {
		return fmt.Errorf("write record: %w", errors.Join(err, os.Remove(f.Name())))
	}
	return nil
}
