package git

import (
	"bytes"
	"compress/zlib"
	"crypto/sha1"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"io"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/object"
)

// missing returns the objects of a commit and of those before it that somebody
// lacks who knows certain commits. Commits that are not in the store end the
// search: what is shallow here came from there.
func (o *objects) missing(tip Hash, knows func(Hash) bool) ([]Hash, error) {
	m := &missing{objects: o, seen: map[Hash]bool{}}
	todo := []Hash{tip}
	for len(todo) > 0 {
		h := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if m.seen[h] || knows(h) {
			continue
		}
		if h != tip && !o.has(h) {
			continue
		}
		c, err := o.commit(h)
		if err != nil {
			return nil, err
		}
		m.add(h)
		if err := m.tree(c.TreeHash, o.treeOfAny(c.ParentHashes)); err != nil {
			return nil, err
		}
		todo = append(todo, c.ParentHashes...)
	}
	return m.list, nil
}

// treeOfAny returns the tree of the first commit whose tree is in the store.
func (o *objects) treeOfAny(commits []Hash) Hash {
	for _, h := range commits {
		if !o.complete(h) {
			continue
		}
		if c, err := o.commit(h); err == nil {
			return c.TreeHash
		}
	}
	return Hash{}
}

type missing struct {
	objects *objects
	seen    map[Hash]bool
	list    []Hash
}

func (m *missing) add(h Hash) {
	m.seen[h] = true
	m.list = append(m.list, h)
}

// tree adds what a tree has at some path and another has not.
func (m *missing) tree(h, other Hash) error {
	if h == other || m.seen[h] {
		return nil
	}
	entries, err := m.objects.tree(h)
	if err != nil {
		return err
	}
	had, err := m.objects.tree(other)
	if err != nil {
		return err
	}
	before := make(map[string]object.TreeEntry, len(had))
	for _, e := range had {
		before[e.Name] = e
	}
	m.add(h)
	for _, e := range entries {
		b := before[e.Name]
		switch {
		case e.Hash == b.Hash || e.Mode == filemode.Submodule:
		case e.Mode != filemode.Dir:
			if !m.seen[e.Hash] {
				m.add(e.Hash)
			}
		default:
			if b.Mode != filemode.Dir {
				b.Hash = Hash{}
			}
			if err := m.tree(e.Hash, b.Hash); err != nil {
				return err
			}
		}
	}
	return nil
}

// A packStream is a pack of objects, made one object at a time as it is read.
// There are no deltas in it: they would cost more to find than they save.
type packStream struct {
	objects *objects
	left    []Hash
	buf     bytes.Buffer
	deflate *zlib.Writer // large, so used again for each object
	sum     hash.Hash
	done    bool
}

func (o *objects) pack(list []Hash) io.ReadCloser {
	p := &packStream{objects: o, left: list, sum: sha1.New()}
	p.deflate = zlib.NewWriter(&p.buf)
	p.buf.WriteString("PACK")
	const version = 2
	p.buf.Write(binary.BigEndian.AppendUint32(nil, version))
	p.buf.Write(binary.BigEndian.AppendUint32(nil, uint32(len(list))))
	p.sum.Write(p.buf.Bytes())
	return p
}

// Read implements [io.Reader].
func (p *packStream) Read(b []byte) (int, error) {
	for p.buf.Len() == 0 && !p.done {
		if len(p.left) == 0 {
			p.buf.Write(p.sum.Sum(nil))
			p.done = true
			break
		}
		if err := p.encode(p.left[0]); err != nil {
			return 0, fmt.Errorf("pack objects: %w", err)
		}
		p.left = p.left[1:]
		p.sum.Write(p.buf.Bytes())
	}
	return p.buf.Read(b)
}

// Close implements [io.Closer].
func (p *packStream) Close() error { return nil }

// encode appends an object: its type and size, then its content deflated.
func (p *packStream) encode(h Hash) error {
	p.buf.Reset()
	return p.objects.view(plumbing.AnyObject, h, func(o plumbing.EncodedObject) error {
		size := uint64(o.Size())
		first := byte(o.Type())<<4 | byte(size&0x0f)
		for size >>= 4; size > 0; size >>= 7 {
			p.buf.WriteByte(first | 0x80)
			first = byte(size & 0x7f)
		}
		p.buf.WriteByte(first)
		r, err := o.Reader()
		if err != nil {
			return err
		}
		p.deflate.Reset(&p.buf)
		_, err = io.Copy(p.deflate, r)
		return errors.Join(err, p.deflate.Close(), r.Close())
	})
}
