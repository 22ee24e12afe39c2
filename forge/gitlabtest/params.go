package gitlabtest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// A kind is the type of a parameter as GitLab's documentation gives it.
type kind string

// The types. One that holds "|" lists the values that are allowed.
const (
	text    kind = "string"
	integer kind = "integer"
	boolean kind = "boolean"
	numbers kind = "integer array"
	names   kind = "string array, or a string with commas"
)

// A table is the parameters of a call, by name. A name that ends in "!" is
// required.
type table map[string]kind

func (t table) with(more table) table {
	all := table{}
	for _, m := range []table{t, more} {
		for name, k := range m {
			all[name] = k
		}
	}
	return all
}

// The parameters of GitLab's calls, as far as the documentation of its API lists
// them for the calls that there are here.
var (
	paging  = table{"page": integer, "per_page": integer}
	sorting = table{"order_by": "created_at|updated_at", "sort": "asc|desc"}

	listRequests = paging.with(table{
		"state": "opened|closed|locked|merged|all", "order_by": "created_at|updated_at|title|priority|merged_at", "sort": "asc|desc",
		"source_branch": text, "target_branch": text, "source_project_id": integer, "iids": numbers, "labels": names, "milestone": text,
		"scope": "created_by_me|assigned_to_me|reviews_for_me|all", "search": text, "author_id": integer, "author_username": text,
		"view": "simple", "wip": "yes|no", "with_labels_details": boolean, "with_merge_status_recheck": boolean,
	})
	common = table{
		"description": text, "assignee_id": integer, "assignee_ids": numbers, "reviewer_ids": numbers, "labels": names,
		"milestone_id": integer, "remove_source_branch": boolean, "squash": boolean, "allow_collaboration": boolean, "merge_after": text,
	}
	newRequest = common.with(table{
		"title!": text, "source_branch!": text, "target_branch!": text, "target_project_id": integer, "approvals_before_merge": integer,
	})
	editRequest = common.with(table{
		"title": text, "target_branch": text, "add_labels": names, "remove_labels": names, "state_event": "close|reopen", "discussion_locked": boolean,
	})
	acceptRequest = table{
		"auto_merge": boolean, "merge_when_pipeline_succeeds": boolean, "sha": text, "squash": boolean, "merge_commit_message": text,
		"squash_commit_message": text, "should_remove_source_branch": boolean,
	}
	listNotes = paging.with(sorting).with(table{"activity_filter": "all_notes|only_comments|only_activity"})
	newNote   = table{"body!": text, "internal": boolean, "created_at": text, "merge_request_diff_head_sha": text}
	editNote  = table{"body": text, "confidential": boolean}
	newStatus = table{
		"state!": "pending|running|success|failed|canceled|skipped", "ref": text, "name": text, "context": text, "target_url": text,
		"description": text, "coverage": "float", "pipeline_id": integer,
	}
	findUsers = paging.with(table{"username": text, "search": text, "active": boolean})
)

// read takes the parameters out of a request, as the table of its route has
// them.
func (r *request) read(t table) (answer, bool) {
	given := map[string]any{}
	if r.Method == http.MethodGet || r.Method == http.MethodDelete {
		for name, values := range r.URL.Query() {
			given[strings.TrimSuffix(name, "[]")] = values[0]
		}
	} else if r.Body != nil {
		raw, err := io.ReadAll(r.Body)
		if err != nil || len(raw) > 0 && json.Unmarshal(raw, &given) != nil {
			return answer{status: http.StatusBadRequest, body: map[string]string{"error": "The provided data is not a JSON object"}}, true
		}
	}
	r.params = map[string]any{}
	wrong := func(name, is string) (answer, bool) {
		return answer{status: http.StatusBadRequest, body: map[string]string{"error": name + " " + is}}, true
	}
	for name, v := range given {
		k, known := t[name]
		if !known {
			k, known = t[name+"!"]
		}
		if !known {
			return wrong(name, "is no parameter of this call")
		}
		if v == nil {
			continue
		}
		coerced, fits := k.coerce(v)
		if !fits {
			return wrong(name, fmt.Sprintf("is invalid: want %s", k))
		}
		r.params[name] = coerced
	}
	for name := range t {
		required, is := strings.CutSuffix(name, "!")
		if _, there := r.params[required]; is && !there {
			return wrong(required, "is missing")
		}
	}
	return answer{}, false
}

// coerce returns a value as one of a type. A query has nothing but text.
func (k kind) coerce(v any) (any, bool) {
	s, isText := v.(string)
	switch k {
	case text:
		return s, isText
	case boolean:
		if b, is := v.(bool); is {
			return b, true
		}
		return s == "true", isText && (s == "true" || s == "false")
	case integer:
		if f, is := v.(float64); is {
			return int(f), f == float64(int(f))
		}
		n, err := strconv.Atoi(s)
		return n, isText && err == nil
	case numbers:
		list, is := v.([]any)
		all := []int{}
		for _, item := range list {
			n, fits := integer.coerce(item)
			if !fits {
				return nil, false
			}
			all = append(all, n.(int))
		}
		return all, is
	case names:
		if isText {
			return strings.FieldsFunc(s, func(r rune) bool { return r == ',' }), true
		}
		return nil, false
	case "float":
		f, is := v.(float64)
		return f, is
	}
	return s, isText && slices.Contains(strings.Split(string(k), "|"), s)
}

// param returns a parameter, and whether it was given.
func param[T any](r *request, name string) (T, bool) {
	v, given := r.params[name].(T)
	return v, given
}
