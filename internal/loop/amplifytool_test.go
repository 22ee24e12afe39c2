package loop

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	diff "github.com/google/go-cmp/cmp"
	"gopkg.in/yaml.v3"

	"github.com/lockstep-apiops/lockstep/artifacts"
	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/gateway/amplify"
	emulator "github.com/lockstep-apiops/lockstep/internal/sandbox/amplify"
)

// TestToolTakesWhatIsExtracted applies trees as the command line tool of Amplify
// does, file by file: to the organization that they are from, and to an empty
// one with the same teams. Both say the same afterwards.
func TestToolTakesWhatIsExtracted(t *testing.T) {
	for seed := range seeds(t, 4) {
		t.Run(fmt.Sprint("seed", seed), func(t *testing.T) {
			t.Parallel()
			teams := []string{"a1=Orders", "a2=Partners"}
			server, g := organizationOf(t, amplify.Tool, teams...)
			made := organization(numbers(seed), g.Describe().Kinds)
			publish(t, g, list(made), false)
			files, _ := extract(t, g, nil)
			if len(files) != len(made) {
				t.Errorf("%d files for %d resources, want one for each", len(files), len(made))
			}
			tool := newTool(t, server)
			tool.apply(g.Describe().Kinds, files)
			again, result := extract(t, g, files)
			if d := diff.Diff(files, again); d != "" || len(result.Changes) > 0 {
				t.Errorf("applied to where they are from, the files change it (-files +again):\n%s", d)
			}
			wantInSync(t, g, plain(t, g, files), "as it was extracted for the tool")

			// An id of a list is one of a single organization: none is attached in another.
			bare := unattached(t, g, made)
			empty, other := organizationOf(t, amplify.Tool, teams...)
			newTool(t, empty).apply(other.Describe().Kinds, bare)
			got, _ := extract(t, other, nil)
			if d := diff.Diff(bare, got); d != "" {
				t.Errorf("an empty organization gets something else (-files +got):\n%s", d)
			}
		})
	}
}

// TestToolFormIsRead has an organization read its own resources as the tool hands
// them out: nothing is to do, and the files stay as they are.
func TestToolFormIsRead(t *testing.T) {
	t.Parallel()
	server, g := organizationOf(t, amplify.Keep, "a1=Orders", "a2=Partners")
	made := organization(numbers(3), g.Describe().Kinds)
	publish(t, g, list(made), false)
	kinds := g.Describe().Kinds
	names, _ := extract(t, g, nil)
	files, tool := tree{}, newTool(t, server)
	index, err := artifacts.NewTree(kinds, names.fs())
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range index.Keys() {
		text, err := yaml.Marshal(tool.get(kinds, key))
		if err != nil {
			t.Fatal(err)
		}
		files[index.Files(key)[0]] = "---\n" + string(text)
	}
	wantInSync(t, g, plain(t, g, files), "as the tool has handed it out")
	again, _ := extract(t, g, files)
	if d := diff.Diff(files, again); d != "" {
		t.Errorf("an extract changes the tool's files (-files +again):\n%s", d)
	}
}

// unattached returns the files for the tool of an organization in which no list
// is attached.
func unattached(t *testing.T, g gateway.Gateway, made []*gateway.Resource) tree {
	t.Helper()
	for _, r := range made {
		if gateway.Field(r.Spec, "metadata.acl") == nil {
			continue
		}
		gateway.CutField(r.Spec, "metadata")
		have, err := g.Get(t.Context(), r.Key)
		if err != nil {
			t.Fatal(err)
		}
		put(t, g, r, have)
	}
	files, _ := extract(t, g, nil)
	return files
}

// organizationOf opens an empty organization, of which trees are in a form.
func organizationOf(t *testing.T, form amplify.Form, teams ...string) (*emulator.Server, gateway.Gateway) {
	t.Helper()
	server, err := emulator.New(emulator.Options{Anonymous: true, Teams: teams})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	return server, gatewayTo(t, server, amplify.Options{Instance: "acme", Form: form})
}

// A tool does to an organization what the command line tool of Amplify does, and
// knows of it only what the organization tells.
type tool struct {
	*testing.T
	server http.Handler
	kinds  map[string]described // by group and kind
}

// described is what an organization tells of a kind.
type described struct {
	plural, version string
	subs            []string
}

