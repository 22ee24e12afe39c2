package azure

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"

	"github.com/lockstep-apiops/lockstep/internal/config"
)

// TokenSource hands out tokens. Implementations are safe for concurrent use.
type TokenSource interface {
	// Token returns a token that is valid now, or "" where none is needed.
	Token(ctx context.Context) (string, error)
	// Invalidate says that the service refused token, so that the next call of
	// Token asks for another. A token that was replaced meanwhile is left alone.
	Invalidate(token string)
}

// Source is the TokenSource that Credential returns. It asks for a token when
// it has none or the one it has is about to expire; while one worker asks, the
// others wait for the answer. It prints no token.
type Source struct {
	method Method
	scope  string
	log    *slog.Logger
	open   func() (azcore.TokenCredential, error) // nil: no token is needed
	turn   chan struct{}                          // held by who reads or changes what follows

	credential azcore.TokenCredential
	token      config.Secret
	expires    time.Time
	refresh    time.Time // ask anew from then on

	refused atomic.Pointer[string] // by the service
}

// margin is how long before its end a token is replaced, and pause how long a
// failed replacement rests while the old token still serves.
const (
	margin = 5 * time.Minute
	pause  = 30 * time.Second
)

// Method returns how the source signs in.
func (s *Source) Method() Method { return s.method }

// String names the way of signing in and nothing secret.
func (s *Source) String() string { return "azure token source (" + string(s.method) + ")" }

// Token returns a token that is valid now, or "" where none is needed.
func (s *Source) Token(ctx context.Context) (string, error) {
	if s.open == nil {
		return "", nil
	}
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	case <-ctx.Done():
		return "", ctx.Err()
	}
	if refused := s.refused.Swap(nil); refused != nil && *refused == s.token.Reveal() {
		s.token, s.credential = config.Secret{}, nil // credentials remember tokens, too
	}
	if !s.token.IsZero() && time.Now().Before(s.refresh) {
		return s.token.Reveal(), nil
	}
	err := s.fetch(ctx)
	if err != nil && !s.token.IsZero() && time.Now().Before(s.expires) && ctx.Err() == nil {
		s.refresh = time.Now().Add(pause)
		s.log.LogAttrs(ctx, slog.LevelInfo, "azure token could not be renewed yet",
			slog.String("method", string(s.method)), slog.Time("expires", s.expires), slog.Any("error", err))
		return s.token.Reveal(), nil
	}
	if err != nil {
		return "", fmt.Errorf("get azure token (%s): %w", s.method, err)
	}
	return s.token.Reveal(), nil
}

// Invalidate says that the service refused token.
func (s *Source) Invalidate(token string) { s.refused.Store(&token) }

// fetch asks for a token and keeps it.
func (s *Source) fetch(ctx context.Context) error {
	if s.credential == nil {
		credential, err := s.open()
		if err != nil {
			return err
		}
		s.credential = credential
	}
	got, err := s.credential.GetToken(ctx, policy.TokenRequestOptions{Scopes: []string{s.scope}})
	if err != nil {
		return shorten(err)
	}
	now := time.Now()
	s.token, s.expires, s.refresh = config.NewSecret(got.Token), got.ExpiresOn, got.RefreshOn
	if s.refresh.IsZero() {
		s.refresh = s.expires.Add(-min(margin, s.expires.Sub(now)/2))
	}
	s.log.LogAttrs(ctx, slog.LevelDebug, "azure token obtained",
		slog.String("method", string(s.method)), slog.Time("expires", s.expires))
	return nil
}

// shorten reduces azidentity's page about a refused sign-in to what Entra said.
func shorten(err error) error {
	var failed *azidentity.AuthenticationFailedError
	if !errors.As(err, &failed) || failed.RawResponse == nil {
		return err
	}
	var said struct {
		Code        string `json:"error"`
		Description string `json:"error_description"`
	}
	body, readErr := runtime.Payload(failed.RawResponse)
	if readErr != nil || json.Unmarshal(body, &said) != nil || said.Code == "" {
		return err
	}
	line, _, _ := strings.Cut(said.Description, "\n")
	return fmt.Errorf("%s: %s", said.Code, strings.TrimSpace(line))
}

// static is a credential made of a token somebody else got.
type static struct {
	token   config.Secret
	expires time.Time
}

// newStatic reads the token's end from it when it is a JWT.
func newStatic(token config.Secret) static {
	s := static{token: token, expires: expiry(token.Reveal())}
	if s.expires.IsZero() {
		s.expires = time.Now().AddDate(1, 0, 0) // unknown: the service will tell
	}
	return s
}

// GetToken returns the token until it expires.
func (s static) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	if !time.Now().Before(s.expires) {
		return azcore.AccessToken{}, fmt.Errorf(
			"the token in AZURE_BEARER_TOKEN expired at %s: get a new one with `az account get-access-token`",
			s.expires.UTC().Format(time.RFC3339))
	}
	return azcore.AccessToken{Token: s.token.Reveal(), ExpiresOn: s.expires, RefreshOn: s.expires}, nil
}

// expiry returns when a JWT says it ends, or the zero time. The signature is
// the service's business.
func expiry(token string) time.Time {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return time.Time{}
	}
	payload, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(parts[1], "="))
	if err != nil {
		return time.Time{}
	}
	var claims struct {
		Expires float64 `json:"exp"`
	}
	if json.Unmarshal(payload, &claims) != nil || claims.Expires <= 0 || claims.Expires > 1<<40 {
		return time.Time{}
	}
	return time.Unix(int64(claims.Expires), 0)
}
