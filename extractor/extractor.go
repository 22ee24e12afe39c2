package extractor

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/lockstep-apiops/lockstep/artifacts"
	"github.com/lockstep-apiops/lockstep/gateway"
)

// A Sink takes the changes to a tree. Paths are relative to its root and
// separated by slashes. Removing what is not there is no error.
type Sink interface {
	Put(path string, content []byte) error
	Remove(path string) error
}

// Options say what to extract, and where to.
type Options struct {
	Gateway gateway.Gateway
	Base    fs.FS // the tree as it is; nil: empty
	Sink    Sink
	Workers int // calls to the gateway at once; 0 is 1
	Filter  Filter
	Also    []Selector // further filters, all of which must let through
	// Asked tells which of the kinds that somebody has to ask for are managed.
	// nil: all.
	Asked  func(*gateway.Kind) bool
	Layout string       // of what the tree does not hold yet; "": as its neighbours
	Logger *slog.Logger // nil: silent
	// Closure extracts what the filters name, what that cannot be without, and
	// what links to it; nothing else. What they leave out stays out.
	Closure bool
	// Dependents has the Result tell what depends on what changed. If resources
	// are left out, the tree is read for those.
	Dependents bool
	// Progress is told of each resource that has been read. It may be nil.
	Progress func(key gateway.Key)
	// Listed is told of each resource that is there, left out or not, as far
	// as kinds were asked for. It may be nil. One call is made at a time.
	Listed func(key gateway.Key)
}

