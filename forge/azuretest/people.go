package azuretest

import (
	"net/http"
	"slices"
	"strings"
)

// nameOf returns whose id it is, or "".
func (s *Server) nameOf(id string) string {
	for name := range s.users {
		if strings.EqualFold(identifier(name), id) {
			return name
		}
	}
	if strings.EqualFold(identifier(Team), id) {
		return Team
	}
	return ""
}

// ref is how people are shown in other things.
func (s *Server) ref(name string) map[string]any {
	id := identifier(name)
	if name == Team {
		return map[string]any{
			"id": id, "displayName": "[" + s.repo.Project + "]\\" + Team, "uniqueName": "vstfs:///Classification/TeamProject/" + id,
			"isContainer": true, "descriptor": "vssgp." + id,
		}
	}
	kind := "aad."
	if s.users[name].Program {
		kind = "svc."
	}
	return map[string]any{"id": id, "displayName": s.display(name), "uniqueName": name, "descriptor": kind + id}
}

func (s *Server) display(name string) string {
	if d := s.users[name].Display; d != "" {
		return d
	}
	return name
}

// identity is how people are shown where they are known.
func (s *Server) identity(name string) map[string]any {
	property := func(v string) map[string]any { return map[string]any{"$type": "System.String", "$value": v} }
	return map[string]any{
		"id": identifier(name), "providerDisplayName": s.display(name), "isActive": !s.users[name].Gone, "isContainer": false,
		"descriptor": "Microsoft.IdentityModel.Claims.ClaimsIdentity;" + name, "subjectDescriptor": s.ref(name)["descriptor"],
		"properties": map[string]any{"SchemaClassName": property("User"), "Account": property(name)},
	}
}

// areas tells where the parts of the service are: nowhere else on a server.
func (s *Server) areas(*request) answer {
	if s.repo.OnPremises {
		return list([]any(nil))
	}
	at := "https://vssps." + s.host + "/Acme/"
	if s.repo.Elsewhere {
		at = "https://evil.example/Acme/"
	}
	return list([]map[string]any{
		{"id": "4e080c62-fa21-4fbc-8fef-2a10a2b38049", "name": "git", "locationUrl": s.URL() + "/"},
		{"id": "8a3d49b8-91f0-46ef-b33d-dda338c25db3", "name": "IMS", "locationUrl": at},
	})
}

func (s *Server) connection(r *request) answer {
	me := s.identity(r.token.User)
	return ok(map[string]any{"authenticatedUser": me, "authorizedUser": me, "deploymentType": "hosted"})
}

// identities finds people whose names begin with what is searched for.
func (s *Server) identities(r *request) answer {
	q := r.URL.Query()
	if q.Get("searchFilter") != "General" || q.Get("filterValue") == "" {
		return invalid("searchFilter")
	}
	var found []map[string]any
	for _, name := range s.names() {
		begins := func(v string) bool {
			return strings.HasPrefix(strings.ToLower(v), strings.ToLower(q.Get("filterValue")))
		}
		if begins(name) || begins(s.display(name)) {
			found = append(found, s.identity(name))
		}
	}
	return list(found)
}

func (s *Server) names() []string {
	var names []string
	for name := range s.users {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func (s *Server) teams(r *request) answer {
	all := []map[string]any{{"id": identifier(Team), "name": Team, "projectName": s.repo.Project}}
	return list(page(r.URL.Query(), all))
}

func (s *Server) permissions(r *request) answer {
	token := "repoV2/" + identifier(s.repo.Project) + "/" + identifier(s.repo.Name)
	if r.path["securityNamespaceId"] != "2e9eb7ed-3c0a-47d4-87c1-0ffdd275fd87" || r.path["permissions"] != contributeBits || r.URL.Query().Get("tokens") != token {
		return refused(http.StatusNotFound, "InvalidSecurityNamespaceException", "There is nothing of that name.")
	}
	return list([]bool{allows(r.token.Rights, writeRight)})
}

// addReviewer asks somebody for a review. Nobody votes for others.
func (s *Server) addReviewer(r *request) answer {
	p := s.pull(r)
	id, _ := r.text("id")
	name := s.nameOf(r.path["reviewerId"])
	vote, _ := r.body["vote"].(float64)
	switch {
	case !strings.EqualFold(id, r.path["reviewerId"]):
		return invalid("id")
	case name == "" || s.users[name].Gone:
		return refused(http.StatusNotFound, "IdentityNotFoundException", "TF14045: The identity with id "+id+" could not be found.")
	case vote != 0 && name != r.token.User:
		return refused(http.StatusForbidden, "GitPullRequestVoteException", "TF401186: You cannot record a vote for someone else.")
	}
	s.review(p, identifier(name)).vote = int(vote)
	return ok(s.reviewerJSON(s.review(p, identifier(name))))
}

func (s *Server) reviewerJSON(v *reviewer) map[string]any {
	doc := s.ref(s.nameOf(v.id))
	doc["vote"], doc["hasDeclined"], doc["isFlagged"] = v.vote, v.declined, false
	return doc
}
