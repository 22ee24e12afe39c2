package azuretest

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// A resource is a place of the API, as the service lists it: clients find the
// path by the id.
type resource struct {
	id, area, name, template string
	people                   bool // known where people are
	calls                    []call
}

// A call is what can be done with a resource.
type call struct {
	method string
	scope  string   // that the token needs
	right  string   // that its user needs
	body   string   // type of the body; "" for none
	query  []string // parameters
	handle func(*Server, *request) answer
}

const (
	perRepository  = "{project}/_apis/{area}/repositories/{repositoryId}"
	perPull        = perRepository + "/pullRequests/{pullRequestId}"
	readRight      = "GenericRead"
	writeRight     = "PullRequestContribute"
	readScope      = "code"
	writeScope     = "code_write"
	statusScope    = "code_status"
	contributeBits = "16384"
)

// resources is what the API has.
var resources = []resource{
	{id: "e81700f7-3be2-46de-8624-2eb35882fcaa", area: "Location", name: "ResourceAreas", template: "_apis/{resource}/{areaId}", calls: []call{
		{method: "GET", handle: (*Server).areas},
	}},
	{id: "00d9565f-ed9c-4a06-9a50-00e7896ccab4", area: "Location", name: "ConnectionData", template: "_apis/{resource}", calls: []call{
		{method: "GET", handle: (*Server).connection},
	}},
	{id: "28010c54-d0c0-4c89-a5b0-1c9e188b9fb7", area: "IMS", name: "Identities", template: "_apis/{resource}/{identityId}", people: true, calls: []call{
		{method: "GET", scope: "identity", query: []string{"searchFilter", "filterValue", "queryMembership"}, handle: (*Server).identities},
	}},
	{id: "d30a3dd1-f8ba-442a-b86a-bd0c0c383e59", area: "core", name: "teams", template: "_apis/projects/{projectId}/{resource}/{*teamId}", calls: []call{
		{method: "GET", scope: "project", query: []string{"$top", "$skip"}, handle: (*Server).teams},
	}},
	{id: "dd3b8bd6-c7fc-4cbd-929a-933d9c011c9d", area: "Security", name: "Permissions", template: "_apis/{resource}/{securityNamespaceId}/{permissions}", calls: []call{
		{method: "GET", scope: "security", query: []string{"tokens"}, handle: (*Server).permissions},
	}},
	{id: "2c420070-a0a2-49cc-9639-c9f271c5ff07", area: "git", name: "configurations", template: "{project}/_apis/{area}/policy/{resource}", calls: []call{
		{method: "GET", scope: readScope, right: readRight, query: []string{"repositoryId", "refName", "$top", "continuationToken"}, handle: (*Server).configurations},
	}},
	{id: "225f7195-f9c7-4d14-ab28-a83f7ff77e1f", area: "git", name: "repositories", template: "{project}/_apis/{area}/{resource}/{repositoryId}", calls: []call{
		{method: "GET", scope: readScope, right: readRight, handle: (*Server).repository},
	}},
	{id: "9946fd70-0d40-406e-b686-b4744cbbcc37", area: "git", name: "pullRequests", template: perRepository + "/{resource}/{pullRequestId}", calls: []call{
		{method: "GET", scope: readScope, right: readRight, query: []string{
			"searchCriteria.status", "searchCriteria.sourceRefName", "searchCriteria.targetRefName", "$top", "$skip",
		}, handle: (*Server).getPulls},
		{method: "POST", scope: writeScope, right: writeRight, body: "GitPullRequest", handle: (*Server).createPull},
		{method: "PATCH", scope: writeScope, right: writeRight, body: "GitPullRequest", handle: (*Server).updatePull},
	}},
	{id: "b3a6eebe-9cf0-49ea-b6cb-1a4c5f5007b0", area: "git", name: "pullRequestQuery", template: perRepository + "/{resource}", calls: []call{
		{method: "POST", scope: readScope, right: readRight, body: "GitPullRequestQuery", handle: (*Server).queryPulls},
	}},
	{id: "f22387e3-984e-4c52-9c6d-fbb8f14c812d", area: "git", name: "labels", template: perPull + "/{resource}/{labelIdOrName}", calls: []call{
		{method: "GET", scope: readScope, right: readRight, handle: (*Server).getLabels},
		{method: "POST", scope: writeScope, right: writeRight, body: "WebApiCreateTagRequestData", handle: (*Server).addLabel},
	}},
	{id: "4b6702c7-aa35-4b89-9c96-b9abf6d3e540", area: "git", name: "reviewers", template: perPull + "/{resource}/{reviewerId}", calls: []call{
		{method: "PUT", scope: writeScope, right: writeRight, body: "IdentityRefWithVote", handle: (*Server).addReviewer},
	}},
	{id: "ab6e2e5d-a0b7-4153-b64a-a4efe0d49449", area: "git", name: "threads", template: perPull + "/{resource}/{threadId}", calls: []call{
		{method: "GET", scope: readScope, right: readRight, handle: (*Server).getThreads},
		{method: "POST", scope: writeScope, right: writeRight, body: "GitPullRequestCommentThread", handle: (*Server).createThread},
	}},
	{id: "965a3ec7-5ed8-455a-bdcb-835a5ea7fe7b", area: "git", name: "comments", template: perPull + "/threads/{threadId}/{resource}/{commentId}", calls: []call{
		{method: "PATCH", scope: writeScope, right: writeRight, body: "Comment", handle: (*Server).editComment},
		{method: "DELETE", scope: writeScope, right: writeRight, handle: (*Server).deleteComment},
	}},
	{id: "d43911ee-6958-46b0-a42b-8445b8a0d004", area: "git", name: "iterations", template: perPull + "/{resource}/{iterationId}", calls: []call{
		{method: "GET", scope: readScope, right: readRight, handle: (*Server).getIterations},
	}},
	{id: "428dd4fb-fda5-4722-af02-9313b80305da", area: "git", name: "statuses", template: perRepository + "/commits/{commitId}/{resource}", calls: []call{
		{method: "POST", scope: statusScope, right: writeRight, body: "GitStatus", handle: (*Server).setStatus},
	}},
	{id: "b5f6bb4f-8d1e-4d79-8d11-4c9172c99c35", area: "git", name: "statuses", template: perPull + "/{resource}/{statusId}", calls: []call{
		{method: "POST", scope: statusScope, right: writeRight, body: "GitPullRequestStatus", handle: (*Server).setPullStatus},
	}},
}

