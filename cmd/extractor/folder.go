package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/lockstep-apiops/lockstep/artifacts"
	"github.com/lockstep-apiops/lockstep/extractor"
)

// toFolder extracts into a plain folder.
func (r *run) toFolder(ctx context.Context) (err error) {
	name := r.v.String("output")
	base, err := r.startFrom(name)
	if err != nil {
		return err
	}
	if err := r.existing(base); err != nil {
		return err
	}
	if r.v.Bool("dry-run") {
		r.opts.Sink = discard{}
	} else {
		sink, err := extractor.NewFolderSink(name)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, sink.Close()) }()
		r.opts.Sink = sink
	}
	result, err := extractor.Run(ctx, r.opts)
	if err != nil {
		return err
	}
	if err := r.print(result); err != nil {
		return err
	}
	if result.Empty() {
		err = r.printf("no drift: %s says what the gateway says\n", name)
	}
	return errors.Join(err, r.finish(!result.Empty()))
}

// existing makes the folder the base, if it is there.
func (r *run) existing(name string) error {
	_, err := os.Stat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read folder: %w", err)
	}
	dir, err := artifacts.OpenDir(name)
	if err != nil {
		return fmt.Errorf("read folder: %w", err)
	}
	r.opts.Base = dir
	return nil
}

// discard is the sink of a dry run.
type discard struct{}

func (discard) Put(string, []byte) error { return nil }
func (discard) Remove(string) error      { return nil }
