package arch

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// module is the path of the module whose source is checked.
const module = "github.com/lockstep-apiops/lockstep"

// root is the folder of the module, as seen from this package.
const root = "../.."

// source is one Go file.
type source struct {
	path  string // from the root, with slashes
	fset  *token.FileSet
	file  *ast.File
	lines int
}

// pkg returns the folder of the file's package, which is its import path within the module.
func (s source) pkg() string { return path.Dir(s.path) }

// test reports whether the file is part of a test.
func (s source) test() bool { return strings.HasSuffix(s.path, "_test.go") }

// line returns the line of a node.
func (s source) line(n ast.Node) int { return s.fset.Position(n.Pos()).Line }

// imports reports whether the file imports a package.
func (s source) imports(imported string) bool {
	return slices.ContainsFunc(s.file.Imports, func(spec *ast.ImportSpec) bool { return importPath(spec) == imported })
}

// importPath returns the path that an import names.
func importPath(spec *ast.ImportSpec) string { return strings.Trim(spec.Path.Value, "\"`") }

// parse reads one Go file.
func parse(name string, content []byte) (source, error) {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, name, content, parser.ParseComments)
	if err != nil {
		return source{}, err
	}
	return source{path: name, fset: fset, file: file, lines: fset.File(file.Pos()).LineCount()}, nil
}

// sources returns the Go files of this module, for all systems and build tags.
func sources(t *testing.T) []source {
	t.Helper()
	var found []source
	for _, name := range files(t) {
		if path.Ext(name) != ".go" || strings.Contains("/"+name, "/testdata/") || inNestedModule(name) {
			continue
		}
		content, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			t.Fatal(err)
		}
		s, err := parse(name, content)
		if err != nil {
			t.Errorf("parse: %v", err)
			continue
		}
		found = append(found, s)
	}
	if len(found) == 0 {
		t.Fatal("found no source: the tests look in the wrong place")
	}
	return found
}

// files returns all files of the repository but those that git ignores.
func files(t *testing.T) []string {
	t.Helper()
	ignored := []string{".git", ".cache", "bin", "dist", "node_modules"}
	var found []string
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case slices.Contains(ignored, d.Name()) && d.IsDir():
			return fs.SkipDir
		case !d.Type().IsRegular():
			return nil
		}
		rel, err := filepath.Rel(root, name)
		found = append(found, filepath.ToSlash(rel))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// inNestedModule reports whether a folder above the file, below the root, is a module of its own.
func inNestedModule(name string) bool {
	for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
		if _, err := os.Stat(filepath.Join(root, dir, "go.mod")); err == nil {
			return true
		}
	}
	return false
}
