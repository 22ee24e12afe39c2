package vault

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/lockstep-apiops/lockstep/internal/command"
)

// shownWords is how many bytes of what a command complains of an error repeats.
const shownWords = 1000

// ask runs the command for a name, and returns what it prints.
func (v *Vault) ask(ctx context.Context, name string) (string, error) {
	out, complaint := &command.Head{Limit: maxValue + 1}, &command.Head{Limit: maxValue}
	err := command.Run(ctx, command.Shell(v.o.Command), command.Options{
		Environ: append(slices.Clip(v.o.Environ), Variable+"="+name), Timeout: v.o.Timeout, Out: out, Errors: complaint,
	})
	switch {
	case ctx.Err() != nil:
		return "", ctx.Err()
	case err == nil:
		value, err := check(out.Bytes())
		if err != nil {
			return "", fmt.Errorf("look at what it says: %w", err)
		}
		return value, nil
	}
	return "", errors.New(complain(err, complaint.Bytes(), out.String(), v.values()))
}

// values returns what is known so far. The caller holds the lock.
func (v *Vault) values() []string {
	var all []string
	for _, f := range v.known {
		all = append(all, f.value)
	}
	return all
}

// complain says why a command failed, without values.
func complain(err error, complaint []byte, out string, values []string) string {
	text := command.Words(complaint, func(text string) string {
		for _, value := range append(values, out) {
			text = hide(text, value)
		}
		return text
	}, shownWords)
	if text == "" {
		return err.Error()
	}
	return err.Error() + ": " + text
}
