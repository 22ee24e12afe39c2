package autoflow

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"
)

// lockPoll is how often somebody looks whether a lock is free.
const lockPoll = 200 * time.Millisecond

// lockEnd is how the name of a lock differs from that of its file.
const lockEnd = ".lock"

// A fileLock is a file that is there as long as somebody publishes.
type fileLock string

func (fileLock) held() error      { return nil } // nobody else removes it
func (l fileLock) release() error { return os.Remove(string(l)) }

// lock implements target.
func (t *fileTarget) lock(ctx context.Context, patience time.Duration) (lock, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	at, _ := t.at()
	path := at + lockEnd
	wait, cancel := context.WithTimeout(ctx, max(patience, time.Nanosecond))
	defer cancel()
	for {
		err := createLock(path, t.now())
		if err == nil {
			t.told.Store(true)
			return fileLock(path), nil
		}
		if !errors.Is(err, fs.ErrExist) {
			return nil, fmt.Errorf("lock %s: %w", at, err)
		}
		select {
		case <-time.After(lockPoll):
		case <-wait.Done():
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			holder, _ := os.ReadFile(path) // for the message alone
			return nil, fmt.Errorf("%s is being published already, by %s: wait for that, or remove %s if it is no more",
				at, cmp.Or(strings.TrimSpace(string(holder)), "somebody"), path)
		}
	}
}

// tell warns of somebody else's lock, once. Who was killed after the write left
// a configuration that no plan finds anything to do for.
func (t *fileTarget) tell(at string) {
	holder, err := os.ReadFile(at + lockEnd)
	if err == nil && !t.told.Swap(true) {
		t.log.Warn("a publication is under way, or was killed: then the product may not run what the file says, so activate it by hand and remove the lock",
			"lock", at+lockEnd, "of", strings.TrimSpace(string(holder)))
	}
}

func createLock(path string, now time.Time) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(f, whoAmI(now))
	return errors.Join(err, f.Close())
}

// whoAmI tells others who has a lock.
func whoAmI(now time.Time) string {
	host, err := os.Hostname()
	if err != nil {
		host = "an unknown host"
	}
	return fmt.Sprintf("process %d on %s, since %s", os.Getpid(), host, now.UTC().Format(time.RFC3339))
}
