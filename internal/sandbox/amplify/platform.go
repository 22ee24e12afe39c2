package amplify

import (
	"maps"
	"net/http"
	"slices"
	"strings"
)

func isPlatform(path string) bool { return strings.HasPrefix(path, "/api/v1/") && !isDevOps(path) }

// platformError is an error in the shape of the platform.
func platformError(status int, message string) *answer {
	return &answer{status: status, body: map[string]any{"success": false, "message": message, "code": status}}
}

// platform answers what clients ask the platform once they are logged in. It can
// only be read.
func (s *Server) platform(r *http.Request, who *identity) (rendered, error) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return rendered{}, failed(http.StatusMethodNotAllowed, "The platform can only be read here.")
	}
	segs := strings.Split(strings.TrimPrefix(r.URL.Path, "/api/v1/"), "/")
	var result any
	switch {
	case r.URL.Path == "/api/v1/auth/findSession":
		result = map[string]any{"org": s.org(), "orgs": []any{s.org()}, "role": s.role(who), "roles": []string{s.role(who)}, "user": s.user(who)}
	case segs[0] == "org" && len(segs) == 2 && s.isOrg(segs[1]):
		result = s.org()
	case segs[0] == "org" && len(segs) == 3 && segs[2] == "family" && s.isOrg(segs[1]):
		result = []any{s.org()}
	case segs[0] == "team" && len(segs) == 1:
		result = s.listTeams(r.URL.Query().Get("org_id"))
	case segs[0] == "team" && len(segs) == 2:
		if id, found := s.teamID(segs[1]); found {
			result = s.showTeam(team{id: id, name: s.teamName(id)})
		}
	case segs[0] == "client" && len(segs) == 1:
		result = s.listClients(r.URL.Query().Get("org_id"))
	case segs[0] == "client" && len(segs) == 2:
		result = s.findClient(segs[1])
	case segs[0] == "user" && len(segs) == 2 && segs[1] == who.guid:
		result = s.user(who)
	}
	if result == nil {
		return render(platformError(http.StatusNotFound, "Not found")), nil
	}
	return render(ok(map[string]any{"success": true, "result": result})), nil
}

func (s *Server) orgName() string { return "Sandbox" }

// isOrg reports whether the word names the organization.
func (s *Server) isOrg(id string) bool { return id == s.o.OrgID || id == stableID("org", s.o.OrgID) }

func (s *Server) org() map[string]any {
	return map[string]any{"org_id": s.o.OrgID, "guid": stableID("org", s.o.OrgID), "name": s.orgName(), "region": "US", "active": true,
		"entitlements": map[string]any{}, "subscriptions": []any{}, "users": []any{}, "teams": s.listTeams("")}
}

func (s *Server) role(who *identity) string {
	if who.admin {
		return "api_central_admin"
	}
	return "developer"
}

func (s *Server) user(who *identity) map[string]any {
	return map[string]any{"guid": who.guid, "email": "", "firstname": "", "lastname": "", "organization": s.orgName(), "axway_id": who.guid}
}

// listTeams lists the teams of the organization; of another one there are none.
func (s *Server) listTeams(org string) []any {
	out := []any{}
	for _, t := range s.teams {
		if org == "" || s.isOrg(org) {
			out = append(out, s.showTeam(t))
		}
	}
	return out
}

func (s *Server) teamName(id string) string {
	for _, t := range s.teams {
		if t.id == id {
			return t.name
		}
	}
	return ""
}

func (s *Server) showTeam(t team) map[string]any {
	users := []any{}
	for _, id := range slices.Sorted(maps.Keys(s.accounts)) {
		if who := s.accounts[id].who; who.member(t.id) {
			users = append(users, map[string]any{"guid": who.guid, "type": "client", "roles": []string{s.role(who)}})
		}
	}
	return map[string]any{"guid": t.id, "name": t.name, "desc": "", "default": t.name == defaultTeam, "tags": []any{},
		"org_guid": stableID("org", s.o.OrgID), "users": users, "apps": []any{}}
}

func (s *Server) listClients(org string) []any {
	out := []any{}
	for _, id := range slices.Sorted(maps.Keys(s.accounts)) {
		if org == "" || s.isOrg(org) {
			out = append(out, s.showClient(s.accounts[id]))
		}
	}
	return out
}

// findClient finds a service account by guid or client id.
func (s *Server) findClient(id string) any {
	for _, a := range s.accounts {
		if a.ClientID == id || a.who.guid == id {
			return s.showClient(a)
		}
	}
	return nil
}

func (s *Server) showClient(a *account) map[string]any {
	kind := "secret"
	if a.key != nil {
		kind = "certificate"
	}
	teams := []any{}
	for _, id := range a.who.teams {
		teams = append(teams, map[string]any{"guid": id, "roles": []string{s.role(a.who)}})
	}
	return map[string]any{"client_id": a.ClientID, "guid": a.who.guid, "name": a.ClientID, "description": "", "type": kind,
		"org_guid": stableID("org", s.o.OrgID), "roles": []string{s.role(a.who)}, "teams": teams}
}
