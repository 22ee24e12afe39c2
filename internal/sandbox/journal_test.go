package sandbox

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// reopen reads the state of path and gives the records and the journal.
func reopen(t *testing.T, path string) (*Journal, []string) {
	t.Helper()
	var got []string
	j, err := OpenJournal(path, func(raw json.RawMessage) error {
		var s string
		if err := json.Unmarshal(raw, &s); err != nil {
			return err
		}
		got = append(got, s)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return j, got
}

func TestJournal(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.json")
	j, got := reopen(t, path)
	if len(got) != 0 {
		t.Errorf("new state: got %v", got)
	}
	for _, r := range []string{"one", "two"} {
		if _, err := j.Append(r); err != nil {
			t.Fatal(err)
		}
	}
	// Not closed: as after a kill. A record cut short must not count.
	f, err := os.OpenFile(path+".journal", os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString(`"thr`); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	j, got = reopen(t, path)
	if diff := cmp.Diff(got, []string{"one", "two"}); diff != "" {
		t.Errorf("after a kill (-got +want):\n%s", diff)
	}
	if _, err := j.Append("three"); err != nil {
		t.Fatal(err)
	}
	if err := j.Compact([]any{"both", "three"}); err != nil {
		t.Fatal(err)
	}
	if _, err := j.Append("four"); err != nil {
		t.Fatal(err)
	}
	j, got = reopen(t, path)
	if diff := cmp.Diff(got, []string{"both", "three", "four"}); diff != "" {
		t.Errorf("after compaction (-got +want):\n%s", diff)
	}
	if err := j.Compact(nil); err != nil {
		t.Fatal(err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path + ".journal"); !os.IsNotExist(err) {
		t.Errorf("an empty journal stays: %v", err)
	}
	j, got = reopen(t, path)
	if err := j.Close(); err != nil || len(got) != 0 {
		t.Errorf("empty state: got %v, %v", got, err)
	}
}

func TestOpenJournalRefusesGarbage(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.json")
	if err := os.WriteFile(path, []byte("not JSON"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenJournal(path, func(json.RawMessage) error { return nil }); err == nil {
		t.Error("garbage was taken for a state")
	}
}
