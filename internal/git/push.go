package git

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp/capability"
	"github.com/go-git/go-git/v5/plumbing/transport"
)

// Push moves ref, a name in full, from one commit to another, and takes along
// the objects that its host lacks. It happens at once or not at all, and only
// if ref is at from: the host itself compares, so of two pushes from the same
// commit exactly one succeeds and the other gets a [*StaleError]. The zero Hash
// as from means that ref must not exist; as to, that it is deleted. Whether to
// descends from from does not matter.
//
// A refusal by the server or a hook wraps ErrRefused and says what they said.
// In a repository opened by its path no hook runs, and a branch that some work
// tree has checked out is refused.
func (r *Repo) Push(ctx context.Context, ref string, to, from Hash) error {
	if err := checkRef(ref); err != nil {
		return fmt.Errorf("push: %w", err)
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("push %s: %w", ref, err)
	}
	if to == from {
		return r.checkAt(ctx, ref, to)
	}
	err := r.host.swap(ctx, ref, to, from)
	var stale *StaleError
	if err == nil || errors.As(err, &stale) {
		return err
	}
	return fmt.Errorf("push %s: %w", ref, err)
}

// checkAt is a push that moves nothing.
func (r *Repo) checkAt(ctx context.Context, ref string, want Hash) error {
	l, err := r.host.list(ctx)
	if err != nil {
		return fmt.Errorf("push %s: %w", ref, err)
	}
	if have := l.at(ref); have != want {
		return &StaleError{Ref: ref, Want: want, Have: have}
	}
	return nil
}

// swap sends one command, which names the old value, and a pack of exactly the
// objects that the server lacks.
func (s *server) swap(ctx context.Context, ref string, to, from Hash) error {
	auth, err := s.signIn(ctx)
	if err != nil {
		return err
	}
	ep := s.endpoint
	session, err := s.client.NewReceivePackSession(&ep, auth)
	if err != nil {
		return s.explain(err)
	}
	defer s.hangUp(session)
	adv, err := session.AdvertisedReferencesContext(ctx)
	if errors.Is(err, transport.ErrEmptyRemoteRepository) {
		adv, err = packp.NewAdvRefs(), nil
	}
	if err != nil {
		return s.explain(firstError(ctx, err))
	}
	if have := adv.References[ref]; have != from {
		return &StaleError{Ref: ref, Want: from, Have: have}
	}
	s.note(adv)
	said := &bytes.Buffer{}
	req, err := s.pushRequest(adv, &packp.Command{Name: plumbing.ReferenceName(ref), Old: from, New: to}, said)
	if err != nil {
		return err
	}
	start := time.Now()
	report, err := session.ReceivePack(ctx, req)
	s.log.DebugContext(ctx, "pushed", "repository", s.name, "ref", ref, "to", to.String(), "from", from.String(),
		"duration", time.Since(start), "error", s.explain(err))
	if err == nil && report != nil {
		return nil
	}
	return s.settle(ctx, ref, to, from, report, err, said.String())
}

// pushRequest prepares what is sent. The server's messages, those of hooks
// included, go to said.
func (s *server) pushRequest(adv *packp.AdvRefs, c *packp.Command, said io.Writer) (*packp.ReferenceUpdateRequest, error) {
	req := packp.NewReferenceUpdateRequestFromCapabilities(adv.Capabilities)
	req.Commands = []*packp.Command{c}
	want := []capability.Capability{capability.Sideband64k, capability.DeleteRefs}
	for _, c := range want {
		if adv.Capabilities.Supports(c) {
			if err := req.Capabilities.Set(c); err != nil {
				return nil, fmt.Errorf("ask for %s: %w", c, err)
			}
		}
	}
	req.Progress = said
	if c.New.IsZero() {
		return req, nil
	}
	send, err := s.objects.missing(c.New, s.knows)
	if err != nil {
		return nil, err
	}
	req.Packfile = s.objects.pack(send)
	return req, nil
}

// knows reports whether the server has a commit for certain.
func (s *server) knows(h Hash) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.holds[h]
}

// settle finds out what a push came to that brought no clear success: servers
// word a lost race in their own ways, and a connection may break after the
// ref has moved.
func (s *server) settle(ctx context.Context, ref string, to, from Hash, report *packp.ReportStatus, cause error, said string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if errors.Is(cause, transport.ErrAuthenticationRequired) || errors.Is(cause, transport.ErrAuthorizationFailed) {
		return s.explain(cause)
	}
	l, err := s.list(ctx)
	if err != nil {
		return s.explain(errors.Join(cause, err))
	}
	have, answered := l.at(ref), report != nil
	text := s.said(cause, said)
	switch {
	case have == to && !answered:
		return nil
	case have != from:
		return &StaleError{Ref: ref, Want: from, Have: have, Server: text}
	case answered:
		return &serverError{text: ErrRefused.Error() + ": " + text, cause: ErrRefused}
	case cause == nil:
		return fmt.Errorf("%w: the server did not say why", ErrRefused)
	}
	return s.explain(cause)
}

// said joins a refusal and what the server printed to a text for people.
func (s *server) said(cause error, printed string) string {
	var lines []string
	if cause != nil {
		text := s.explain(cause).Error()
		if _, reason, ok := strings.Cut(text, "command error on "); ok {
			_, text, _ = strings.Cut(reason, ": ")
		}
		lines = append(lines, text)
	}
	for line := range strings.FieldsFuncSeq(printed, func(r rune) bool { return r == '\n' || r == '\r' }) {
		line = strings.TrimSpace(strings.Map(printable, line))
		if line != "" && line != "error:" { // which hooks put around what they say
			lines = append(lines, line)
		}
	}
	text := s.hide(strings.Join(lines, "; "))
	const most = 2000
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "") + " ..."
	}
	return text
}

func printable(r rune) rune {
	if unicode.IsPrint(r) {
		return r
	}
	return -1
}

// firstError prefers the context's error, which is why the other happened.
func firstError(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}
