package amplify

import (
	"crypto"
	"crypto/hmac"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// token is a JWT that was read and not yet checked.
type token struct {
	algorithm string
	signed    string // header and claims
	signature []byte
	claims    claims
}

type claims struct {
	Issuer   string   `json:"iss"`
	Subject  string   `json:"sub"`
	Audience audience `json:"aud"`
	Issued   int64    `json:"iat"`
	Expires  int64    `json:"exp"`
	ID       string   `json:"jti"`
	Client   string   `json:"azp,omitempty"`
	GUID     string   `json:"guid,omitempty"`
	OrgID    string   `json:"orgId,omitempty"`
	OrgGUID  string   `json:"org_guid,omitempty"`
}

// audience is one receiver or a list of them.
type audience []string

// UnmarshalJSON reads either form.
func (a *audience) UnmarshalJSON(text []byte) error {
	var one string
	if json.Unmarshal(text, &one) == nil {
		*a = audience{one}
		return nil
	}
	return json.Unmarshal(text, (*[]string)(a))
}

func (a audience) has(receiver string) bool { return slices.Contains(a, receiver) }

func parseToken(text string) (*token, error) {
	parts := strings.Split(text, ".")
	if len(parts) != 3 {
		return nil, errors.New("it is no JWT")
	}
	var decoded [3][]byte
	for i, part := range parts {
		var err error
		if decoded[i], err = base64.RawURLEncoding.DecodeString(part); err != nil {
			return nil, fmt.Errorf("read JWT: %w", err)
		}
	}
	var header struct {
		Algorithm string `json:"alg"`
	}
	t := &token{signed: parts[0] + "." + parts[1], signature: decoded[2]}
	if err := errors.Join(json.Unmarshal(decoded[0], &header), json.Unmarshal(decoded[1], &t.claims)); err != nil {
		return nil, fmt.Errorf("read JWT: %w", err)
	}
	t.algorithm = header.Algorithm
	return t, nil
}

// signedBy checks an RS256 signature.
func (t *token) signedBy(key *rsa.PublicKey) bool {
	sum := sha256.Sum256([]byte(t.signed))
	return t.algorithm == "RS256" && rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], t.signature) == nil
}

// sign makes an access token. The server alone checks it, so it is signed with the
// server's own key.
func (s *Server) sign(a *account, issuer string) string {
	now := s.now()
	c := claims{Issuer: issuer, Subject: a.who.guid, Audience: audience{"amplify"}, Issued: now.Unix(), Expires: now.Add(s.o.TokenLife).Unix(),
		ID: newUUID(), Client: a.ClientID, GUID: a.who.guid, OrgID: s.o.OrgID, OrgGUID: stableID("org", s.o.OrgID)}
	text, _ := json.Marshal(c) // Strings and numbers never fail.
	signed := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"HS256","typ":"JWT"}`)) + "." + base64.RawURLEncoding.EncodeToString(text)
	return signed + "." + base64.RawURLEncoding.EncodeToString(s.mac(signed))
}

func (s *Server) mac(text string) []byte {
	h := hmac.New(sha256.New, s.key)
	_, _ = h.Write([]byte(text)) // Never fails.
	return h.Sum(nil)
}

// verify finds the account of an access token that this server signed.
func (s *Server) verify(text string) (*identity, error) {
	t, err := parseToken(text)
	if err != nil {
		return nil, err
	}
	a := s.accounts[t.claims.Client]
	switch {
	case t.algorithm != "HS256" || !hmac.Equal(t.signature, s.mac(t.signed)) || a == nil:
		return nil, errors.New("somebody else signed it")
	case s.now().Unix() >= t.claims.Expires:
		return nil, errors.New("it has expired")
	}
	return a.who, nil
}

func (s *Server) userinfo(w http.ResponseWriter, r *http.Request) {
	bearer := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	who, err := s.verify(bearer)
	if err != nil {
		a := refuse(refusal{"invalid_token", "Token verification failed"})
		a.status = http.StatusUnauthorized
		render(a).send(w)
		return
	}
	client := s.clientOf(who)
	render(ok(map[string]any{"sub": who.guid, "guid": who.guid, "preferred_username": "service-account-" + client, "name": client,
		"org_guid": stableID("org", s.o.OrgID), "org_name": s.orgName(), "orgId": s.o.OrgID})).send(w)
}

// clientOf is the client id of an identity.
func (s *Server) clientOf(who *identity) string {
	for id, a := range s.accounts {
		if a.who == who {
			return id
		}
	}
	return ""
}
