package publisher

import (
	"github.com/lockstep-apiops/lockstep/gateway"
)

// A covered error can be asked for what it is, and tells no secret.
type covered struct {
	err  error
	text string
}

// Error returns the text without secrets.
func (c *covered) Error() string { return c.text }

// Unwrap returns the whole error.
func (c *covered) Unwrap() error { return c.err }

// cover returns an error without the secrets of the resources that were written: a
// gateway may repeat in its answer what it was sent. Resources may be nil.
func (a *applier) cover(err error, written ...*gateway.Resource) error {
	if err == nil {
		return nil
	}
	var secrets []string
	for _, r := range written {
		if r != nil {
			secrets = append(secrets, a.kinds.Veiled(r)...)
		}
	}
	text := err.Error()
	if veiled := gateway.Veil(text, secrets); veiled != text {
		return &covered{err, veiled}
	}
	return err
}

// coverAll is cover for an error that may be about any action.
func (a *applier) coverAll(err error) error {
	var written []*gateway.Resource
	for i := range a.actions {
		written = append(written, a.actions[i].Want)
	}
	return a.cover(err, written...)
}
