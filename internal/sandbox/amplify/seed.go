package amplify

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// A seed is a folder of files as Axway's own tool takes them. They become requests
// that go through the same handlers as a client's.

// sown is a document of a seed.
type sown struct {
	at   string // file and line
	kind *kind
	body map[string]any
	made string // path of the resource; empty: it is not made yet
}

// outerFields are the fields of a resource that are no subresources.
func outerFields() []string {
	return []string{"group", "apiVersion", "kind", "name", "title", "metadata", "owner", "attributes", "finalizers", "tags", "spec"}
}

// seed fills the organization from folders. What needs something else waits for it,
// so files come in any order.
func (s *Server) seed(dirs []string) error {
	var left []*sown
	for _, dir := range dirs {
		docs, err := s.readSeed(dir)
		if err != nil {
			return fmt.Errorf("read seed: %w", err)
		}
		left = append(left, docs...)
	}
	for len(left) > 0 {
		var next []*sown
		var failed error
		for _, d := range left {
			if err := s.sow(d); err != nil {
				next, failed = append(next, d), errors.Join(failed, fmt.Errorf("seed %s: %w", d.at, err))
			}
		}
		if len(next) == len(left) {
			return failed
		}
		left = next
	}
	return nil
}

// sow makes a resource, and then its subresources.
func (s *Server) sow(d *sown) error {
	if d.made == "" {
		if err := s.plant(d); err != nil {
			return err
		}
	}
	for _, sub := range sortedKeys(d.body) {
		if slices.Contains(outerFields(), sub) {
			continue
		}
		if _, err := s.ask(http.MethodPut, d.made+"/"+url.PathEscape(sub), map[string]any{sub: d.body[sub]}); err != nil {
			return fmt.Errorf("%s: %w", sub, err)
		}
	}
	return nil
}

// plant makes a resource without its subresources.
func (s *Server) plant(d *sown) error {
	path, err := d.path()
	if err != nil {
		return err
	}
	body := map[string]any{}
	for _, field := range outerFields() {
		if v, ok := d.body[field]; ok && field != "metadata" {
			body[field] = v
		}
	}
	text, err := s.ask(http.MethodPost, path, body)
	if err != nil {
		return err
	}
	var made struct{ Name string }
	if err := json.Unmarshal(text, &made); err != nil {
		return err
	}
	d.made = path + "/" + url.PathEscape(made.Name)
	return nil
}

// path returns that of the list that the resource goes to.
func (d *sown) path() (string, error) {
	base := "/apis/" + d.kind.group + "/" + d.kind.versions[0]
	if len(d.kind.scopes) == 0 {
		return base + "/" + d.kind.plural, nil
	}
	metadata, _ := d.body["metadata"].(map[string]any)
	scope, _ := metadata["scope"].(map[string]any)
	for _, k := range d.kind.scopes {
		if name, ok := scope["name"].(string); ok && scope["kind"] == k.name {
			return base + "/" + k.plural + "/" + url.PathEscape(name) + "/" + d.kind.plural, nil
		}
	}
	return "", fmt.Errorf("metadata.scope: want kind and name of what holds the %s", d.kind.name)
}

// ask makes a request as a Central Admin, and returns the answer.
func (s *Server) ask(method, path string, body map[string]any) ([]byte, error) {
	text, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(context.Background(), method, path, bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	out, err := s.resources(r, &identity{guid: "seed", admin: true})
	return out.text, err
}

// readSeed reads the documents of all files below a folder that say what kind they are.
func (s *Server) readSeed(dir string) ([]*sown, error) {
	var all []*sown
	err := filepath.WalkDir(dir, func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || !slices.Contains([]string{".yaml", ".yml", ".json"}, strings.ToLower(filepath.Ext(name))) {
			return err
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		docs, err := s.documents(name, text)
		all = append(all, docs...)
		return err
	})
	if err == nil && len(all) == 0 {
		err = fmt.Errorf("%s has no file with a resource", dir)
	}
	return all, err
}

// documents returns the resources of a file.
func (s *Server) documents(name string, text []byte) ([]*sown, error) {
	var all []*sown
	for in := yaml.NewDecoder(bytes.NewReader(text)); ; {
		var node yaml.Node
		if err := in.Decode(&node); errors.Is(err, io.EOF) {
			return all, nil
		} else if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		var body map[string]any
		if node.Decode(&body) != nil || body["kind"] == nil || body["spec"] == nil && body["name"] == nil {
			continue // a file that belongs to a resource
		}
		d := &sown{at: fmt.Sprintf("%s:%d", name, node.Line), body: body}
		for _, k := range s.table.kinds {
			if k.name == body["kind"] && !k.described && (body["group"] == nil || body["group"] == k.group) {
				d.kind = k
				break
			}
		}
		if d.kind == nil {
			return nil, fmt.Errorf("%s: kind %v of group %v is not served", d.at, body["kind"], body["group"])
		}
		all = append(all, d)
	}
}
