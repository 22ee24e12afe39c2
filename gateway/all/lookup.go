package all

import (
	"cmp"
	"context"
	"errors"
	"sync"

	"github.com/lockstep-apiops/lockstep/gateway"
)

// A lookup finds secrets in the environment, else where they are kept. It notes
// what goes wrong, for those who ask take a secret that cannot be found for one
// that is as it was.
type lookup struct {
	env    func(string) string
	secret func(name string) (string, bool, error) // nil: none is kept anywhere

	mu  sync.Mutex
	err error
}

func (l *lookup) find(name string) (string, bool) {
	if s := l.env(autoflowSecret + name); s != "" {
		return s, true
	}
	if l.secret == nil {
		return "", false
	}
	s, ok, err := l.secret(name)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.err = cmp.Or(l.err, err)
	return s, ok && err == nil
}

// failed returns the first error.
func (l *lookup) failed() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.err
}

// A vouched gateway takes nothing over while a secret could not be asked for.
type vouched struct {
	gateway.Transactor
	secrets *lookup
}

// Begin implements gateway.Transactor.
func (v vouched) Begin(ctx context.Context) (gateway.Transaction, error) {
	tx, err := v.Transactor.Begin(ctx)
	if err != nil {
		return nil, err
	}
	return vouchedTransaction{tx, v.secrets}, nil
}

type vouchedTransaction struct {
	gateway.Transaction
	secrets *lookup
}

// Commit implements gateway.Transaction.
func (t vouchedTransaction) Commit(ctx context.Context) error {
	if err := t.secrets.failed(); err != nil {
		return errors.Join(err, t.Rollback())
	}
	return t.Transaction.Commit(ctx)
}
