package autoflow

import (
	"net/http/httptest"
	"strings"
	"testing"
)

// The parts of flows that the tests are made of.
const (
	mocked   = `{"__struct__":"Action","active":true,"mockingFlag":true,"mockingValue":{"item":["tea",{"size":2.50}]},"output":{"__struct__":"ScopeReference","path":["output"],"scope":"variables"}}`
	unmocked = `{"__struct__":"Action","active":true,"mockingFlag":false,"mockingValue":null,"output":{"__struct__":"ScopeReference","path":["output"],"scope":"variables"}}`
	output   = `{"__struct__":"ScopeReference","path":["output"],"scope":"variables"}`
)

func TestAnswer(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, matches, responses string
		by, body                 string
		status                   int
		header                   string // "Name: value"
	}{
		{"constant", flowOf(``, `{"body":{"a":1.0,"b":[null,true]},"header":{"X-One":1,"Content-Type":"application/x"},"status_code":201}`), `{}`,
			"mapping", `{"a":1.0,"b":[null,true]}`, 201, "Content-Type: application/x"},
		{"a text", flowOf(``, `{"body":"hello"}`), `{}`, "mapping", "hello", 200, "Content-Type: text/plain; charset=utf-8"},
		{"no body", flowOf(``, `{"status_code":"204"}`), `{}`, "mapping", "", 204, ""},
		{"object mapping", flowOf(``, `{"body":{"__struct__":"ObjectMapping","values":[{"key":"a","value":1},{"key":"b","value":2,"exclude":true},{"key":"c","value":null,"default":3}]}}`), `{}`,
			"mapping", `{"a":1,"c":3}`, 200, ""},
		{"of the request", flowOf(``, `{"body":{"id":{"__struct__":"ScopeReference","scope":"request","path":["path","id"]},"q":{"__struct__":"ScopeReference","scope":"request","path":["query","q"]},
"item":{"__struct__":"ScopeReference","scope":"request","path":["body","items","1"]},"agent":{"__struct__":"ScopeReference","scope":"request","path":["header","user-agent"]},
"none":{"__struct__":"ScopeReference","scope":"request","path":["body","items",5,"x"]},"cookie":{"__struct__":"ScopeReference","scope":"request","path":["cookie","c"]}}}`), `{}`,
			"mapping", `{"agent":"me","cookie":"d","id":"7","item":"b","none":null,"q":"r"}`, 200, "Content-Type: application/json"},
		{"of a mock", flowOf(mocked, `{"body":`+output+`,"status_code":200}`), `{}`, "mapping", `{"item":["tea",{"size":2.50}]}`, 200, ""},
		{"part of a mock", flowOf(mocked, `{"body":{"__struct__":"ScopeReference","path":["output","item",1,"size"],"scope":"variables"}}`), `{}`, "mapping", `2.50`, 200, ""},
		{"all of a mapping is a reference", flowOf(strings.Replace(mocked, `{"item":["tea",{"size":2.50}]}`, `{"body":"b","status_code":202}`, 1), output), `{}`, "mapping", "b", 202, ""},
		{"written again by a flow", flowOf(mocked+","+unmocked, `{"body":`+output+`,"status_code":203}`), `{}`, "mock", `{"item":["tea",{"size":2.50}]}`, 203, ""},
		{"written again by a mock", flowOf(unmocked+","+mocked, `{"body":`+output+`}`), `{}`, "mapping", `{"item":["tea",{"size":2.50}]}`, 200, ""},
		{"turned off", flowOf(unmocked+","+strings.Replace(mocked, `"active":true`, `"active":false`, 1), `{"body":`+output+`}`), `{}`, "nothing", "runs none", 501, ""},
		{"part written later", flowOf(mocked+","+strings.Replace(mocked, `["output"]`, `["output","item"]`, 1), `{"body":`+output+`,"status_code":`+output+`}`), `{}`,
			"mock", `{"item":["tea",{"size":2.50}]}`, 200, ""},
		{"no mapping", flowOf(mocked, `null`), `{}`, "mock", `{"item":["tea",{"size":2.50}]}`, 200, ""},
		{"no status", flowOf(mocked, `{"body":1,"status_code":42}`), `{}`, "nothing", "runs none", 501, ""},
		{"what only a flow knows", flowOf(``, `{"body":{"__struct__":"Comparison","value":[]}}`), `{}`, "nothing", "runs none", 501, ""},
		{"mock before example", flowOf(mocked+","+unmocked, `{"body":`+output+`}`), `{"200":{"content":{"application/json":{"example":1}}}}`, "mock", `{"item":["tea",{"size":2.50}]}`, 200, ""},
		{"match that asks for something", `[{"in":{"body":{}},"do":{"mapping":{"body":"first"}}},{"in":null,"do":{"mapping":{"body":"second"}}}]`, `{}`, "mapping", "second", 200, ""},
		{"matches of another form", `["x",{"in":[],"do":{"mapping":{"body":1}}},{"do":7}]`, `{"200":{"content":{"application/json":{"example":[]}}}}`, "example", `[]`, 200, ""},
		{"example", flowOf(unmocked, `{"body":`+output+`}`), `{"404":{"content":{"a/b":{"example":4}}},"201":{"content":{"text/csv":{"example":"c"},"application/json":{"example":{"id":1}}}},"202":{"content":{"a/b":{"example":2}}}}`,
			"example", `{"id":1}`, 201, "Content-Type: application/json"},
		{"one of several examples", `[]`, `{"2XX":{"content":{"text/plain":{"examples":{"b":{"value":"second"},"a":{"value":"first"}}}}}}`, "example", "first", 200, "Content-Type: text/plain"},
		{"example of the schema", `[]`, `{"200":{"content":{"application/json":{"schema":{"$ref":"#/components/schemas/T"}}}}}`, "example", "tea", 200, ""},
		{"response that is a reference", `[]`, `{"default":{"$ref":"#/components/responses/R~1x"}}`, "example", `3`, 200, ""},
		{"reference in a circle", `[]`, `{"200":{"$ref":"#/components/responses/Loop"}}`, "nothing", "runs none", 501, ""},
		{"simulated requests are no answers", flowOf(unmocked, `{"body":`+output+`}`), `{},"x-request-examples":{"DEFAULT":{"body":"b"}}`, "nothing", "runs none", 501, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := answerTo(t, test.matches, test.responses)
			if got := w.Header().Get("X-Emulator-Answer"); got != test.by || w.Code != test.status {
				t.Errorf("got %d by %s, want %d by %s: %s", w.Code, got, test.status, test.by, w.Body)
			}
			if got := w.Body.String(); got != test.body && (test.by != "nothing" || !strings.Contains(got, test.body)) {
				t.Errorf("body: got %s, want %s", got, test.body)
			}
			if name, want, is := strings.Cut(test.header, ": "); is && w.Header().Get(name) != want {
				t.Errorf("%s: got %q, want %q", name, w.Header().Get(name), want)
			}
		})
	}
}

// flowOf is a list of matches with one flow.
func flowOf(actions, mapping string) string {
	return `[{"in":{},"do":{"__struct__":"Execution","actions":[` + actions + `],"mapping":` + mapping + `}}]`
}

// answerTo answers a request to the server of one operation.
func answerTo(t *testing.T, matches, responses string) *httptest.ResponseRecorder {
	t.Helper()
	text := server(`{"port":1}`, `[{"event":{"apiReference":{"id":"a","version":"1"},"operationReference":{"method":"post","path":"/x/{id}"}},"matches":`+matches+`}]`,
		`{"/x/{id}":{"post":{"responses":`+responses+`}}},"components":{"schemas":{"T":{"example":"tea"}},"responses":{"Loop":{"$ref":"#/components/responses/Loop"},"R/x":{"content":{"application/json":{"example":3}}}}}`)
	c, err := parseConfiguration([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return ask(t, c, httptest.NewRequest("POST", "/x/7?q=r", strings.NewReader(`{"items":["a","b"]}`)))
}
