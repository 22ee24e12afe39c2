package amplify

import (
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// proxy is what the DevOps API made of the configurations with a name.
type proxy struct {
	ID        string            `json:"id"`
	Order     int               `json:"order"` // when it was made, as compared with others
	Name      string            `json:"name"`
	Team      string            `json:"team"`
	Revisions []revision        `json:"revisions"`
	Deployed  map[string]int    `json:"deployed,omitempty"` // runtime group → revision
	Keys      map[string]string `json:"keys,omitempty"`     // application → API key
}

// revision is what a configuration said that is needed later.
type revision struct {
	BasePath string   `json:"basePath"`
	Auth     string   `json:"auth"`
	Apps     []string `json:"apps,omitempty"`
}

// proxies holds the proxies. Its caller holds the server's lock.
type proxies struct {
	byID   map[string]*proxy
	newest map[string]*proxy // by team and name
	dirty  map[string]bool
}

func newProxies() *proxies {
	return &proxies{byID: map[string]*proxy{}, newest: map[string]*proxy{}, dirty: map[string]bool{}}
}

func (ps *proxies) put(p *proxy) {
	ps.byID[p.ID], ps.dirty[p.ID] = p, true
	if at := p.Team + "\x00" + p.Name; ps.newest[at] == nil || ps.newest[at].Order <= p.Order {
		ps.newest[at] = p
	}
}

// devOpsCall is the name of the call that a path stands for, or nothing. The prefix
// of the DevOps API is not known, so there are two.
func devOpsCall(path string) string {
	switch name := strings.TrimPrefix(path, "/api/v1"); name {
	case "/proxies", "/promote":
		return name
	}
	return ""
}

func isDevOps(path string) bool { return devOpsCall(path) != "" }

// devOps answers POST /proxies and POST /promote.
func (s *Server) devOps(r *http.Request, who *identity) (rendered, error) {
	if r.Method != http.MethodPost {
		return rendered{}, failed(http.StatusMethodNotAllowed, "%s is not supported here.", r.Method)
	}
	text, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, maxBody))
	if err != nil {
		return rendered{}, invalid("body", "The body could not be read: %s.", err)
	}
	f, err := parseProxyFile(text)
	if err != nil {
		return rendered{}, err
	}
	teamOf, err := s.proxyTeam(f, who)
	if err != nil {
		return rendered{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var a *answer
	if devOpsCall(r.URL.Path) == "/proxies" {
		a = s.upsert(&f.Proxy, teamOf, r.URL.Query().Get("force") == "true")
	} else if a, err = s.promote(&f.Proxy, teamOf, r.URL.Query()); err != nil {
		return rendered{}, err
	}
	if err := s.commit(); err != nil {
		return rendered{}, err
	}
	return render(a), nil
}

// proxyTeam finds the team of the configuration; without one it is the caller's, or
// the default team.
func (s *Server) proxyTeam(f *proxyFile, who *identity) (string, error) {
	name := f.Proxy.Team.Name
	if name == "" && !who.admin {
		return who.teams[0], nil
	}
	if name == "" {
		name = defaultTeam
	}
	id, found := s.teamID(name)
	if !found {
		return "", invalid("proxy.team.name", "There is no team %q.", name)
	}
	if !who.admin && !who.member(id) {
		return "", forbidden("This account does not belong to the team %s.", name)
	}
	return id, nil
}

// upsert makes a proxy, or a new revision of the one with its name.
func (s *Server) upsert(spec *proxySpec, owner string, force bool) *answer {
	old := s.proxies.newest[owner+"\x00"+spec.Name]
	next := &proxy{ID: newID(), Order: len(s.proxies.byID), Name: spec.Name, Team: owner}
	status := http.StatusCreated
	if old != nil && !force {
		*next = *old
		status = http.StatusOK
	}
	next.Revisions = append(slices.Clone(next.Revisions), revision{spec.BasePath, spec.auth().Type, spec.appNames()})
	s.proxies.put(next)
	return &answer{status: status, body: map[string]any{"id": next.ID, "name": next.Name, "revision": len(next.Revisions),
		"basePath": spec.BasePath, "team": map[string]any{"id": owner, "name": s.teamName(owner)}, "created": status == http.StatusCreated}}
}

// promote puts the latest revision on a runtime group, or that of another group.
func (s *Server) promote(spec *proxySpec, owner string, query url.Values) (*answer, error) {
	p := s.proxies.newest[owner+"\x00"+spec.Name]
	if p == nil {
		return nil, notFound("Proxy %s not found", spec.Name)
	}
	to, from := query.Get("target"), query.Get("source")
	for _, group := range []string{to, from} {
		if !slices.Contains(s.o.RuntimeGroups, group) && (group != "" || to == "") {
			return nil, invalid("target", "There is no runtime group %q. There are: %s.", group, strings.Join(s.o.RuntimeGroups, ", "))
		}
	}
	number := len(p.Revisions)
	if from != "" {
		if number = p.Deployed[from]; number == 0 {
			return nil, invalid("source", "The proxy %s is not on the runtime group %q.", p.Name, from)
		}
	}
	next := p.deployed(to, number)
	s.proxies.put(next)
	rev := next.Revisions[number-1]
	host := strings.ToLower(strings.ReplaceAll(to, " ", "-"))
	body := map[string]any{"id": next.ID, "name": next.Name, "revision": number, "runtimeGroup": to, "url": "https://" + host + ".example.com" + rev.BasePath}
	if rev.Auth == "api-key" {
		keys := []any{}
		for _, app := range rev.Apps {
			keys = append(keys, map[string]any{"app": app, "apiKey": next.Keys[app]})
		}
		body["apiKeys"] = keys
	}
	return ok(body), nil
}

// deployed is a copy of the proxy with a revision on a runtime group.
func (p *proxy) deployed(group string, number int) *proxy {
	next := *p
	next.Deployed, next.Keys = map[string]int{group: number}, map[string]string{}
	for name, on := range p.Deployed {
		if name != group {
			next.Deployed[name] = on
		}
	}
	for app, key := range p.Keys {
		next.Keys[app] = key
	}
	if rev := p.Revisions[number-1]; rev.Auth == "api-key" {
		for _, app := range rev.Apps {
			if next.Keys[app] == "" {
				next.Keys[app] = newUUID()
			}
		}
	}
	return &next
}
