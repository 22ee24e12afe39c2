package forge

import (
	"bytes"
	"testing"
)

// FuzzDecodeRecord checks that what decodes also encodes, to the same.
func FuzzDecodeRecord(f *testing.F) {
	f.Add("refs/lockstep/pulls/1", []byte(`{"version":1,"number":1,"state":"open","title":"t","opened":"2024-01-02T03:04:05Z"}`))
	f.Add("refs/lockstep/pulls/01", []byte(`{"version":1,"number":1,"state":"open"}`))
	f.Add("refs/lockstep/pulls/x", []byte(`null`))
	f.Add("refs/lockstep/pulls/2", []byte(`{"version":2,"number":2}`))
	f.Fuzz(func(t *testing.T, ref string, content []byte) {
		r, err := decodeRecord(ref, content)
		if err != nil {
			return
		}
		if r.ref() != ref {
			t.Errorf("ref: got %q, want %q", r.ref(), ref)
		}
		once, err := r.encode()
		if err != nil {
			return // a time that JSON cannot hold
		}
		again, err := decodeRecord(ref, once)
		if err != nil {
			t.Fatal(err)
		}
		if twice, err := again.encode(); err != nil || !bytes.Equal(once, twice) {
			t.Errorf("encode: got %s, %v; want %s", twice, err, once)
		}
	})
}
