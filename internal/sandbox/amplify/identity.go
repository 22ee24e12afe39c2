package amplify

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
)

// Account is a service account that can log in.
type Account struct {
	ClientID  string
	Secret    string   // for the login with a secret
	PublicKey string   // PEM, for the login with a signed JWT
	Teams     []string // names or ids; empty: a Central Admin
}

// team is one of the organization's teams.
type team struct{ id, name string }

// identity is who makes a request.
type identity struct {
	guid  string
	teams []string // ids; the first owns what the account makes
	admin bool
}

// member reports whether the account belongs to the team.
func (i *identity) member(team string) bool { return team != "" && slices.Contains(i.teams, team) }

// stableID makes an id that is the same for the same words, in the shape of the service's.
func stableID(words ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(words, "\x00")))
	return hex.EncodeToString(sum[:16])
}

// newID is a fresh id as the service makes them.
func newID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // Never fails.
	return hex.EncodeToString(b[:])
}

// newUUID is a fresh id for a request or token.
func newUUID() string {
	id := newID()
	return fmt.Sprintf("%s-%s-%s-%s-%s", id[:8], id[8:12], id[12:16], id[16:20], id[20:])
}

// defaultTeam is the team that every organization has.
const defaultTeam = "Default Team"

// newTeams reads "NAME" and "ID=NAME"; the default team is always there.
func newTeams(specs []string) ([]team, error) {
	all := []team{{stableID("team", defaultTeam), defaultTeam}}
	for _, spec := range specs {
		id, name, given := strings.Cut(spec, "=")
		if !given {
			id, name = stableID("team", spec), spec
		}
		if id == "" || name == "" {
			return nil, fmt.Errorf("add team %q: write it as NAME or ID=NAME", spec)
		}
		if name == defaultTeam {
			all[0].id = id
			continue
		}
		if slices.ContainsFunc(all, func(t team) bool { return t.id == id || t.name == name }) {
			return nil, fmt.Errorf("add team %q: there is one with this id or name", spec)
		}
		all = append(all, team{id, name})
	}
	return all, nil
}

// teamID finds a team by id or name.
func (s *Server) teamID(idOrName string) (string, bool) {
	for _, t := range s.teams {
		if t.id == idOrName || t.name == idOrName {
			return t.id, true
		}
	}
	return "", false
}

// identify makes the identity of an account.
func (s *Server) identify(a Account) (*identity, error) {
	who := &identity{guid: stableID("account", a.ClientID), admin: len(a.Teams) == 0}
	for _, name := range a.Teams {
		id, found := s.teamID(name)
		if !found {
			return nil, fmt.Errorf("add account %s: there is no team %q", a.ClientID, name)
		}
		who.teams = append(who.teams, id)
	}
	return who, nil
}