func newTool(t *testing.T, server http.Handler) *tool {
	t.Helper()
	c := &tool{T: t, server: server, kinds: map[string]described{}}
	const base = "/definitions/v1alpha1/groups"
	for _, group := range []string{"management", "catalog"} {
		var all []map[string]any
		for page := 1; page == len(all)/50+1; page++ {
			var some []map[string]any
			c.call(http.MethodGet, fmt.Sprintf("%s/%s/resources?pageSize=50&page=%d", base, group, page), nil, &some)
			all = append(all, some...)
		}
		for _, d := range all {
			kind, _ := gateway.Field(d, "spec.kind").(string)
			k := c.kinds[group+"/"+kind]
			k.plural, _ = gateway.Field(d, "spec.plural").(string)
			k.version = "v1alpha1"
			for _, v := range gateway.Values(d, "spec.apiVersions[]") {
				if v, _ := v.(map[string]any); v["served"] == true && v["deprecated"] == false {
					k.version, _ = v["name"].(string)
				}
			}
			for _, v := range gateway.Values(d, "spec.subResources.names[]") {
				k.subs = append(k.subs, v.(string))
			}
			c.kinds[group+"/"+kind] = k
		}
	}
	return c
}

// call makes a request and decodes the answer. It returns the status.
func (c *tool) call(method, path string, body, into any) int {
	c.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		c.Fatal(err)
	}
	if body == nil {
		text = nil
	}
	req := httptest.NewRequest(method, "/apis"+path, bytes.NewReader(text))
	req.Header.Set("Content-Type", "application/json")
	rec := httptest.NewRecorder()
	c.server.ServeHTTP(rec, req)
	switch {
	case rec.Code == http.StatusNotFound && method == http.MethodGet:
	case rec.Code >= http.StatusBadRequest:
		c.Fatalf("%s %s: %d %s", method, path, rec.Code, rec.Body)
	case into != nil:
		if err := json.Unmarshal(rec.Body.Bytes(), into); err != nil {
			c.Fatal(err)
		}
	}
	return rec.Code
}

// collection returns the path of the resources that are of a kind and in a scope.
func (c *tool) collection(group, kind, scopeKind, scope string) string {
	path := "/" + group + "/" + c.kinds[group+"/"+kind].version
	if scope != "" {
		path += "/" + c.kinds[group+"/"+scopeKind].plural + "/" + url.PathEscape(scope)
	}
	return path + "/" + c.kinds[group+"/"+kind].plural
}

// get returns a resource as the tool prints it.
func (c *tool) get(kinds *gateway.Kinds, key gateway.Key) map[string]any {
	c.Helper()
	k, owner := kinds.Get(key.Kind), kinds.Parent(key)
	top := kinds.Get(cmp.Or(owner.Kind, key.Kind))
	group, _, _ := strings.Cut(top.Dir, "/")
	scope := ""
	if !owner.IsZero() {
		scope = owner.Name()
	}
	var doc map[string]any
	path := c.collection(group, k.Row, owner.Kind, scope) + "/" + url.PathEscape(key.Name()) + "?expand=languages,languages-fr-fr,languages-pt-br"
	if c.call(http.MethodGet, path, nil, &doc) != http.StatusOK {
		c.Fatalf("%v is not there", key)
	}
	return doc
}

// apply applies files, scopes before what they hold and what is referred to
// before what refers to it: the tool itself takes them as they come.
func (c *tool) apply(kinds *gateway.Kinds, files tree) {
	c.Helper()
	levels := map[string]int{}
	for name := range files {
		key, ok := artifacts.KeyOf(kinds, name)
		if !ok {
			c.Fatalf("%s is no file of a resource", name)
		}
		levels[name] = kinds.Level(key.Kind)
	}
	order := make([]string, 0, len(files))
	for name := range files {
		order = append(order, name)
	}
	slices.SortFunc(order, func(a, b string) int { return cmp.Or(levels[a]-levels[b], cmp.Compare(a, b)) })
	for _, name := range order {
		d := yaml.NewDecoder(strings.NewReader(files[name]))
		for {
			var doc map[string]any
			err := d.Decode(&doc)
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				c.Fatalf("%s: %v", name, err)
			}
			c.applyDoc(doc)
		}
	}
}

// applyDoc makes a resource what a document says: created as a whole if it is not
// there, else replaced whatever its version is, and then each subresource.
func (c *tool) applyDoc(doc map[string]any) {
	c.Helper()
	text := func(path string) string { s, _ := gateway.Field(doc, path).(string); return s }
	k, ok := c.kinds[text("group")+"/"+text("kind")]
	if !ok {
		c.Fatalf("the tool knows no kind %s/%s", text("group"), text("kind"))
	}
	path := c.collection(text("group"), text("kind"), text("metadata.scope.kind"), text("metadata.scope.name"))
	one := path + "/" + url.PathEscape(text("name"))
	if meta, ok := doc["metadata"].(map[string]any); ok {
		delete(meta, "resourceVersion")
	}
	if c.call(http.MethodGet, one, nil, nil) == http.StatusNotFound {
		c.call(http.MethodPost, path, doc, nil)
	} else {
		c.call(http.MethodPut, one, doc, nil)
	}
	for name, v := range doc {
		if strings.HasPrefix(name, "x-") || strings.HasPrefix(name, "languages") || slices.Contains(k.subs, name) {
			c.call(http.MethodPut, one+"/"+name+"?fields="+name, map[string]any{name: v}, nil)
		}
	}
}
