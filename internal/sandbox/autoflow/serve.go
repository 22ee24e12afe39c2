package autoflow

import (
	"fmt"
	"net/http"
	"strings"
)

// product is whom the emulator stands in for; answers carry it.
const product = "API AutoFlow"

// serveAPI answers a request to a configured server.
func (s *Server) serveAPI(w http.ResponseWriter, r *http.Request) {
	c, ok := r.Context().Value(routerKey{}).(*serverConfig)
	if !ok {
		complain(w, http.StatusNotFound, "no server is there")
		return
	}
	w.Header().Set("X-Emulator", fmt.Sprintf("%s, server %s %s", product, c.id, c.version))
	op, values, methods := c.router.find(r)
	switch {
	case op == nil && methods == nil:
		complain(w, http.StatusNotFound, "no API of the server has the path "+r.URL.Path)
		return
	case op == nil:
		w.Header().Set("Allow", strings.Join(methods, ", "))
		complain(w, http.StatusMethodNotAllowed, fmt.Sprintf("the path %s has no method %s", r.URL.Path, r.Method))
		return
	}
	req, err := newRequest(r, values)
	if err != nil {
		complain(w, http.StatusBadRequest, err.Error())
		return
	}
	a := op.answer(req)
	if a == nil {
		a = op.unknown(c)
	}
	w.Header().Set("X-Emulator-Answer", a.by)
	if err := a.send(w); err != nil {
		s.o.Logger.DebugContext(r.Context(), "could not answer", "error", err)
	}
	s.o.Logger.DebugContext(r.Context(), "answered", "server", c.id, "version", c.version, "method", r.Method, "path", r.URL.Path,
		"status", a.status, "by", a.by)
}

// unknown is the answer where only the product could tell.
func (o *operation) unknown(c *serverConfig) *answer {
	why := "the answer is what a flow comes to, and the emulator runs none: mock the actions that the mapping refers to, or give the response an example"
	if o.event == nil {
		why = "the server has no event for the operation, and the response has no example"
	}
	return &answer{by: "nothing", status: http.StatusNotImplemented, body: map[string]any{
		"emulator": product, "error": why, "server": c.id, "version": c.version,
		"api": o.api.ID, "apiVersion": o.api.Version, "operation": o.method + " " + o.path,
	}}
}

// complain answers with an error of the emulator.
func complain(w http.ResponseWriter, status int, why string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(append(jsonText(map[string]any{"emulator": product, "error": why}), '\n')) // The client is gone: nobody is left to tell.
}
