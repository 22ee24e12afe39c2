package apim

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path"
	"slices"
	"strings"
)

// A seed is a folder of artifacts, as deployment tools keep one in git. Its files
// become PUTs that go through the same handlers as a client's.

// seedPut is one PUT of a seed.
type seedPut struct {
	path string // below the service
	body map[string]any
}

// seedDirs are the folders not named like their collection.
func seedDirs() map[string]string {
	return map[string]string{"named values": "namedValues", "policy fragments": "policyFragments", "version sets": "apiVersionSets"}
}

// rehearseSeeds loads every seed into a service nobody sees, so that a bad one is
// reported at the start.
func (s *Server) rehearseSeeds() error {
	for _, spec := range s.o.Seed {
		name, _ := splitSeed(spec)
		if name == "" {
			name = "rehearsal"
		}
		v := newService(s, "/subscriptions/0/resourceGroups/0/providers/Microsoft.ApiManagement/service/"+name)
		if err := v.equipUsual(); err != nil {
			return err
		}
		if err := s.seedFrom(v, spec); err != nil {
			return err
		}
	}
	return nil
}

func splitSeed(spec string) (name, dir string) {
	if name, dir, found := strings.Cut(spec, "="); found {
		return name, dir
	}
	return "", spec
}

// seed fills a new service from the seeds meant for it.
func (s *Server) seed(v *service) error {
	for _, spec := range s.o.Seed {
		if name, _ := splitSeed(spec); name != "" && !strings.EqualFold(name, v.name()) {
			continue
		}
		if err := s.seedFrom(v, spec); err != nil {
			return err
		}
	}
	return nil
}

func (s *Server) seedFrom(v *service, spec string) error {
	_, dir := splitSeed(spec)
	todo, err := readSeed(os.DirFS(dir))
	if err != nil {
		return fmt.Errorf("read seed %s: %w", dir, err)
	}
	for len(todo) > 0 {
		left, failures := v.seedRound(todo)
		if len(left) == len(todo) {
			return fmt.Errorf("seed from %s: %w", dir, errors.Join(failures...))
		}
		todo = left
	}
	return nil
}

// seedRound tries each PUT once and gives those that failed: what they refer to may
// come later. Revisions wait until no API is left.
func (v *service) seedRound(todo []seedPut) (left []seedPut, failures []error) {
	apisLeft := slices.ContainsFunc(todo, func(p seedPut) bool {
		return strings.HasPrefix(p.path, "apis/") && strings.Count(p.path, "/") == 1 && !strings.Contains(p.path, revMark)
	})
	for _, p := range todo {
		err := error(nil)
		if apisLeft && strings.Contains(p.path, revMark) {
			err = fmt.Errorf("%s: waits for the APIs before it", p.path)
		} else if err = v.seedOne(p); err != nil {
			err = fmt.Errorf("%s: %w", p.path, err)
		}
		if err != nil {
			left, failures = append(left, p), append(failures, err)
		}
	}
	return left, failures
}

// seedOne sends one PUT, and asks how it ended when it is long-running.
func (v *service) seedOne(p seedPut) error {
	v.rootLink(p)
	text, err := json.Marshal(p.body)
	if err != nil {
		return err
	}
	a, err := v.inside(http.MethodPut, p.path, url.Values{}, string(text))
	if err != nil || a.header["Location"] == "" {
		return err
	}
	at, err := url.Parse(a.header["Location"])
	if err != nil {
		return err
	}
	_, err = v.inside(http.MethodGet, p.path, at.Query(), "")
	return err
}

// rootLink makes the id in a workspace's link absolute: the service takes no other.
func (v *service) rootLink(p seedPut) {
	segs := strings.Split(p.path, "/")
	if len(segs) != 6 || !strings.HasSuffix(segs[4], "Links") {
		return
	}
	props := object(p.body, "properties")
	for name := range props {
		if id := text(props, name); strings.HasPrefix(id, "/") && !strings.HasPrefix(id, "/subscriptions/") {
			props[name] = v.id + "/" + segs[0] + "/" + segs[1] + strings.TrimPrefix(id, "/"+segs[0]+"/"+segs[1])
		}
	}
}

// inside runs a request of the server's own, without waiting for operations.
func (v *service) inside(method, below string, query url.Values, body string) (*answer, error) {
	query.Set("api-version", "2024-05-01")
	r, err := http.NewRequest(method, "http://sandbox/?"+query.Encode(), strings.NewReader(body)) //nolint:noctx // It never leaves the process.
	if err != nil {
		return nil, err
	}
	segs := strings.Split(below, "/")
	for _, seg := range segs {
		r.URL = r.URL.JoinPath(url.PathEscape(seg))
	}
	c := &call{srv: v.srv, svc: v, r: r, query: query, version: "2024-05-01", segs: segs, atOnce: true}
	return c.answer()
}