// locations is the table that clients read first.
func (s *Server) locations(people bool) answer {
	var all []map[string]any
	for _, r := range resources {
		if s.repo.OnPremises || r.people == people {
			all = append(all, map[string]any{
				"id": r.id, "area": r.area, "resourceName": r.name, "routeTemplate": r.template, "resourceVersion": 1,
				"minVersion": "1.0", "maxVersion": "7.2", "releasedVersion": "7.1",
			})
		}
	}
	return list(all)
}

// match compares the path below the organisation with a resource's template,
// whose last names may be left out. Case does not matter.
func (res resource) match(path []string) (map[string]string, bool) {
	values := map[string]string{}
	parts := strings.Split(res.template, "/")
	for i, part := range parts {
		part = strings.NewReplacer("{area}", res.area, "{resource}", res.name, "{*", "{").Replace(part)
		name, variable := strings.CutPrefix(strings.TrimSuffix(part, "}"), "{")
		switch {
		case i >= len(path):
			return values, variable && i == len(parts)-1
		case variable:
			values[name] = path[i]
		case !strings.EqualFold(part, path[i]):
			return nil, false
		}
	}
	return values, len(path) == len(parts)
}

// answer finds the handler of a request, and lets it through if its token may
// make it.
func (s *Server) answer(r *http.Request, token Token) answer {
	people := r.URL.Host == "vssps."+s.host
	if r.URL.Host != s.host && !people {
		return refused(http.StatusNotFound, "", "There is no such host.")
	}
	var path []string
	for part := range strings.SplitSeq(strings.Trim(r.URL.EscapedPath(), "/"), "/") {
		plain, err := url.PathUnescape(part)
		if err != nil {
			return invalid("path")
		}
		path = append(path, plain)
	}
	if !strings.EqualFold(path[0], "Acme") {
		return refused(http.StatusNotFound, "", "The organisation does not exist.")
	}
	if r.Method == http.MethodOptions && len(path) == 2 && strings.EqualFold(path[1], "_apis") {
		return s.locations(people)
	}
	for _, res := range resources {
		values, fits := res.match(path[1:])
		if !fits || !s.repo.OnPremises && res.people != people {
			continue
		}
		for _, c := range res.calls {
			if c.method == r.Method {
				return s.call(c, &request{Request: r, token: token, path: values})
			}
		}
		return refused(http.StatusMethodNotAllowed, "", "The requested resource does not support http method '"+r.Method+"'.")
	}
	return refused(http.StatusNotFound, "HttpResourceNotFoundException", "The controller for path '"+r.URL.Path+"' was not found.")
}

