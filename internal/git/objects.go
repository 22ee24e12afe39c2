package git

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"sync"

	"github.com/go-git/go-billy/v5/osfs"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/cache"
	"github.com/go-git/go-git/v5/plumbing/object"
	"github.com/go-git/go-git/v5/storage/filesystem"
)

// cacheSize bounds the memory that decoded objects take. It only has to hold
// the bases of deltas that are being read.
const cacheSize = 16 * cache.MiByte

// objects is a stack of object folders that are read as one. New objects go to
// the first. go-git's storage is not safe for use from several goroutines and
// opens alternates anew for each object, hence the lock and the stack.
type objects struct {
	mu      sync.Mutex
	layers  []*filesystem.Storage
	partial bool // some objects may have been left on a server
}

// newLayer opens the objects below a git folder.
func newLayer(gitDir string) *filesystem.Storage {
	return filesystem.NewStorageWithOptions(osfs.New(gitDir), cache.NewObjectLRU(cacheSize),
		filesystem.Options{KeepDescriptors: true})
}

// tempObjects makes an empty object store in dir over that of a local
// repository, unless borrow is "" or the repository is incomplete itself.
func tempObjects(dir, borrow string) (*objects, error) {
	top := newLayer(dir)
	if err := top.Init(); err != nil {
		return nil, err
	}
	o := &objects{layers: []*filesystem.Storage{top}}
	if borrow == "" {
		return o, nil
	}
	f, err := findFolder(borrow)
	if err != nil {
		return nil, fmt.Errorf("borrow objects of %s: %w", borrow, err)
	}
	under, err := f.openObjects()
	if err != nil {
		return nil, fmt.Errorf("borrow objects of %s: %w", borrow, err)
	}
	if under.partial {
		return o, under.close()
	}
	o.layers = append(o.layers, under.layers...)
	return o, nil
}

func (o *objects) close() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	var errs []error
	for _, l := range o.layers {
		errs = append(errs, l.ObjectStorage.Close())
	}
	return errors.Join(errs...)
}

// has reports whether an object is there.
func (o *objects) has(h Hash) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.layer(h) != nil
}

func (o *objects) layer(h Hash) *filesystem.Storage {
	for _, l := range o.layers {
		if l.HasEncodedObject(h) == nil {
			return l
		}
	}
	return nil
}

// find is layer after a second look: another process may have packed the
// objects, or added a pack, since the indexes were read.
func (o *objects) find(h Hash) (*filesystem.Storage, error) {
	if l := o.layer(h); l != nil {
		return l, nil
	}
	for _, l := range o.layers {
		l.Reindex()
	}
	if l := o.layer(h); l != nil {
		return l, nil
	}
	if o.partial {
		return nil, fmt.Errorf("read object %s: %w: the clone is partial; fetch it whole, or give the server's URL", h, ErrNotFound)
	}
	return nil, fmt.Errorf("read object %s: %w", h, ErrNotFound)
}

// view calls f with an object of a given type. It holds the lock meanwhile,
// since objects are shared by the cache and compute their hash when asked.
func (o *objects) view(t plumbing.ObjectType, h Hash, f func(plumbing.EncodedObject) error) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	l, err := o.find(h)
	if err != nil {
		return err
	}
	obj, err := l.EncodedObject(plumbing.AnyObject, h)
	if err != nil {
		l.Reindex() // the pack may have been replaced
		obj, err = l.EncodedObject(plumbing.AnyObject, h)
	}
	if err != nil {
		return fmt.Errorf("read object %s: %w", h, err)
	}
	if t != plumbing.AnyObject && obj.Type() != t {
		return fmt.Errorf("read object %s: %w: it is a %s, no %s", h, ErrNotFound, obj.Type(), t)
	}
	if err := f(obj); err != nil {
		return fmt.Errorf("read object %s: %w", h, err)
	}
	return nil
}

// read returns the content of an object of a given type.
func (o *objects) read(t plumbing.ObjectType, h Hash) ([]byte, error) {
	var data []byte
	err := o.view(t, h, func(obj plumbing.EncodedObject) error {
		r, err := obj.Reader()
		if err != nil {
			return err
		}
		data = make([]byte, obj.Size())
		_, err = io.ReadFull(r, data)
		return errors.Join(err, r.Close())
	})
	return data, err
}

// size returns the length of an object's content.
func (o *objects) size(h Hash) (int64, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	l, err := o.find(h)
	if err != nil {
		return 0, err
	}
	n, err := l.EncodedObjectSize(h)
	if err != nil {
		return 0, fmt.Errorf("read object %s: %w", h, err)
	}
	return n, nil
}

// write stores an object, unless it is there.
func (o *objects) write(t plumbing.ObjectType, content []byte) (Hash, error) {
	obj := &plumbing.MemoryObject{}
	obj.SetType(t)
	if _, err := obj.Write(content); err != nil {
		return Hash{}, err
	}
	return o.store(obj)
}

func (o *objects) store(obj plumbing.EncodedObject) (Hash, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	h := obj.Hash()
	if o.layer(h) != nil {
		return h, nil
	}
	if _, err := o.layers[0].SetEncodedObject(obj); err != nil {
		return Hash{}, fmt.Errorf("write object %s: %w", h, err)
	}
	return h, nil
}

// commit returns a commit.
func (o *objects) commit(h Hash) (*object.Commit, error) {
	c := &object.Commit{}
	if err := o.view(plumbing.CommitObject, h, c.Decode); err != nil {
		return nil, err
	}
	return c, nil
}

// tree returns the entries of a tree. The zero Hash is an empty one; the one
// that git has for it is known without being stored.
func (o *objects) tree(h Hash) ([]object.TreeEntry, error) {
	if h.IsZero() || h == emptyTree() {
		return nil, nil
	}
	t := &object.Tree{}
	if err := o.view(plumbing.TreeObject, h, t.Decode); err != nil {
		return nil, err
	}
	return t.Entries, nil
}

// writeTree stores a folder and returns its hash, or zero for an empty one.
func (o *objects) writeTree(entries map[string]object.TreeEntry) (Hash, error) {
	if len(entries) == 0 {
		return Hash{}, nil
	}
	t := &object.Tree{Entries: slices.Collect(maps.Values(entries))}
	slices.SortFunc(t.Entries, byTreeOrder)
	obj := &plumbing.MemoryObject{}
	if err := t.Encode(obj); err != nil {
		return Hash{}, fmt.Errorf("write tree: %w", err)
	}
	return o.store(obj)
}

// complete reports whether a commit is there with its tree. Of a history that
// was fetched to answer a question, only commits are.
func (o *objects) complete(h Hash) bool {
	if !o.has(h) {
		return false
	}
	c, err := o.commit(h)
	return err == nil && (c.TreeHash == emptyTree() || o.has(c.TreeHash))
}

func emptyTree() Hash { return plumbing.ComputeHash(plumbing.TreeObject, nil) }