// readSeed turns the files of an artifact folder into PUTs, in a sensible order.
func readSeed(tree fs.FS) ([]seedPut, error) {
	var out []seedPut
	err := fs.WalkDir(tree, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			out = append(out, seedWorkspace(name)...)
			return nil
		}
		puts, err := readSeedFile(tree, name)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		out = append(out, puts...)
		return nil
	})
	return out, err
}

// seedWorkspace makes the workspace whose folder this is: folders hold no more of it.
func seedWorkspace(dir string) []seedPut {
	name, found := strings.CutPrefix(dir, "workspaces/")
	if !found || strings.Contains(name, "/") {
		return nil
	}
	return []seedPut{{dir, map[string]any{"properties": map[string]any{"displayName": name}}}}
}

func readSeedFile(tree fs.FS, name string) ([]seedPut, error) {
	dir, file := path.Split(name)
	dir = strings.TrimSuffix(dir, "/")
	switch {
	case strings.HasSuffix(file, "Information.json"):
		return readSeedItem(tree, dir, name)
	case strings.HasSuffix(file, ".xml") && !strings.HasPrefix(dir, "policy fragments/") && !strings.Contains(dir, "/policy fragments/"):
		doc, err := fs.ReadFile(tree, name)
		return []seedPut{{strings.TrimPrefix(seedPath(dir)+"/policies/", "/") + strings.TrimSuffix(file, ".xml"), rawPolicy(doc)}}, err
	}
	return nil, nil
}

func rawPolicy(doc []byte) map[string]any {
	return map[string]any{"properties": map[string]any{"format": "rawxml", "value": string(doc)}}
}

// seedPath turns folders into the path of a resource. Tags are kept below the tag in
// git, and put below what they tag.
func seedPath(dir string) string {
	segs := strings.Split(dir, "/")
	for i := 0; i < len(segs); i += 2 {
		if to := seedDirs()[segs[i]]; to != "" {
			segs[i] = to
		}
	}
	if n := len(segs); n == 4 && segs[0] == "tags" {
		segs = []string{segs[2], segs[3], "tags", segs[1]}
	}
	return strings.Join(segs, "/")
}

func readSeedItem(tree fs.FS, dir, name string) ([]seedPut, error) {
	raw, err := fs.ReadFile(tree, name)
	if err != nil {
		return nil, err
	}
	var body map[string]any
	if err := json.Unmarshal(raw, &body); err != nil {
		return nil, err
	}
	at := seedPath(dir)
	if link := seedLink(at, body); link != "" {
		at = link
	}
	if strings.Contains("/"+dir, "/policy fragments/") {
		doc, err := fs.ReadFile(tree, dir+"/policy.xml")
		if err != nil {
			return nil, err
		}
		props := object(rawPolicy(doc), "properties")
		if about := object(body, "properties")["description"]; about != nil {
			props["description"] = about
		}
		body = map[string]any{"properties": props}
	}
	if strings.HasSuffix(name, "/apiInformation.json") {
		return withSpecification(tree, dir, seedPut{at, body})
	}
	return []seedPut{{at, body}}, nil
}

// seedLink is the path of a membership that git keeps as a link resource.
func seedLink(at string, body map[string]any) string {
	props := object(body, "properties")
	name := text(body, "name")
	segs := strings.Split(at, "/")
	n := len(segs)
	if name == "" || n < 4 {
		return ""
	}
	for field, collection := range map[string]string{"groupId": "groupLinks", "apiId": "apiLinks", "productId": "productLinks"} {
		if props[field] == nil || segs[n-2] == "releases" {
			continue
		}
		if segs[0] == "workspaces" || field == "groupId" {
			return strings.Join(segs[:n-2], "/") + "/" + collection + "/" + name
		}
	}
	return ""
}

// withSpecification adds the definition that lies beside an API.
func withSpecification(tree fs.FS, dir string, p seedPut) ([]seedPut, error) {
	props := object(p.body, "properties")
	for _, f := range []struct{ file, format string }{
		{"specification.yaml", "openapi"}, {"specification.json", "openapi+json"}, {"specification.wadl", "wadl-xml"},
		{"specification.wsdl", "wsdl"}, {"specification.graphql", "graphql"},
	} {
		doc, err := fs.ReadFile(tree, dir+"/"+f.file)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if f.format == "graphql" {
			return []seedPut{p, {p.path + "/schemas/graphql", map[string]any{"properties": map[string]any{
				"contentType": graphqlSchema, "document": map[string]any{"value": string(doc)}}}}}, nil
		}
		if f.format == "openapi+json" && strings.Contains(string(doc), `"swagger"`) {
			f.format = "swagger-json"
		}
		props["format"], props["value"] = f.format, string(doc)
		return []seedPut{p}, nil
	}
	return []seedPut{p}, nil
}
