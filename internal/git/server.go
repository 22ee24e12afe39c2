package git

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-git/go-git/v5/plumbing/format/packfile"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp/capability"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp/sideband"
	"github.com/go-git/go-git/v5/plumbing/transport"
)

// A server is a repository behind a URL.
type server struct {
	name     string // the URL without credentials
	endpoint transport.Endpoint
	client   transport.Transport
	auth     transport.AuthMethod // unless renew is there
	renew    func(context.Context) (string, error)
	user     string // that renew has the password of
	log      *slog.Logger
	objects  *objects

	mu      sync.Mutex
	secrets []string
	holds   map[Hash]bool // commits that the server named or gave
}

var _ host = (*server)(nil)

func newServer(location string, o Options) (*server, error) {
	ep, err := transport.NewEndpoint(location)
	if err != nil {
		return nil, errors.New("it is no URL") // the cause quotes it, credentials included
	}
	s := &server{name: StripUserinfo(location), log: o.Log, holds: map[Hash]bool{}}
	for _, secret := range []string{o.Auth.Password, o.Auth.Bearer, o.Auth.Passphrase, ep.Password} {
		if secret != "" {
			s.secrets = append(s.secrets, secret)
		}
	}
	if o.Auth.Renew != nil && (ep.Protocol == "https" || ep.Protocol == "http") {
		s.renew, s.user = o.Auth.Renew, cmp.Or(o.Auth.User, "git")
	}
	if s.client, s.auth, err = connect(ep, o); err != nil {
		return nil, s.explain(err)
	}
	s.endpoint = *ep
	return s, nil
}

// list asks the server for its refs.
func (s *server) list(ctx context.Context) (*listing, error) {
	auth, err := s.signIn(ctx)
	if err != nil {
		return nil, err
	}
	ep := s.endpoint // a session may change it
	session, err := s.client.NewUploadPackSession(&ep, auth)
	if err != nil {
		return nil, s.explain(err)
	}
	defer s.hangUp(session)
	start := time.Now()
	adv, err := session.AdvertisedReferencesContext(ctx)
	s.log.DebugContext(ctx, "listed refs", "repository", s.name, "duration", time.Since(start), "error", s.explain(err))
	if errors.Is(err, transport.ErrEmptyRemoteRepository) {
		return &listing{}, nil
	}
	if err != nil {
		return nil, s.explain(firstError(ctx, err))
	}
	s.note(adv)
	return listingOf(adv), nil
}

// note remembers what the server has shown to have.
func (s *server) note(adv *packp.AdvRefs) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, h := range adv.References {
		s.holds[h] = true
	}
}

func listingOf(adv *packp.AdvRefs) *listing {
	l := &listing{}
	for name, h := range adv.References {
		if strings.HasPrefix(name, "refs/") {
			l.refs = append(l.refs, Ref{Name: name, Hash: h})
		}
	}
	slices.SortFunc(l.refs, func(a, b Ref) int { return strings.Compare(a.Name, b.Name) })
	if adv.Head == nil {
		return l
	}
	l.head = *adv.Head
	for _, pair := range adv.Capabilities.Get(capability.SymRef) {
		if target, ok := strings.CutPrefix(pair, "HEAD:"); ok {
			l.headBranch = target
		}
	}
	if l.headBranch != "" {
		return l
	}
	for _, name := range []string{"refs/heads/main", "refs/heads/master"} { // an old server
		if l.headBranch == "" && l.at(name) == l.head {
			l.headBranch = name
		}
	}
	return l
}

