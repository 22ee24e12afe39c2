package gateway

import (
	"fmt"
	"slices"
	"strings"
)

// ConfigKind returns the kind that a key of a configuration file stands for
// among those that the named kind owns, or nil. "" is the gateway itself.
// Upper and lower case are the same.
func (ks *Kinds) ConfigKind(parent, key string) *Kind {
	for _, k := range ks.children[parent] {
		if key != "" && slices.ContainsFunc(k.ConfigKeys(), func(s string) bool { return strings.EqualFold(s, key) }) {
			return k
		}
	}
	return nil
}

// ConfigKeys returns the keys, sorted, that ConfigKind knows below the named
// kind.
func (ks *Kinds) ConfigKeys(parent string) []string {
	var keys []string
	for _, k := range ks.children[parent] {
		keys = append(keys, k.ConfigKeys()...)
	}
	keys = slices.DeleteFunc(keys, func(s string) bool { return s == "" })
	slices.Sort(keys)
	return keys
}

// ConfigBody returns the field that holds all of a payload that can be set, or
// "" where that is the payload itself.
func (ks *Kinds) ConfigBody() string { return ks.body }

// checkConfigKeys refuses keys that stand for two kinds in one place.
func (ks *Kinds) checkConfigKeys() error {
	for _, rows := range ks.children {
		taken := map[string]string{}
		for _, k := range rows {
			for _, key := range k.ConfigKeys() {
				key = strings.ToLower(key)
				if other := taken[key]; other != "" && key != "" {
					return fmt.Errorf("kind %q: configuration key %q belongs to kind %q", k.Name, key, other)
				}
				taken[key] = k.Name
			}
		}
	}
	return nil
}
