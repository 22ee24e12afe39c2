package sandbox

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
)

// compactAt is how large a journal may grow before it is folded into the state.
const compactAt = 64 << 20

// Journal keeps a state on disk: FILE holds a snapshot, FILE.journal what changed
// since. A record is on its way to the disk before Append returns, so a killed
// process loses nothing it has acknowledged.
type Journal struct {
	mu   sync.Mutex
	path string
	log  *os.File
	size int64

	compacting atomic.Bool
	background sync.WaitGroup
}

// OpenJournal reads the state of path: replay gets each record of the snapshot and
// of the journal, in order. A last record cut short is ignored: nobody was told
// that it had been written.
func OpenJournal(path string, replay func(json.RawMessage) error) (*Journal, error) {
	snapshot, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read state: %w", err)
	}
	if len(bytes.TrimSpace(snapshot)) > 0 {
		var records []json.RawMessage
		if err := json.Unmarshal(snapshot, &records); err != nil {
			return nil, fmt.Errorf("read state %s: %w", path, err)
		}
		for _, r := range records {
			if err := replay(r); err != nil {
				return nil, fmt.Errorf("read state %s: %w", path, err)
			}
		}
	}
	log, err := os.OpenFile(path+".journal", os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open journal: %w", err)
	}
	j := &Journal{path: path, log: log}
	if err := j.replay(replay); err != nil {
		return nil, errors.Join(fmt.Errorf("read journal %s.journal: %w", path, err), log.Close())
	}
	return j, nil
}

func (j *Journal) replay(replay func(json.RawMessage) error) error {
	in := bufio.NewReader(j.log)
	for {
		line, err := in.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return j.log.Truncate(j.size) // drops a record cut short
		}
		if err != nil {
			return err
		}
		if err := replay(line); err != nil {
			return err
		}
		j.size += int64(len(line))
	}
}

// Append writes a record. It reports whether the journal should be compacted.
func (j *Journal) Append(record any) (full bool, err error) {
	line, err := json.Marshal(record)
	if err != nil {
		return false, fmt.Errorf("write journal: %w", err)
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	n, err := j.log.Write(append(line, '\n'))
	j.size += int64(n)
	if err != nil {
		return false, fmt.Errorf("write journal: %w", err)
	}
	return j.size > compactAt, nil
}

// Compact replaces the snapshot by the records and empties the journal. The caller
// sees to it that nothing is appended meanwhile.
func (j *Journal) Compact(records []any) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if err := writeAtomic(j.path, records); err != nil {
		return fmt.Errorf("save state: %w", err)
	}
	j.size = 0
	if err := j.log.Truncate(0); err != nil {
		return fmt.Errorf("empty journal: %w", err)
	}
	return nil
}

// CompactLater has compact, which calls [Journal.Compact], run once no request
// holds the locks that it needs. It does nothing if that is under way.
func (j *Journal) CompactLater(compact func() error, log *slog.Logger) {
	if !j.compacting.CompareAndSwap(false, true) {
		return
	}
	j.background.Go(func() {
		defer j.compacting.Store(false)
		if err := compact(); err != nil {
			log.Error("could not compact the state", "error", err)
		}
	})
}

// Finish compacts a last time, and closes the journal.
func (j *Journal) Finish(compact func() error) error {
	j.background.Wait()
	return errors.Join(compact(), j.Close())
}

// Close closes the journal; an empty one is removed.
func (j *Journal) Close() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	err := j.log.Close()
	if j.size > 0 {
		return err
	}
	if removeErr := os.Remove(j.path + ".journal"); !errors.Is(removeErr, fs.ErrNotExist) {
		err = errors.Join(err, removeErr)
	}
	return err
}

// writeAtomic writes one record a line into a JSON list, and renames it into place.
func writeAtomic(path string, records []any) (err error) {
	tmp, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(tmp.Name()))
		}
	}()
	out := bufio.NewWriter(tmp)
	sep := "[\n"
	for _, r := range records {
		line, err := json.Marshal(r)
		if err != nil {
			return errors.Join(err, tmp.Close())
		}
		_, _ = out.WriteString(sep) // Flush reports what went wrong.
		_, _ = out.Write(line)
		sep = ",\n"
	}
	if len(records) == 0 {
		_, _ = out.WriteString("[")
	}
	_, _ = out.WriteString("\n]\n")
	if err := errors.Join(out.Flush(), tmp.Sync(), tmp.Close()); err != nil {
		return err
	}
	return os.Rename(tmp.Name(), path)
}
