package autoflow

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path"

	"github.com/lockstep-apiops/lockstep/gateway"
)

// Commit implements gateway.Transaction: it writes the configuration, and has
// the product take it. If either fails, all is put back as it was.
func (t *transaction) Commit(ctx context.Context) (err error) {
	defer func() { err = t.hide(joinUndo(err, t.lock.release())) }()
	defer t.g.forget()
	if err := ctx.Err(); err != nil {
		return err
	}
	before := t.before.contents()
	config, conf := t.work.bytes(), t.conf()
	if bytes.Equal(config, t.base.bytes()) && before.there {
		config = before.config // as it was written
		if bytes.Equal(conf, before.conf) {
			return nil
		}
	}
	if err := t.prepare(ctx, config, conf); err != nil {
		return err
	}
	backup, err := t.before.backUp(ctx, t.g.o.Backups, t.g.o.Now())
	if err != nil {
		return err
	}
	if err := t.lock.held(); err != nil {
		return err
	}
	if err := t.before.write(ctx, config, conf); err != nil {
		return joinUndo(err, t.unwrite(ctx, err))
	}
	if err := t.activate(ctx, t.work, conf); err != nil {
		return t.undo(ctx, err, backup)
	}
	return t.before.prune(t.g.o.Backups, t.g.o.Log)
}

// prepare refuses what would go wrong once it is written, and what would undo
// somebody else's work.
func (t *transaction) prepare(ctx context.Context, config, conf []byte) error {
	if err := checkPorts(t.work, conf); err != nil {
		return err
	}
	if err := t.before.check(config, conf); err != nil {
		return err
	}
	if err := t.g.target.ready(ctx); err != nil {
		return err
	}
	now, err := t.g.target.read(ctx)
	if err != nil {
		return err
	}
	if !t.before.same(now) {
		return fmt.Errorf("%w: somebody wrote %s meanwhile", gateway.ErrStale, t.before.contents().at)
	}
	t.before = now // with the version that it has now
	return nil
}

// unwrite puts back what a write that failed may have left.
func (t *transaction) unwrite(ctx context.Context, failed error) error {
	if errors.Is(failed, gateway.ErrStale) {
		return nil // what is there is somebody else's
	}
	return t.before.restore(context.WithoutCancel(ctx))
}

// conf returns the system variables that go with the configuration.
func (t *transaction) conf() []byte {
	conf := t.before.contents().conf
	if !t.g.o.Boot {
		return conf
	}
	if named, _ := variable(conf, bootFile); path.Base(named) != configName {
		conf = withVariable(conf, bootFile, bootName)
	}
	return withVariable(conf, bootReplaces, "true")
}

// undo puts back what was there, has the product take it again, and returns
// what happened.
func (t *transaction) undo(ctx context.Context, failed error, backup string) error {
	ctx = context.WithoutCancel(ctx) // half a way back is the worst of all
	before := t.before.contents()
	if err := t.before.restore(ctx); err != nil {
		return fmt.Errorf("%w; the configuration before could not be put back (%w): its backup is %s", failed, err, backup)
	}
	if !before.there {
		return fmt.Errorf("%w; there was no configuration before: what was written is removed again", failed)
	}
	if err := t.activate(ctx, t.base, before.conf); err != nil {
		return fmt.Errorf("%w; the configuration before is back in its place, and does not run either: %w", failed, err)
	}
	return fmt.Errorf("%w; the configuration before is back in its place and activated", failed)
}

// joinUndo adds to an error what went wrong when its work was undone.
func joinUndo(err, undo error) error {
	if undo == nil {
		return err
	}
	return errors.Join(err, undo)
}
