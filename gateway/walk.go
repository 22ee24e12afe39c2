package gateway

import (
	"context"
	"errors"
	"iter"
	"sync"
)

// WalkOptions say how a gateway is read. The zero value reads all of it, one
// call at a time.
type WalkOptions struct {
	// Workers is how many calls may run at once; 0 is 1.
	Workers int
	// Skip leaves out a resource and what it owns; nil leaves out nothing.
	Skip func(Key) bool
	// Known returns what the caller already holds of a kind below an owner,
	// at any depth. A resource that it holds and the gateway's index does
	// not name is asked for before it counts as gone; if it is there, the
	// index is no longer believed and everything is asked for. nil: nothing.
	Known func(kind string, owner Key) []Key
	// Note is told what was not read, and why. It may be nil. It is called
	// by one goroutine at a time.
	Note func(Note)
}

// A Note is something about a walk that its caller must know: resources of a
// kind that were not read count as unknown, not as gone.
type Note struct {
	Kind   string
	Parent Key
	Err    error // wraps ErrUnsupported; nil for a note about the walk as a whole
	Text   string
}

// Walk yields every resource of a gateway without its secrets, in normal
// form, owners before what they own. What is built in, in its initial state,
// kept inside an attached file of its owner, or skipped is not yielded. The
// first error ends the walk: what came before it is no basis for calling
// anything deleted.
func Walk(ctx context.Context, g Gateway, o WalkOptions) iter.Seq2[*Resource, error] {
	return func(yield func(*Resource, error) bool) {
		walking, cancel := context.WithCancel(ctx)
		defer cancel()
		w := &walker{g: g, kinds: g.Describe().Kinds, opts: o, out: make(chan result), ctx: walking}
		w.wake = sync.NewCond(&w.mu)
		if err := w.loadIndex(walking); err != nil {
			yield(nil, err)
			return
		}
		w.pushChildren(&Resource{})
		if !w.run(cancel, yield) {
			return
		}
		if err := context.Cause(ctx); err != nil {
			yield(nil, err)
		}
	}
}

// run hands what the workers find to yield until all is read, and reports
// whether the caller still listens. No worker outlives it.
func (w *walker) run(cancel func(), yield func(*Resource, error) bool) bool {
	var wg sync.WaitGroup
	for range max(1, w.opts.Workers) {
		wg.Go(w.work)
	}
	stop := context.AfterFunc(w.ctx, w.wake.Broadcast)
	defer stop()
	go func() { wg.Wait(); close(w.out) }()
	listening := true
	for r := range w.out {
		if listening && (!yield(r.r, r.err) || r.err != nil) {
			listening = false
			cancel()
		}
	}
	return listening
}

type result struct {
	r   *Resource
	err error
}

// A walker reads a gateway depth first, so that what waits to be done stays
// small however large the gateway is.
type walker struct {
	g     Gateway
	kinds *Kinds
	opts  WalkOptions
	out   chan result
	ctx   context.Context // of the one walk that this walker serves

	mu     sync.Mutex
	wake   *sync.Cond
	todo   []func() error // the last is done first
	active int

	index   *Index
	trusted bool           // the index has not been caught at a contradiction
	assumed []func() error // what to ask if it is
}

func (w *walker) loadIndex(ctx context.Context) error {
	ix, ok := w.g.(Indexer)
	if !ok {
		return nil
	}
	x, err := ix.Index(ctx)
	if err != nil {
		return err
	}
	w.index, w.trusted = x, x != nil
	return nil
}

func (w *walker) work() {
	for {
		task := w.next()
		if task == nil {
			return
		}
		if err := task(); err != nil {
			w.send(result{err: err})
		}
		w.mu.Lock()
		w.active--
		w.mu.Unlock()
		w.wake.Broadcast()
	}
}

// next waits for something to do and returns nil when there is nothing left.
func (w *walker) next() func() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	for {
		switch n := len(w.todo); {
		case w.ctx.Err() != nil:
			return nil
		case n > 0:
			task := w.todo[n-1]
			w.todo = w.todo[:n-1]
			w.active++
			return task
		case w.active == 0:
			return nil
		}
		w.wake.Wait()
	}
}

func (w *walker) push(task func() error) {
	w.mu.Lock()
	w.todo = append(w.todo, task)
	w.mu.Unlock()
	w.wake.Signal()
}

func (w *walker) send(r result) bool {
	select {
	case w.out <- r:
		return true
	case <-w.ctx.Done():
		return false
	}
}

func (w *walker) note(n Note) {
	if w.opts.Note != nil {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.opts.Note(n)
	}
}

// pushChildren plans the reading of what owner owns. What waits to be done
// holds the owner's key alone, or memory would grow with the gateway.
func (w *walker) pushChildren(owner *Resource) {
	key := owner.Key
	for _, k := range w.kinds.Children(owner.Key.Kind) {
		inside := insideOf(k, owner)
		if inside && len(w.kinds.Children(k.Name)) == 0 || k.Applies != nil && !k.Applies(owner) {
			continue
		}
		if w.believe(k, inside) {
			w.pushIndexed(k, key, inside)
			continue
		}
		w.push(func() error { return w.list(k, key, inside, nil) })
	}
}

