package autoflow

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path"
)

// maxUpload is how large a configuration may be.
const maxUpload = 64 << 20

// newControl makes what stands in for the product's pages.
func (s *Server) newControl() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = io.WriteString(w, "This is an emulator of API AutoFlow, not the product: it has no pages.\nGET /_sandbox/status tells what it does.\n") // as in complain
	})
	mux.HandleFunc("GET /_sandbox/status", func(w http.ResponseWriter, _ *http.Request) { s.answerStatus(w) })
	mux.HandleFunc("POST /_sandbox/boot", func(w http.ResponseWriter, r *http.Request) {
		if err := s.Boot(r.Context()); err != nil {
			complain(w, http.StatusConflict, err.Error())
			return
		}
		s.answerStatus(w)
	})
	mux.HandleFunc("GET /_sandbox/configuration", s.download)
	mux.HandleFunc("PUT /_sandbox/configuration", s.upload)
	mux.HandleFunc("POST /_sandbox/servers/{action}", s.turn)
	mux.HandleFunc("POST /_sandbox/servers/{id}/{action}", s.turn)
	mux.Handle("GET /_sandbox/stats", s.guard)
	mux.Handle("POST /_sandbox/reset-stats", s.guard)
	return mux
}

// answerStatus tells what is loaded and what runs.
func (s *Server) answerStatus(w http.ResponseWriter) {
	s.mu.Lock()
	defer s.mu.Unlock()
	servers := []any{}
	told := map[string]any{"emulator": product, "name": s.system.name, "source": s.source, "warnings": append([]string{}, s.warnings()...)}
	if s.config != nil {
		told["product"] = s.config.product
		for _, c := range s.config.servers {
			servers = append(servers, map[string]any{"id": c.id, "version": c.version, "port": c.port + s.system.offset, "on": s.running[c.id] != nil})
		}
	}
	told["servers"] = servers
	if s.failed != nil {
		told["error"] = s.failed.Error()
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(append(jsonText(told), '\n')) // as in complain
}

// download answers with the configuration, zipped where that is asked for.
func (s *Server) download(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	c := s.config
	s.mu.Unlock()
	if c == nil {
		complain(w, http.StatusConflict, "no configuration is loaded")
		return
	}
	name, kind, text := bootName, "application/json", c.text
	if r.URL.Query().Has("zip") {
		var err error
		if text, err = pack(c.text); err != nil {
			complain(w, http.StatusInternalServerError, err.Error())
			return
		}
		name, kind = "config.zip", "application/zip"
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Disposition", "attachment; filename="+name)
	_, _ = w.Write(text) // as in complain
}

// upload replaces the configuration. Its servers are off until somebody starts them.
func (s *Server) upload(w http.ResponseWriter, r *http.Request) {
	text, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxUpload))
	if err == nil {
		text, err = unpack(text)
	}
	var c *configuration
	if err == nil {
		c, err = parseConfiguration(text)
	}
	if err != nil {
		complain(w, http.StatusUnprocessableEntity, err.Error())
		return
	}
	if err := s.replace(c); err != nil {
		complain(w, http.StatusUnprocessableEntity, err.Error())
		return
	}
	s.answerStatus(w)
}

func (s *Server) replace(c *configuration) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.checkPorts(c); err != nil {
		return err
	}
	if err := s.stopAll(); err != nil {
		return err
	}
	s.config, s.source, s.failed = c, "an upload", nil
	s.keep(c.text)
	return nil
}

// turn turns one server, or all, on or off.
func (s *Server) turn(w http.ResponseWriter, r *http.Request) {
	action := r.PathValue("action")
	if action != "start" && action != "stop" {
		complain(w, http.StatusNotFound, "servers can start and stop, and nothing else")
		return
	}
	status, err := s.turnServers(r, r.PathValue("id"), action == "start")
	if err != nil {
		complain(w, status, err.Error())
		return
	}
	s.answerStatus(w)
}

func (s *Server) turnServers(r *http.Request, id string, on bool) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.config == nil {
		return http.StatusConflict, errors.New("no configuration is loaded")
	}
	found := id == ""
	for _, c := range s.config.servers {
		if id != "" && id != c.id {
			continue
		}
		found = true
		var err error
		if on {
			err = s.start(r.Context(), c)
		} else {
			err = s.stop(c.id)
		}
		if err != nil {
			return http.StatusConflict, err
		}
	}
	if !found {
		return http.StatusNotFound, fmt.Errorf("there is no server %q", id)
	}
	return 0, nil
}

// pack zips a configuration.
func pack(text []byte) ([]byte, error) {
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	f, err := z.Create(bootName)
	if err == nil {
		_, err = f.Write(text)
	}
	if err = errors.Join(err, z.Close()); err != nil {
		return nil, fmt.Errorf("zip configuration: %w", err)
	}
	return out.Bytes(), nil
}

// unpack returns the only .json file of a zip; all else is the configuration itself.
func unpack(text []byte) ([]byte, error) {
	if !bytes.HasPrefix(text, []byte("PK\x03\x04")) {
		return text, nil
	}
	z, err := zip.NewReader(bytes.NewReader(text), int64(len(text)))
	if err != nil {
		return nil, fmt.Errorf("read zip: %w", err)
	}
	var found []*zip.File
	for _, f := range z.File {
		if path.Ext(f.Name) == ".json" {
			found = append(found, f)
		}
	}
	if len(found) != 1 {
		return nil, fmt.Errorf("read zip: it has %d .json files: want one", len(found))
	}
	in, err := found[0].Open()
	if err != nil {
		return nil, fmt.Errorf("read zip: %w", err)
	}
	out, err := io.ReadAll(io.LimitReader(in, maxUpload))
	if err = errors.Join(err, in.Close()); err != nil {
		return nil, fmt.Errorf("read zip: %w", err)
	}
	return out, nil
}
