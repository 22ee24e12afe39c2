package gateway

import "strings"

// ID returns the id of a resource relative to its gateway, made of the
// segments of its kinds and its names: "/apis/orders/operations/get".
func (ks *Kinds) ID(k Key) string {
	var parts []string
	for ; !k.IsZero(); k = ks.Parent(k) {
		kind := ks.Get(k.Kind)
		if kind == nil {
			return ""
		}
		parts = append(parts, k.Name(), kind.Segment)
	}
	var b strings.Builder
	for i := len(parts) - 1; i >= 0; i-- {
		b.WriteByte('/')
		b.WriteString(parts[i])
	}
	return b.String()
}

// ParseID returns the key of the resource that an id names, which may be
// relative to the gateway or that of any instance. Segments are matched
// without regard to case.
func (ks *Kinds) ParseID(id string) (Key, bool) {
	rest := ks.cutPrefix(id)
	if !strings.HasPrefix(rest, "/") {
		return Key{}, false
	}
	parts := strings.Split(rest[1:], "/")
	if len(parts)%2 != 0 {
		return Key{}, false
	}
	var k Key
	for i := 0; i < len(parts); i += 2 {
		kind := ks.bySegment(k.Kind, parts[i])
		if kind == nil || parts[i+1] == "" {
			return Key{}, false
		}
		k = k.Child(kind.Name, parts[i+1])
	}
	return k, true
}

func (ks *Kinds) bySegment(parent, segment string) *Kind {
	for _, k := range ks.children[parent] {
		if k.Segment != "" && strings.EqualFold(k.Segment, segment) {
			return k
		}
	}
	return nil
}

// cutPrefix makes an id relative to its gateway. Other text is returned as it is.
func (ks *Kinds) cutPrefix(s string) string {
	if ks.prefix == nil || !strings.HasPrefix(s, "/") {
		return s
	}
	loc := ks.prefix.FindStringIndex(s)
	if loc == nil || loc[0] != 0 {
		return s
	}
	if rest := s[loc[1]:]; rest != "" {
		return rest
	}
	return "/"
}