// fetch gets commits in one exchange that mentions nothing the store has: a
// plain clone is what every server does well. Depth 1 is commits with their
// files; depth 0 is the commits of all history, without files where the server
// can leave them out.
func (s *server) fetch(ctx context.Context, want []Hash, depth int) error {
	auth, err := s.signIn(ctx)
	if err != nil {
		return err
	}
	ep := s.endpoint
	session, err := s.client.NewUploadPackSession(&ep, auth)
	if err != nil {
		return s.explain(err)
	}
	defer s.hangUp(session)
	start := time.Now()
	err = s.fetchOver(ctx, session, want, depth)
	s.log.DebugContext(ctx, "fetched commits", "repository", s.name, "commits", len(want), "depth", depth,
		"duration", time.Since(start), "error", s.explain(err))
	if err != nil {
		return fmt.Errorf("fetch: %w", s.explain(firstError(ctx, err)))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, h := range want {
		s.holds[h] = true
	}
	return nil
}

func (s *server) fetchOver(ctx context.Context, session transport.UploadPackSession, want []Hash, depth int) error {
	adv, err := session.AdvertisedReferencesContext(ctx)
	if err != nil {
		return err
	}
	res, err := session.UploadPack(ctx, s.fetchRequest(adv, want, depth))
	if err != nil {
		return err
	}
	s.objects.mu.Lock()
	defer s.objects.mu.Unlock()
	err = packfile.UpdateObjectStorage(s.objects.layers[0], packReader(res, adv))
	return errors.Join(err, res.Close())
}

func (s *server) fetchRequest(adv *packp.AdvRefs, want []Hash, depth int) *packp.UploadPackRequest {
	req := packp.NewUploadPackRequestFromCapabilities(adv.Capabilities)
	req.Wants = slices.Clone(want)
	set := func(c capability.Capability) { _ = req.Capabilities.Set(c) } // fails for those that need a value
	if adv.Capabilities.Supports(capability.NoProgress) {
		set(capability.NoProgress)
	}
	if depth > 0 && adv.Capabilities.Supports(capability.Shallow) {
		set(capability.Shallow)
		req.Depth = packp.DepthCommits(depth)
	}
	if depth == 0 && adv.Capabilities.Supports(capability.Filter) {
		set(capability.Filter)
		req.Filter = packp.FilterTreeDepth(0)
	}
	if strings.Contains(s.endpoint.Path, "/_git/") {
		// Azure Repos turns away clients that do not offer this. Without
		// common commits to settle on, nothing follows from it.
		set(capability.MultiACK)
	}
	return req
}

func packReader(res io.Reader, adv *packp.AdvRefs) io.Reader {
	switch {
	case adv.Capabilities.Supports(capability.Sideband64k):
		return sideband.NewDemuxer(sideband.Sideband64k, res)
	case adv.Capabilities.Supports(capability.Sideband):
		return sideband.NewDemuxer(sideband.Sideband, res)
	}
	return res
}

// hangUp ends a session. What it could report has been reported by the
// exchange; servers differ in how they end a line that was not used up.
func (s *server) hangUp(session io.Closer) {
	if err := session.Close(); err != nil {
		s.log.Debug("closed session", "repository", s.name, "error", s.explain(err))
	}
}

// A serverError is an error as a user may see it.
type serverError struct {
	text  string
	cause error
}

func (e *serverError) Error() string { return e.text }
func (e *serverError) Unwrap() error { return e.cause }

// explain gives an error the package's terms and takes credentials out of it.
func (s *server) explain(err error) error {
	if err == nil {
		return nil
	}
	var known *serverError
	if errors.As(err, &known) {
		return err
	}
	text := err.Error()
	switch {
	case errors.Is(err, transport.ErrAuthenticationRequired), errors.Is(err, transport.ErrAuthorizationFailed):
		err = ErrDenied
		text = "access denied by " + s.name + ": " + strings.TrimSpace(text) + ": check that the token is valid and may read or write the repository"
	case errors.Is(err, transport.ErrRepositoryNotFound):
		err = ErrNotFound
		text += ": check the URL, and that the credentials may see the repository"
	case strings.Contains(text, "not our ref"), strings.Contains(text, "unadvertised object"):
		err = ErrNotFound
		text = "the server does not hand out this commit: " + text
	case strings.Contains(text, "unable to authenticate"), strings.Contains(text, "knownhosts:"):
		err = ErrDenied
	}
	return &serverError{text: strings.TrimSpace(s.hide(text)), cause: err}
}