// Run makes the sink hold what the gateway does. The gateway is read to its
// end before anything is removed.
//
// After an error the Result is not Complete and nothing was removed; what was
// put is right but may be only a part, so a sink that commits must not.
func Run(ctx context.Context, o Options) (Result, error) {
	kinds := o.Gateway.Describe().Kinds
	base, err := artifacts.NewTree(kinds, o.Base)
	if err != nil {
		return Result{}, fmt.Errorf("read the tree: %w", err)
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	x := &extraction{
		Options: o, kinds: kinds, base: base, sel: append(selection{o.Filter.On(kinds)}, o.Also...),
		encoder: artifacts.NewEncoder(kinds, base), seen: map[gateway.Key]sight{}, removed: map[string]bool{},
	}
	if o.Dependents {
		x.uses = &uses{kinds: kinds}
	}
	if err := x.encoder.SetLayout(o.Layout); err != nil {
		return Result{}, err
	}
	if o.Asked != nil {
		x.sel = append(x.sel, asked{kinds, o.Asked})
		for _, line := range LeftAlone(kinds, base.Keys(), o.Asked) {
			x.note(gateway.Note{Text: line})
		}
	}
	x.skip, x.result.Problems = x.sel.skip, base.Problems()
	err = x.run(ctx)
	x.result.Complete = err == nil
	x.result.sort()
	return x.result, err
}

// An extraction is one run.
type extraction struct {
	Options
	kinds   *gateway.Kinds
	base    *artifacts.Tree
	sel     selection
	skip    func(gateway.Key) bool // what is left out, once all is read
	encoder *artifacts.Encoder

	seen    map[gateway.Key]sight // by folded key
	waiting []*gateway.Resource   // for a folder that another has in the tree
	stale   []string              // files that their resources no longer have
	removed map[string]bool       // files that are gone from the sink
	uses    *uses                 // nil if nobody asks for dependents
	result  Result
}

// errNothingRead says that a gateway looks empty because it would not be read.
var errNothingRead = errors.New("read gateway: it has none of the resources that are managed, and lists of some it does not offer: " +
	"check which gateway and which version of its API was asked")

// A sight is what is remembered of a resource that was read.
type sight struct {
	self   bool // false: only something that it owns was
	files  []string
	unread []string
}

func (x *extraction) run(ctx context.Context) error {
	if err := x.read(ctx); err != nil {
		return err
	}
	if x.result.Read == 0 && slices.ContainsFunc(x.result.Notes, func(n gateway.Note) bool { return n.Err != nil }) {
		return errNothingRead
	}
	if err := x.survey(ctx); err != nil {
		return err
	}
	gone := x.gone()
	if err := x.lookAround(ctx, gone); err != nil {
		return err
	}
	removals, err := x.removals(gone)
	if err != nil {
		return err
	}
	late, err := x.late(gone)
	if err != nil {
		return err
	}
	// Removals come first: on some disks what is late lies at the same paths.
	for i, f := range removals {
		if err := x.remove(gone[i], f); err != nil {
			return err
		}
	}
	for i, f := range late {
		if err := x.put(x.waiting[i].Key, f); err != nil {
			return err
		}
	}
	slices.Sort(x.stale)
	for _, p := range x.stale {
		if err := x.removeFile(p); err != nil {
			return err
		}
	}
	x.tell()
	return nil
}

// tell adds to the result what only the end of a run knows.
func (x *extraction) tell() {
	for i, c := range x.result.Changes {
		for _, p := range c.Files {
			if x.removed[p] {
				x.result.Changes[i].Gone = append(x.result.Changes[i].Gone, p)
			}
		}
	}
	if x.uses != nil {
		x.result.Dependents = x.uses.dependents(x.result.Changes)
	}
}

// read reads the gateway and puts what changed.
func (x *extraction) read(ctx context.Context) error {
	if x.Closure {
		return newClosure(x).read(ctx)
	}
	return x.walk(ctx, x.Gateway, gateway.WalkOptions{Skip: x.sel.skip, SkipKind: x.sel.skipKind, Never: x.never}, x.take)
}

// never reports whether no resource of a kind counts, whoever owns it.
func (x *extraction) never(kind string) bool {
	k := x.kinds.Get(kind)
	return x.Filter.Never(k) || k.OptIn && x.Asked != nil && !x.Asked(k)
}

// walk hands what it finds on a gateway to take.
func (x *extraction) walk(ctx context.Context, g gateway.Gateway, o gateway.WalkOptions, take func(*gateway.Resource) error) error {
	o.Workers, o.Known, o.Note = x.Workers, x.base.Known, x.note
	o.Skip = x.listening(o.Skip)
	for r, err := range gateway.Walk(ctx, g, o) {
		if err != nil {
			return fmt.Errorf("read the gateway: %w", err)
		}
		if r, err = x.translate(ctx, r); err != nil {
			return fmt.Errorf("read the gateway: %w", err)
		}
		if err := take(r); err != nil {
			return err
		}
	}
	return nil
}

// listening returns skip so that Listed is told of what it is asked about.
func (x *extraction) listening(skip func(gateway.Key) bool) func(gateway.Key) bool {
	if x.Listed == nil {
		return skip
	}
	var mu sync.Mutex
	return func(key gateway.Key) bool {
		mu.Lock()
		x.Listed(key)
		mu.Unlock()
		return skip(key)
	}
}

func (x *extraction) note(n gateway.Note) { x.result.Notes = append(x.result.Notes, n) }

// take puts what changed of a resource.
func (x *extraction) take(r *gateway.Resource) error {
	x.see(r)
	f, err := x.encoder.Encode(r)
	if _, ok := errors.AsType[*artifacts.CollisionError](err); ok {
		x.waiting = append(x.waiting, r)
		return nil
	}
	if err != nil {
		return err
	}
	return x.put(r.Key, f)
}

// see notes that a resource is on the gateway.
func (x *extraction) see(r *gateway.Resource) {
	x.result.Read++
	s := sight{self: true, unread: r.Unread}
	for name := range r.Files {
		s.files = append(s.files, name)
	}
	x.seen[x.kinds.Fold(r.Key)] = s
	for p := x.kinds.Parent(r.Key); !p.IsZero(); p = x.kinds.Parent(p) {
		if f := x.kinds.Fold(p); !x.seen[f].self {
			x.seen[f] = sight{}
		}
	}
	if x.uses != nil {
		x.uses.add(r)
	}
	if x.Progress != nil {
		x.Progress(r.Key)
	}
}

// put hands the changed files of a resource to the sink.
func (x *extraction) put(key gateway.Key, f artifacts.Files) error {
	for _, field := range f.Lost {
		x.result.Problems = append(x.result.Problems, artifacts.Problem{
			Level: artifacts.Warning, Path: key.String(), Text: "field " + field + " is not kept: the kind has no file for it",
		})
	}
	if f.Empty() {
		return nil
	}
	x.result.Changes = append(x.result.Changes, ResourceChange{Key: key, Op: x.op(key), Files: f.Paths(), Fields: f.Fields})
	x.stale = append(x.stale, f.Remove...)
	return x.write(f)
}

func (x *extraction) op(key gateway.Key) Op {
	if x.base.Has(key) {
		return Changed
	}
	return Added
}

func (x *extraction) survey(ctx context.Context) error {
	s, ok := x.Gateway.(gateway.Surveyor)
	if !ok {
		return nil
	}
	all, err := s.Survey(ctx)
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case err != nil: // a count that is missing is no reason to go without the rest
		x.result.Notes = append(x.result.Notes, gateway.Note{Text: "what is not managed could not be counted: " + err.Error()})
		return nil
	}
	slices.SortFunc(all, func(a, b gateway.Unmanaged) int { return strings.Compare(a.Name, b.Name) })
	x.result.Unmanaged = all
	return nil
}

// write hands changed files to the sink.
func (x *extraction) write(f artifacts.Files) error {
	for _, p := range slices.Sorted(maps.Keys(f.Write)) {
		x.Logger.Debug("put file", "path", p, "bytes", len(f.Write[p]))
		if err := x.Sink.Put(p, f.Write[p]); err != nil {
			return fmt.Errorf("put %s: %w", p, err)
		}
		delete(x.removed, p)
	}
	return nil
}
