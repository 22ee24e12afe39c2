package autoflow

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/lockstep-apiops/lockstep/internal/sandbox"
)

// Server emulates one installation of API AutoFlow. As an http.Handler it is what
// stands in for the product's pages; the servers of its configuration listen on ports
// of their own, from Boot until Close.
type Server struct {
	o       Options
	guard   *sandbox.Guard // before the configured servers
	control http.Handler

	mu      sync.Mutex // held while servers come and go
	system  system
	config  *configuration // nil: no boot succeeded
	source  string         // where config is from
	failed  error          // of the last boot
	running map[string]*listening
}

// New reads the system variables of an installation. Boot starts it.
func New(o Options) (*Server, error) {
	s := &Server{o: withDefaults(o), running: map[string]*listening{}}
	var err error
	if s.system, err = readSystem(s.o.Data, s.o.Environ); err != nil {
		return nil, err
	}
	s.guard, err = sandbox.NewGuard(sandbox.GuardOptions{
		Latency: o.Latency, ReadRate: o.ReadRate, ReadBurst: o.ReadBurst, WriteRate: o.WriteRate, WriteBurst: o.WriteBurst,
		Faults: o.Faults, Throttled: throttled,
	}, http.HandlerFunc(s.serveAPI))
	if err != nil {
		return nil, err
	}
	s.control = s.newControl()
	return s, nil
}

// ServeHTTP answers one request to what stands in for the product's pages.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.control.ServeHTTP(w, r) }

// UIAddress is where the product would have its pages.
func (s *Server) UIAddress() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return net.JoinHostPort(s.o.Host, strconv.Itoa(s.uiPort()))
}

func (s *Server) uiPort() int {
	if s.o.UIPort != nil {
		return *s.o.UIPort
	}
	return s.system.uiPort
}

// Stats is what was counted of requests to the configured servers since the start, or
// since ResetStats.
func (s *Server) Stats() sandbox.Stats { return s.guard.Stats() }

// ResetStats starts counting anew.
func (s *Server) ResetStats() { s.guard.ResetStats() }

// Close stops all servers.
func (s *Server) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stopAll()
}

// listening is a server that is on.
type listening struct {
	config *serverConfig
	http   *http.Server
	served chan error
}

// routerKey is the key of the running server in a request's context.
type routerKey struct{}

// start turns a server on. The caller holds the lock.
func (s *Server) start(ctx context.Context, c *serverConfig) error {
	if s.running[c.id] != nil {
		return nil
	}
	port := c.port + s.system.offset
	listener, err := s.o.Listen(ctx, net.JoinHostPort(s.o.Host, strconv.Itoa(port)))
	if err != nil {
		return fmt.Errorf("start server %q on port %d: %w", c.id, port, err)
	}
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.guard.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), routerKey{}, c)))
	})
	l := &listening{config: c, http: &http.Server{Handler: handler, ReadHeaderTimeout: headerTime}, served: make(chan error, 1)}
	go func() { l.served <- l.http.Serve(listener) }()
	s.running[c.id] = l
	s.o.Logger.InfoContext(ctx, "server on", "server", c.id, "version", c.version, "address", listener.Addr())
	return nil
}

const (
	headerTime = 10 * time.Second
	stopTime   = time.Second // for requests that run when a server is stopped
)

// stop turns a server off. The caller holds the lock.
func (s *Server) stop(id string) error {
	l := s.running[id]
	if l == nil {
		return nil
	}
	delete(s.running, id)
	ctx, cancel := context.WithTimeout(context.Background(), stopTime)
	defer cancel()
	err := l.http.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		err = l.http.Close()
	}
	if served := <-l.served; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	if err != nil {
		return fmt.Errorf("stop server %q: %w", id, err)
	}
	return nil
}

func (s *Server) stopAll() error {
	var errs []error
	for _, id := range sorted(s.running) {
		errs = append(errs, s.stop(id))
	}
	return errors.Join(errs...)
}

// startAll turns all servers on, or none.
func (s *Server) startAll(ctx context.Context) error {
	for _, c := range s.config.servers {
		if err := s.start(ctx, c); err != nil {
			return errors.Join(err, s.stopAll())
		}
	}
	return nil
}

func throttled(w http.ResponseWriter, wait time.Duration) {
	w.Header().Set("Retry-After", strconv.Itoa(int(wait/time.Second)+1))
	complain(w, http.StatusTooManyRequests, "there are too many requests")
}
