package all

import (
	"context"
	"errors"
	"testing"

	"github.com/lockstep-apiops/lockstep/gateway"
)

// A ledger counts how a transaction ends.
type ledger struct {
	gateway.Transaction
	commits, rollbacks int
}

func (l *ledger) Commit(context.Context) error { l.commits++; return nil }

func (l *ledger) Rollback() error { l.rollbacks++; return nil }

// begins has one transaction to begin.
type begins struct {
	gateway.Transactor
	tx gateway.Transaction
}

func (b begins) Begin(context.Context) (gateway.Transaction, error) { return b.tx, nil }

func TestSecretsThatCannotBeAskedFor(t *testing.T) {
	locked := errors.New("the store is locked")
	env := func(name string) string {
		return map[string]string{"AUTOFLOW_SECRET_A": "of the environment"}[name]
	}
	ask := func(name string) (string, bool, error) {
		switch name {
		case "LOCKED":
			return "", false, locked
		case "NONE":
			return "", false, nil
		}
		return "of the store", true, nil
	}
	for _, tt := range []struct {
		name, asked string
		secret      func(string) (string, bool, error)
		want        string
		ok          bool
		err         error
	}{
		{"the environment first", "A", ask, "of the environment", true, nil},
		{"the store", "B", ask, "of the store", true, nil},
		{"no store", "B", nil, "", false, nil},
		{"nobody has it", "NONE", ask, "", false, nil},
		{"the store is locked", "LOCKED", ask, "", false, locked},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l, secrets := &ledger{}, &lookup{env: env, secret: tt.secret}
			tx, err := vouched{Transactor: begins{tx: l}, secrets: secrets}.Begin(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if got, ok := secrets.find(tt.asked); got != tt.want || ok != tt.ok {
				t.Errorf("found %q, %t, want %q, %t", got, ok, tt.want, tt.ok)
			}
			err = tx.Commit(t.Context())
			if committed := l.commits == 1 && l.rollbacks == 0; !errors.Is(err, tt.err) || committed != (tt.err == nil) {
				t.Errorf("commit: %v with %d commits and %d rollbacks, want %v", err, l.commits, l.rollbacks, tt.err)
			}
		})
	}
}
