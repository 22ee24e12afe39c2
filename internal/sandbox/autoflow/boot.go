package autoflow

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Boot stops what runs and begins anew, as a restart of the product does: it reads
// the system variables, loads the configuration that they lead to, and starts its
// servers. If it fails, all servers are off.
func (s *Server) Boot(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	err := s.boot(ctx)
	if err != nil {
		err = fmt.Errorf("boot: %w", err)
	}
	s.failed = err
	return err
}

func (s *Server) boot(ctx context.Context) error {
	if err := s.stopAll(); err != nil {
		return err
	}
	s.config, s.source = nil, ""
	system, err := readSystem(s.o.Data, s.o.Environ)
	if err != nil {
		return err
	}
	if s.o.UIPort == nil && system.uiPort != s.system.uiPort {
		system.warn("UI_PORT is %d now, and counts from the next start", system.uiPort)
		system.uiPort = s.system.uiPort
	}
	s.system = system
	s.o.Level.Set(system.level)
	c, source, err := s.load()
	if err != nil {
		return err
	}
	if err := s.checkPorts(c); err != nil {
		return err
	}
	s.config, s.source = c, source
	s.keep(c.text)
	for _, warning := range s.warnings() {
		s.o.Logger.WarnContext(ctx, "booted with a doubt", "doubt", warning)
	}
	if s.o.Off {
		return nil
	}
	if err := s.startAll(ctx); err != nil {
		s.config = nil
		return err
	}
	return nil
}

// warnings are those of the last boot.
func (s *Server) warnings() []string {
	all := s.system.warnings
	if s.config != nil {
		all = append(all[:len(all):len(all)], s.config.warnings...)
	}
	return all
}

// statePath is where the configuration is kept.
func (s *Server) statePath() string {
	if s.o.State != "" {
		return s.o.State
	}
	return filepath.Join(s.system.data, stateName)
}

// load reads the configuration that counts at boot, and says where it is from.
func (s *Server) load() (c *configuration, source string, err error) {
	kept, err := os.ReadFile(s.statePath())
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, "", fmt.Errorf("read kept configuration: %w", err)
	}
	exists := err == nil
	var boot []byte
	if s.system.bootFile != "" {
		if boot, err = os.ReadFile(s.system.bootPath()); err != nil && (!exists || s.system.replaces) {
			return nil, "", fmt.Errorf("read boot file: %w", err)
		}
	}
	text := []byte("{}")
	source = "nowhere: it is empty"
	switch {
	case exists && (boot == nil || !s.system.replaces):
		text, source = kept, s.statePath()
		if boot != nil && !bytes.Equal(boot, kept) {
			s.system.warn("the boot file %s is ignored, for a configuration exists; BOOT_FILE_REPLACES_CONFIG=true has it loaded", s.system.bootPath())
		}
	case boot != nil:
		text, source = boot, s.system.bootPath()
	}
	if c, err = parseConfiguration(text); err != nil {
		return nil, "", fmt.Errorf("%s: %w", source, err)
	}
	return c, source, nil
}

// checkPorts refuses servers that cannot listen beside each other.
func (s *Server) checkPorts(c *configuration) error {
	taken := map[int]string{s.uiPort(): "the product's pages (UI_PORT)"}
	for _, server := range c.servers {
		port := server.port + s.system.offset
		if port < 1 || port > maxPort {
			return fmt.Errorf("server %q: port %d with PORT_OFFSET %d is no port", server.id, server.port, s.system.offset)
		}
		if other, is := taken[port]; is {
			return fmt.Errorf("server %q: port %d belongs to %s", server.id, port, other)
		}
		taken[port] = fmt.Sprintf("server %q", server.id)
	}
	return nil
}

// keep writes the configuration where the next boot finds it. Where that cannot be
// done, as on the read-only volume of a Kubernetes ConfigMap, it is lost with the
// process.
func (s *Server) keep(text []byte) {
	path := s.statePath()
	if held, err := os.ReadFile(path); err == nil && bytes.Equal(held, text) {
		return
	}
	if err := writeFile(path, text); err != nil {
		s.system.warn("the configuration is not kept: %v", err)
	}
}

// writeFile replaces a file at once.
func writeFile(path string, text []byte) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return err
	}
	_, err = tmp.Write(text)
	if err = errors.Join(err, tmp.Close()); err == nil {
		err = os.Rename(tmp.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(tmp.Name()))
	}
	return nil
}
