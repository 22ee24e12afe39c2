package publisher

import (
	"maps"
	"slices"

	"github.com/lockstep-apiops/lockstep/gateway"
)

// published returns the touched resources as they were published last: as the
// source says, or as the gateway has them where the source does not know.
func (pl *planner) published(base, have []*gateway.Resource, blind map[gateway.Key]bool) []*gateway.Resource {
	known := slices.DeleteFunc(base, func(r *gateway.Resource) bool { return blind[pl.kinds.Fold(r.Key)] })
	for _, r := range have {
		if blind[pl.kinds.Fold(r.Key)] {
			known = append(known, r)
		}
	}
	return known
}

// reticent says of what was published without an attached file that git left
// that to the gateway: what the gateway has there, nobody has changed.
func reticent(kinds *gateway.Kinds, published []*gateway.Resource) []*gateway.Resource {
	out := slices.Clone(published)
	for i, r := range out {
		for _, a := range kinds.Get(r.Key.Kind).Attach {
			if _, _, ok := a.File(r); ok {
				continue
			}
			c := *r
			c.Unread = append(slices.Clone(r.Unread), a.Pattern)
			r, out[i] = &c, &c
		}
	}
	return out
}

// lend takes files that the gateway has and does not hand out to be those that
// git published last, so that a change of one in git is seen.
func lend(kinds *gateway.Kinds, have, base []*gateway.Resource) {
	published := kinds.NewSet(base...)
	for _, r := range have {
		was := published.Get(r.Key)
		if was == nil {
			continue
		}
		for _, pattern := range r.Unread {
			a := gateway.Attachment{Pattern: pattern}
			if name, text, ok := a.File(was); ok {
				r.Files = maps.Clone(r.Files)
				if r.Files == nil {
					r.Files = map[string][]byte{}
				}
				r.Files[name] = text
			}
		}
	}
}

// remember adds to what a gateway that cannot be read has noted of touched
// resources what git published last: nobody knows better.
func remember(kinds *gateway.Kinds, have, base []*gateway.Resource) []*gateway.Resource {
	noted := kinds.NewSet(have...)
	for _, r := range base {
		if noted.Get(r.Key) == nil {
			have = append(have, r)
		}
	}
	return have
}
