package azuretest

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// objects are the types of bodies, with the attributes that the documentation of
// version 7.1 has for them: "string", "bool", "int", a type of this table or of
// enums, or a list of one of them.
var objects = map[string]map[string]string{
	"GitPullRequest": {
		"_links": "any", "artifactId": "string", "autoCompleteSetBy": "IdentityRef", "closedBy": "IdentityRef", "closedDate": "string",
		"codeReviewId": "int", "commits": "[]GitCommitRef", "completionOptions": "GitPullRequestCompletionOptions",
		"completionQueueTime": "string", "createdBy": "IdentityRef", "creationDate": "string", "description": "string",
		"forkSource": "any", "hasMultipleMergeBases": "bool", "isDraft": "bool", "labels": "[]WebApiTagDefinition",
		"lastMergeCommit": "GitCommitRef", "lastMergeSourceCommit": "GitCommitRef", "lastMergeTargetCommit": "GitCommitRef",
		"mergeFailureMessage": "string", "mergeFailureType": "string", "mergeId": "string", "mergeOptions": "any", "mergeStatus": "string",
		"pullRequestId": "int", "remoteUrl": "string", "repository": "any", "reviewers": "[]IdentityRefWithVote", "sourceRefName": "string",
		"status": "PullRequestStatus", "supportsIterations": "bool", "targetRefName": "string", "title": "string", "url": "string",
		"workItemRefs": "[]any",
	},
	"GitPullRequestCompletionOptions": {
		"autoCompleteIgnoreConfigIds": "[]int", "bypassPolicy": "bool", "bypassReason": "string", "deleteSourceBranch": "bool",
		"mergeCommitMessage": "string", "mergeStrategy": "GitPullRequestMergeStrategy", "squashMerge": "bool",
		"transitionWorkItems": "bool", "triggeredByAutoComplete": "bool",
	},
	"GitCommitRef":               {"commitId": "string", "url": "string", "comment": "string"},
	"WebApiTagDefinition":        {"active": "bool", "id": "string", "name": "string", "url": "string"},
	"WebApiCreateTagRequestData": {"name": "string"},
	"IdentityRef": {
		"_links": "any", "descriptor": "string", "displayName": "string", "id": "string", "imageUrl": "string", "uniqueName": "string", "url": "string",
		"isContainer": "bool", "isAadIdentity": "bool", "inactive": "bool",
	},
	"IdentityRefWithVote": {
		"_links": "any", "descriptor": "string", "displayName": "string", "id": "string", "imageUrl": "string", "uniqueName": "string", "url": "string",
		"isContainer": "bool", "isAadIdentity": "bool", "inactive": "bool", "hasDeclined": "bool", "isFlagged": "bool", "isRequired": "bool",
		"isReapprove": "bool", "reviewerUrl": "string", "vote": "int", "votedFor": "[]IdentityRefWithVote",
	},
	"GitPullRequestCommentThread": {
		"_links": "any", "comments": "[]Comment", "id": "int", "identities": "any", "isDeleted": "bool", "lastUpdatedDate": "string",
		"properties": "any", "publishedDate": "string", "pullRequestThreadContext": "any", "status": "CommentThreadStatus", "threadContext": "any",
	},
	"Comment": {
		"_links": "any", "author": "IdentityRef", "commentType": "CommentType", "content": "string", "id": "int", "isDeleted": "bool",
		"lastContentUpdatedDate": "string", "lastUpdatedDate": "string", "parentCommentId": "int", "publishedDate": "string", "usersLiked": "[]IdentityRef",
	},
	"GitStatusContext": {"genre": "string", "name": "string"},
	"GitStatus": {
		"_links": "any", "context": "GitStatusContext", "createdBy": "IdentityRef", "creationDate": "string", "description": "string",
		"id": "int", "state": "GitStatusState", "targetUrl": "string", "updatedDate": "string",
	},
	"GitPullRequestStatus": {
		"_links": "any", "context": "GitStatusContext", "createdBy": "IdentityRef", "creationDate": "string", "description": "string",
		"id": "int", "iterationId": "int", "properties": "any", "state": "GitStatusState", "targetUrl": "string", "updatedDate": "string",
	},
	"GitPullRequestQuery":      {"queries": "[]GitPullRequestQueryInput", "results": "[]any"},
	"GitPullRequestQueryInput": {"items": "[]string", "type": "GitPullRequestQueryType"},
}

// enums are the types that have few values.
var enums = map[string][]string{
	"PullRequestStatus":           {"notSet", "active", "abandoned", "completed", "all"},
	"GitPullRequestMergeStrategy": {"noFastForward", "squash", "rebase", "rebaseMerge"},
	"CommentThreadStatus":         {"unknown", "active", "fixed", "wontFix", "closed", "byDesign", "pending"},
	"CommentType":                 {"unknown", "text", "codeChange", "system"},
	"GitStatusState":              {"notSet", "pending", "succeeded", "failed", "error", "notApplicable", "partiallySucceeded"},
	"GitPullRequestQueryType":     {"notSet", "lastMergeCommit", "commit"},
}

// check says what is wrong with a value of a type, or "". Null stands for what
// is left out.
func check(at, kind string, v any) string {
	if v == nil || kind == "any" {
		return ""
	}
	if element, isList := strings.CutPrefix(kind, "[]"); isList {
		all, ok := v.([]any)
		if !ok {
			return fmt.Sprintf("%s is not a list", at)
		}
		for i, e := range all {
			if problem := check(fmt.Sprintf("%s[%d]", at, i), element, e); problem != "" {
				return problem
			}
		}
		return ""
	}
	if attributes, isObject := objects[kind]; isObject {
		return checkObject(at, kind, attributes, v)
	}
	if !isOf(kind, v) {
		return fmt.Sprintf("%s: %v is not of type %s", at, v, kind)
	}
	return ""
}

func checkObject(at, kind string, attributes map[string]string, v any) string {
	all, ok := v.(map[string]any)
	if !ok {
		return fmt.Sprintf("%s is not an object", at)
	}
	for name, value := range all {
		attribute, known := attributes[name]
		if !known {
			return fmt.Sprintf("%s has no attribute %s", kind, name)
		}
		if problem := check(at+"."+name, attribute, value); problem != "" {
			return problem
		}
	}
	return ""
}

func isOf(kind string, v any) bool {
	switch kind {
	case "bool":
		_, ok := v.(bool)
		return ok
	case "int":
		n, ok := v.(float64)
		return ok && n == math.Trunc(n)
	}
	text, ok := v.(string)
	return ok && (kind == "string" || slices.Contains(enums[kind], text))
}
