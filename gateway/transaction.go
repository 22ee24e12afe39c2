package gateway

import "context"

// A Transactor is a Gateway whose writes can take effect together or not at
// all, such as one that is a single file. Its own Put and Delete take effect
// at once, each by itself.
type Transactor interface {
	Gateway
	// Begin starts a transaction. What is there may not change under it: who
	// begins another one waits, or is told who is in the way.
	Begin(ctx context.Context) (Transaction, error)
}

// A Transaction is a Gateway that shows what was written through it, while
// nobody else sees any of that. It ends with one call of Commit or Rollback.
type Transaction interface {
	Gateway
	// Commit makes all writes take effect. After an error none has, or the
	// error says what is left to do.
	Commit(ctx context.Context) error
	// Rollback forgets all writes.
	Rollback() error
}
