package main

import (
	"fmt"
	"path"

	"github.com/lockstep-apiops/lockstep/artifacts"
	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/publisher/plan"
)

// A tree is a source that can tell which files it has.
type tree interface {
	Tree() (*artifacts.Tree, error)
}

// file returns the file that tells of a resource, as seen from the root of the
// repository, or "" if the tree has none.
func (r *run) file(k gateway.Key) string {
	if r.files == nil && r.tree != nil {
		files, err := r.tree.Tree()
		if err != nil { // what could not be read, the run tells itself
			r.log.Debug("no file names for reports", "err", err)
			r.tree = nil
		}
		r.files = files
	}
	if r.files == nil {
		return ""
	}
	if p := r.files.File(k); p != "" {
		return path.Join(r.root(), p)
	}
	return ""
}

// locate says in the problems of a plan which place of which file they are
// about, as far as that is known.
func (r *run) locate(p *plan.Plan) {
	for i := range p.Problems {
		pr := &p.Problems[i]
		if file := r.file(pr.Key); file != "" && pr.Pointer != "" {
			pr.Text = fmt.Sprintf("%s:%d: %s", file, max(1, r.files.Line(pr.Key, pr.Pointer)), pr.Text)
		}
	}
}

// path returns the file that tells of a resource or, if the tree has none, the
// one that would, or "". It is seen from the root of the repository.
func (r *run) path(k gateway.Key) string {
	if p := r.file(k); p != "" {
		return p
	}
	kinds := r.opened.Gateway.Describe().Kinds
	p, err := artifacts.Path(kinds, k)
	if err != nil {
		return ""
	}
	if kind := kinds.Get(k.Kind); kind != nil {
		file := kind.FileOf(path.Base(p))
		if file == "" && len(kind.Split) > 0 {
			file = kind.Split[0].File
		}
		p = path.Join(p, file)
	}
	return path.Join(r.root(), p)
}