// call checks all that does not depend on the handler.
func (s *Server) call(c call, r *request) answer {
	if !strings.Contains(r.Header.Get("Accept"), "api-version=") {
		return refused(http.StatusBadRequest, "VssVersionNotSpecifiedException", "No api-version was supplied.")
	}
	if c.scope != "" && !allows(r.token.Scopes, c.scope) && !(c.scope == readScope && allows(r.token.Scopes, writeScope)) {
		return refused(http.StatusUnauthorized, "UnauthorizedRequestException", "TF400813: The user '' is not authorized to access this resource.")
	}
	for name := range r.URL.Query() {
		if !slices.Contains(c.query, name) {
			return invalid("there is no parameter " + name)
		}
	}
	if a, absent := s.absent(r); absent {
		return a
	}
	if c.right != "" && !allows(r.token.Rights, c.right) {
		return s.needs(r, c.right)
	}
	if c.body != "" {
		raw, err := io.ReadAll(r.Body)
		if err != nil || json.Unmarshal(raw, &r.body) != nil {
			return refused(http.StatusBadRequest, "VssPropertyValidationException", "The body is not valid JSON.")
		}
		if problem := check(c.body, c.body, r.body); problem != "" {
			return refused(http.StatusBadRequest, "VssPropertyValidationException", problem)
		}
	}
	if _, named := r.path["pullRequestId"]; named && s.pull(r) == nil {
		return refused(http.StatusNotFound, "GitPullRequestNotFoundException", "TF401180: The requested pull request was not found.")
	}
	return c.handle(s, r)
}

// absent refuses requests about other projects and repositories, and about one
// that the token may not see.
func (s *Server) absent(r *request) (answer, bool) {
	project, ok := r.path["project"]
	if !ok {
		project, ok = r.path["projectId"]
	}
	if ok && !strings.EqualFold(project, s.repo.Project) {
		return refused(http.StatusNotFound, "ProjectDoesNotExistWithNameException", "TF200016: The following project does not exist: "+project+"."), true
	}
	name, ok := r.path["repositoryId"]
	readable := allows(r.token.Rights, readRight)
	isRepository := strings.HasSuffix(strings.ToLower(r.URL.Path), "/repositories/"+strings.ToLower(s.repo.Name))
	if ok && (!strings.EqualFold(name, s.repo.Name) || !readable || s.repo.Disabled && !isRepository) {
		return refused(http.StatusNotFound, "GitRepositoryNotFoundException", "TF401019: The Git repository with name or identifier "+name+
			" does not exist or you do not have permissions for the operation you are attempting."), true
	}
	return answer{}, false
}

// needs is the answer to who lacks a permission.
func (s *Server) needs(r *request, right string) answer {
	return refused(http.StatusForbidden, "GitNeedsPermissionException",
		"TF401027: You need the Git '"+right+"' permission to perform this action. Details: identity '"+r.token.User+"', scope 'repository'.")
}

// allows reports whether one is in a set; nil is the set of all.
func allows(set []string, one string) bool { return set == nil || slices.Contains(set, one) }
