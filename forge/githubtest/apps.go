package githubtest

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// An App is a GitHub App that is known to the server.
type App struct {
	ID           string
	Key          *rsa.PublicKey
	Login        string // of its bot
	Installation int64  // 0: it is installed nowhere
	// Elsewhere is set if the installation does not reach the repository.
	Elsewhere   bool
	Permissions map[string]string
	// Life is how long its tokens are good for; 0 is an hour.
	Life time.Duration
}

// AddApp adds an app. Its installation's tokens are those that the server hands
// out.
func (s *Server) AddApp(a App) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.apps = append(s.apps, a)
}

// SetClock sets the clock by which tokens expire and signatures are dated.
func (s *Server) SetClock(now func() time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now = now
}

// Expire ends all tokens that were handed out to apps, and those named.
func (s *Server) Expire(tokens ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for name, t := range s.tokens {
		if !t.Expires.IsZero() || slices.Contains(tokens, name) {
			t.Expires = s.now().Add(-time.Second)
			s.tokens[name] = t
		}
	}
}

// Handed returns how many tokens were handed out to apps.
func (s *Server) Handed() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.handed
}

const (
	badJWT    = "A JSON web token could not be decoded"
	badIssued = "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued"
	badExpiry = "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires"
	longJWT   = "'Expiration time' claim ('exp') is too far in the future"
)

// appOf returns the app that signed a request, or why it is none.
func (s *Server) appOf(r *http.Request) (App, string) {
	jwt, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	parts := strings.Split(jwt, ".")
	if len(parts) != 3 {
		return App{}, badJWT
	}
	var decoded [3][]byte
	for i, part := range parts {
		raw, err := base64.RawURLEncoding.DecodeString(part)
		if err != nil {
			return App{}, badJWT
		}
		decoded[i] = raw
	}
	var header struct{ Alg, Typ string }
	var claims struct {
		Iss      string
		Iat, Exp *int64
	}
	strict := json.NewDecoder(bytes.NewReader(decoded[1]))
	strict.DisallowUnknownFields()
	if json.Unmarshal(decoded[0], &header) != nil || strict.Decode(&claims) != nil || header.Alg != "RS256" {
		return App{}, badJWT
	}
	i := slices.IndexFunc(s.apps, func(a App) bool { return a.ID == claims.Iss })
	sum := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	if i < 0 || rsa.VerifyPKCS1v15(s.apps[i].Key, crypto.SHA256, sum[:], decoded[2]) != nil {
		return App{}, badJWT
	}
	const longest = 10 * time.Minute
	now := s.now()
	switch {
	case claims.Iat == nil || time.Unix(*claims.Iat, 0).After(now):
		return App{}, badIssued
	case claims.Exp == nil || !time.Unix(*claims.Exp, 0).After(now):
		return App{}, badExpiry
	case time.Unix(*claims.Exp, 0).After(now.Add(longest)):
		return App{}, longJWT
	}
	return s.apps[i], ""
}

// installation tells which installation of an app the repository has.
func (s *Server) installation(r *request) answer {
	app, why := s.appOf(r.Request)
	switch {
	case why != "":
		return refused(http.StatusUnauthorized, why)
	case app.Installation == 0 || app.Elsewhere:
		return notFound
	}
	return ok(map[string]any{"id": app.Installation, "app_slug": app.Login})
}

// accessToken hands out a token for an installation.
func (s *Server) accessToken(r *request) answer {
	app, why := s.appOf(r.Request)
	if why != "" {
		return refused(http.StatusUnauthorized, why)
	}
	if id := strconv.FormatInt(app.Installation, 10); app.Installation == 0 || r.PathValue("id") != id {
		return notFound
	}
	repos, _ := field[[]string](r, "repositories")
	for _, name := range repos {
		if app.Elsewhere || !strings.EqualFold(name, s.repo.Name) {
			return refused(http.StatusUnprocessableEntity, "There is at least one repository that does not exist or is not accessible to the parent installation.")
		}
	}
	life := app.Life
	if life == 0 {
		life = time.Hour
	}
	s.handed++
	token := fmt.Sprintf("ghs_%s_%d", app.Login, s.handed)
	t := Token{Login: app.Login, Permissions: maps.Clone(app.Permissions), Installation: true, Expires: s.now().Add(life)}
	s.tokens[token] = t
	return created(map[string]any{"token": token, "expires_at": t.Expires.UTC().Format(time.RFC3339), "permissions": t.Permissions, "repository_selection": "selected"})
}
