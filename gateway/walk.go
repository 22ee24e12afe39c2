package gateway

import (
	"context"
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
	// SkipKind leaves out all resources of a kind that an owner has, which
	// are then not even listed; nil leaves out nothing.
	SkipKind func(kind string, owner Key) bool
	// Never leaves out all resources of a kind, whoever owns them, and what
	// these own: not even an index asks for them. nil leaves out nothing.
	Never func(kind string) bool
	// From are the resources to begin with, as they were listed. nil: all that
	// the gateway itself has.
	From []*Resource
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
		w.begin()
		if !w.run(cancel, yield) {
			return
		}
		if err := context.Cause(ctx); err != nil {
			yield(nil, err)
		}
	}
}

// begin plans what to read first.
func (w *walker) begin() {
	if w.opts.From == nil {
		w.pushChildren(&Resource{})
	}
	for _, r := range w.opts.From {
		w.push(func() error { return w.indexed(r) })
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
	x, err := ix.Index(ctx, w.wanted)
	if err != nil {
		return err
	}
	w.index, w.trusted = x, x != nil
	return nil
}

// wanted reports whether any resource of a kind may count, as far as its name
// and the kinds at the gateway itself tell.
func (w *walker) wanted(kind string) bool {
	k := w.kinds.Get(kind)
	for k.Parent != "" && !w.never(k.Name) {
		k = w.kinds.Get(k.Parent)
	}
	return !w.never(k.Name) && !w.skipKind(k.Name, Key{})
}

func (w *walker) never(kind string) bool { return w.opts.Never != nil && w.opts.Never(kind) }

func (w *walker) skipKind(kind string, owner Key) bool {
	return w.never(kind) || w.opts.SkipKind != nil && w.opts.SkipKind(kind, owner)
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
