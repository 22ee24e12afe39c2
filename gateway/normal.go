package gateway

import (
	"encoding/json"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// Normal returns the normal form of a payload: what is stored, planned and
// written. Numbers are json.Number in their shortest spelling, ids relative
// to the gateway; what the gateway owns, fills in or leaves empty is gone.
// Fields it does not know stay. Secrets stay too: see Public. It does not
// change spec, and Normal of a normal form is the same again.
func (ks *Kinds) Normal(k *Kind, spec map[string]any) map[string]any {
	out, _ := canonical(spec, k.Exact).(map[string]any)
	if out == nil {
		out = map[string]any{}
	}
	for _, rule := range rules {
		rule(ks, k, out)
	}
	return out
}

// Public returns the normal form of a payload without its secrets: the only
// form that may be written to git, printed or compared.
func (ks *Kinds) Public(k *Kind, spec map[string]any) map[string]any {
	out := ks.Normal(k, spec)
	for _, s := range k.Secret {
		if on, _ := Field(out, s.If).(bool); s.If != "" && !on {
			continue
		}
		s.Edit(out, func(v any) (any, bool) {
			if s.Plain != nil && s.Plain(v) {
				return v, true
			}
			return s.Mask, s.Mask != nil
		})
	}
	dropEmpty(ks, k, out)
	return out
}

// rules bring a payload to its normal form, in this order.
var rules = []func(*Kinds, *Kind, map[string]any){
	relativeIDs,
	dropOmitted,
	productRules,
	dropEmpty,
	dropDefaults,
	sortSets,
	dropEmpty,
}

func relativeIDs(ks *Kinds, k *Kind, spec map[string]any) {
	if ks.prefix == nil {
		return
	}
	text := map[string]any{}
	for _, s := range k.Split { // text is text, even if it looks like an id
		text[s.Field] = Field(spec, s.Field)
	}
	eachString(spec, ks.cutPrefix)
	for field, v := range text {
		if v != nil {
			SetField(spec, field, v)
		}
	}
}

// eachString replaces every string in a decoded JSON value, in place.
func eachString(v any, f func(string) string) any {
	switch v := v.(type) {
	case string:
		return f(v)
	case map[string]any:
		for k, e := range v {
			v[k] = eachString(e, f)
		}
	case []any:
		for i, e := range v {
			v[i] = eachString(e, f)
		}
	}
	return v
}

func dropOmitted(_ *Kinds, k *Kind, spec map[string]any) {
	for _, f := range k.Omit {
		EditField(spec, f, func(any) (any, bool) { return nil, false })
	}
}

func productRules(_ *Kinds, k *Kind, spec map[string]any) {
	for _, rule := range k.Rules {
		rule(spec)
	}
}

// dropEmpty removes what says nothing: null, "", {} and [], at any depth.
// Elements of arrays stay, for their place may mean something, and so do empty
// texts that a kind keeps.
func dropEmpty(_ *Kinds, k *Kind, spec map[string]any) {
	if k != nil && k.Exact {
		return
	}
	var kept []string
	if k != nil {
		kept = slices.DeleteFunc(slices.Clone(k.Keep), func(f string) bool { return Field(spec, f) != "" })
	}
	for name, v := range spec {
		if empty(v) {
			delete(spec, name)
		}
	}
	for _, f := range kept {
		SetField(spec, f, "")
	}
}

func empty(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case string:
		return v == ""
	case map[string]any:
		dropEmpty(nil, nil, v)
		return len(v) == 0
	case []any:
		for _, e := range v {
			empty(e)
		}
		return len(v) == 0
	}
	return false
}

func dropDefaults(_ *Kinds, k *Kind, spec map[string]any) {
	for field, def := range k.Defaults {
		def := canonical(def, k.Exact)
		EditField(spec, field, func(v any) (any, bool) { return v, !reflect.DeepEqual(v, def) })
	}
}

func sortSets(_ *Kinds, k *Kind, spec map[string]any) {
	for _, field := range k.Sets {
		EditField(spec, field, func(v any) (any, bool) {
			if list, ok := v.([]any); ok {
				slices.SortStableFunc(list, func(a, b any) int { return strings.Compare(sortKey(a), sortKey(b)) })
			}
			return v, true
		})
	}
}

func sortKey(v any) string {
	b, err := json.Marshal(v) // map keys come out sorted
	if err != nil {
		return ""
	}
	return string(b)
}

// canonical copies a decoded JSON value and makes its numbers comparable, but
// for those that are as they were written and to stay so.
func canonical(v any, exact bool) any {
	switch v := v.(type) {
	case map[string]any:
		m := make(map[string]any, len(v))
		for k, e := range v {
			m[k] = canonical(e, exact)
		}
		return m
	case []any:
		s := make([]any, len(v))
		for i, e := range v {
			s[i] = canonical(e, exact)
		}
		return s
	case []string:
		s := make([]any, len(v))
		for i, e := range v {
			s[i] = e
		}
		return s
	case int:
		return json.Number(strconv.Itoa(v))
	case int64:
		return json.Number(strconv.FormatInt(v, 10))
	case float64:
		return canonicalNumber(json.Number(strconv.FormatFloat(v, 'g', -1, 64)))
	case json.Number:
		if exact {
			return v
		}
		return canonicalNumber(v)
	}
	return v
}

// canonicalNumber returns the shortest spelling of a number: 1 for 1.0 and
// 1e0. One with more digits than a float64 holds is left as it is.
func canonicalNumber(n json.Number) json.Number {
	s := n.String()
	if !strings.ContainsAny(s, ".eE") {
		return n
	}
	f, err := n.Float64()
	if err != nil || len(s) > 17 {
		return n
	}
	if f == math.Trunc(f) && math.Abs(f) < 1<<53 {
		return json.Number(strconv.FormatInt(int64(f), 10))
	}
	return json.Number(strconv.FormatFloat(f, 'g', -1, 64))
}
