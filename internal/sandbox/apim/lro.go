package apim

import (
	"fmt"
	"net/http"
	"strings"
	"time"
)

// operation is a long-running write or delete. What it does is done when it starts;
// only the client is made to wait.
type operation struct {
	id      string
	key     string // of the item
	until   time.Time
	code    int    // what the finished poll answers
	failure *fault // nil: it succeeds
}

func (v *service) running(op *operation) bool { return v.srv.now().Before(op.until) }

// begin registers an operation.
func (v *service) begin(op *operation) *operation {
	op.id = newID()
	for id, old := range v.ops {
		if len(v.ops) > 1000 && !v.running(old) {
			delete(v.ops, id)
		}
	}
	v.ops[op.id] = op
	return op
}

// longAnswer answers a write, as a long-running operation where it is one.
func (w *write) longAnswer() *answer {
	if w.kind.long == longNever || (w.kind.long == longImport && w.op == nil) {
		return w.finish()
	}
	op := w.op
	if op == nil {
		op = &operation{until: w.svc.srv.now()}
	}
	op.key = w.item.key
	op.code = http.StatusOK
	if w.old == nil {
		op.code = http.StatusCreated
	}
	w.svc.begin(op)
	if w.compat() {
		return w.pending(op, &answer{status: http.StatusAccepted})
	}
	body := w.shown()
	object(body, "properties")["provisioningState"] = "InProgress"
	a := &answer{status: op.code, body: body}
	if op.failure == nil {
		a.with("ETag", w.item.etag())
	}
	return w.pending(op, a)
}

// compat reports whether the client gets the shape of older API versions.
func (c *call) compat() bool {
	return c.srv.o.Compat202 || (c.version < "2024" && len(c.version) > 3)
}

// pending adds the headers that tell where to ask.
func (c *call) pending(op *operation, a *answer) *answer {
	version := "?api-version=" + c.version
	a.with("Location", absolute(c.r, fmt.Sprintf("%s%s&asyncId=%s&asyncCode=%d", c.r.URL.EscapedPath(), version, op.id, op.code)))
	if !c.compat() {
		a.with("Azure-AsyncOperation", absolute(c.r, fmt.Sprintf("%s/tenant/operationResults/%s%s", c.svc.id, op.id, version)))
	}
	return a
}

// pollLocation answers a GET on the Location of an operation.
func (c *call) pollLocation() (a *answer, done bool, err error) {
	id := c.query.Get("asyncId")
	if id == "" {
		return nil, false, nil
	}
	op := c.svc.ops[id]
	switch {
	case op == nil:
		return nil, true, notFound("Operation")
	case c.svc.running(op):
		return c.pending(op, &answer{status: http.StatusAccepted}), true, nil
	case op.failure != nil:
		return nil, true, op.failure
	}
	it := c.svc.items[op.key]
	if it == nil {
		return &answer{status: http.StatusNoContent}, true, nil
	}
	return (&answer{status: op.code, body: c.svc.show(it, inGet)}).with("ETag", it.etag()), true, nil
}

// operationResult answers tenant/operationResults/{id}.
func (c *call) operationResult() (a *answer, done bool, err error) {
	if len(c.segs) != 3 || !strings.EqualFold(c.segs[1], "operationResults") || !strings.EqualFold(c.segs[0], "tenant") {
		return nil, false, nil
	}
	op := c.svc.ops[c.segs[2]]
	if op == nil {
		return nil, true, notFound("Operation")
	}
	status := "Succeeded"
	body := map[string]any{"id": c.svc.id + "/tenant/operationResults/" + op.id, "name": op.id, "type": "Microsoft.ApiManagement/service/tenant/operationResults"}
	switch {
	case c.svc.running(op):
		status = "InProgress"
	case op.failure != nil:
		status = "Failed"
		body["error"] = op.failure.body()["error"]
	}
	body["status"] = status
	body["properties"] = map[string]any{"id": op.id, "status": status, "error": body["error"]}
	return ok(body), true, nil
}

// deleted answers a DELETE that took effect.
func (c *call) deleted() *answer {
	k := c.at.kind
	if c.at.scope != nil || (k.path != "apis" && k.path != "users") {
		return &answer{status: http.StatusOK}
	}
	op := c.svc.begin(&operation{key: c.at.key, until: c.srv.now(), code: http.StatusNoContent})
	return c.pending(op, &answer{status: http.StatusAccepted})
}

// busy refuses to write to an API while an operation on it runs.
func (v *service) busy(at location) error {
	key := at.key
	i := strings.Index(key, ";rev=")
	if i < 0 {
		return nil
	}
	r := v.roots[key[:i]]
	if r != nil && v.srv.now().Before(r.busyUntil) {
		return &fault{status: http.StatusConflict, code: "PessimisticConcurrencyConflict",
			message: "Operation on the API is in progress. Please try again later."}
	}
	return nil
}