// insideOf reports whether an attached file of the owner tells all that
// resources of the kind would.
func insideOf(k *Kind, owner *Resource) bool {
	if k.Inside == "" {
		return false
	}
	a := Attachment{Pattern: k.Inside}
	_, _, ok := a.File(owner)
	return ok || a.unread(owner)
}

// believe reports whether the index makes a list of the kind needless: it
// covers the kind, or the kind is only a step to kinds that it covers.
func (w *walker) believe(k *Kind, inside bool) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.trusted {
		return false
	}
	if k.Stored() && !inside {
		return w.index.Covers(k.Name)
	}
	for _, c := range w.kinds.Children(k.Name) {
		if !w.index.Covers(c.Name) || len(w.kinds.Children(c.Name)) > 0 {
			return false
		}
	}
	return true
}

// pushIndexed plans the reading of what the index names, and of what the
// caller holds although the index does not name it.
func (w *walker) pushIndexed(k *Kind, owner Key, inside bool) {
	kinds := []*Kind{k}
	if !k.Stored() || inside {
		kinds = w.kinds.Children(k.Name)
	}
	done := map[Key]bool{}
	for _, c := range kinds {
		for _, r := range w.index.Below(c.Name, owner) {
			done[w.kinds.Fold(r.Key)] = true
			w.push(func() error { return w.indexed(r) })
		}
		if w.opts.Known == nil {
			continue
		}
		for _, key := range w.opts.Known(c.Name, owner) {
			if f := w.kinds.Fold(key); !done[f] {
				done[f] = true
				w.push(func() error { return w.probe(key) })
			}
		}
	}
	again := func() error { return w.list(k, owner, inside, done) }
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.trusted {
		w.assumed = append(w.assumed, again)
	} else {
		w.todo = append(w.todo, again)
	}
}

func (w *walker) indexed(r *Resource) error {
	if r.Partial {
		return w.get(r.Key)
	}
	if w.leftOut(r.Key) {
		return nil
	}
	c := *r
	return w.found(&c)
}

// probe asks for a resource that the index does not name.
func (w *walker) probe(key Key) error {
	r, err := w.g.Get(w.ctx, key)
	switch {
	case errors.Is(err, ErrNotFound), err == nil && w.leftOut(key):
		return nil
	case err != nil:
		return err
	}
	w.distrust(key)
	return w.found(r)
}

func (w *walker) distrust(key Key) {
	w.mu.Lock()
	first := w.trusted
	w.trusted = false
	w.todo = append(w.todo, w.assumed...)
	w.assumed = nil
	w.mu.Unlock()
	w.wake.Broadcast()
	if first {
		w.note(Note{Kind: key.Kind, Text: "the gateway's index left out " + key.String() + ": asking for every resource instead"})
	}
}

// list reads the resources of a kind below owner, but for those already read.
func (w *walker) list(k *Kind, owner Key, inside bool, done map[Key]bool) error {
	for r, err := range w.g.List(w.ctx, k.Name, owner) {
		switch {
		case errors.Is(err, ErrNotFound): // the owner is gone since it was listed
			return nil
		case errors.Is(err, ErrUnsupported):
			w.note(Note{Kind: k.Name, Parent: owner, Err: err})
			return nil
		case err != nil:
			return err
		case done[w.kinds.Fold(r.Key)] || w.leftOut(r.Key):
			continue
		case !k.Stored() || inside:
			w.descend(r, done)
			continue
		case r.Partial:
			w.push(func() error { return w.get(r.Key) })
			continue
		}
		if err := w.found(r); err != nil {
			return err
		}
	}
	return nil
}

// descend reads what a resource owns that is itself only a step.
func (w *walker) descend(step *Resource, done map[Key]bool) {
	for _, c := range w.kinds.Children(step.Key.Kind) {
		w.push(func() error { return w.list(c, step.Key, false, done) })
	}
}

func (w *walker) leftOut(key Key) bool {
	return w.kinds.IsBuiltin(key) || w.opts.Skip != nil && w.opts.Skip(key)
}

func (w *walker) get(key Key) error {
	if w.leftOut(key) {
		return nil
	}
	r, err := w.g.Get(w.ctx, key)
	if errors.Is(err, ErrNotFound) { // gone since it was listed
		return nil
	}
	if err != nil {
		return err
	}
	return w.found(r)
}

// found hands a resource on and plans the reading of what it owns.
func (w *walker) found(r *Resource) error {
	k := w.kinds.Get(r.Key.Kind)
	r.Spec = w.kinds.Public(k, r.Spec)
	initial := w.kinds.Initial(r.Key)
	if initial != nil && w.kinds.Equal(initial, r) || w.send(result{r: r}) {
		w.pushChildren(r)
	}
	return nil
}
