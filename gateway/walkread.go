package gateway

import "errors"

// pushChildren plans the reading of what owner owns. What waits to be done
// holds the owner's key alone, or memory would grow with the gateway.
func (w *walker) pushChildren(owner *Resource) {
	key := owner.Key
	for _, k := range w.kinds.Children(owner.Key.Kind) {
		inside := insideOf(k, owner)
		if inside && len(w.kinds.Children(k.Name)) == 0 || k.Applies != nil && !k.Applies(owner) || w.skipKind(k.Name, key) {
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
	if w.leftOut(key) {
		return nil
	}
	r, err := w.g.Get(w.ctx, key)
	switch {
	case errors.Is(err, ErrNotFound):
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
		if w.skipKind(c.Name, step.Key) {
			continue
		}
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
