package amplifyproxies

import (
	"maps"
	"slices"

	"gopkg.in/yaml.v3"

	"github.com/lockstep-apiops/lockstep/internal/nearest"
	"github.com/lockstep-apiops/lockstep/internal/yamlfile"
)

// rules looks at what does not go together in a proxy whose fields are each
// right by themselves.
func (c *checker) rules(proxy *yaml.Node, version string) {
	auth := below(proxy, "policy")
	if version == v1 {
		auth = below(below(proxy, "policies"), "clientAuth")
	}
	kind := value(auth, "type")
	apps := below(proxy, "apps")
	if version == v1 {
		c.limits(below(below(proxy, "policies"), "rateLimit"), kind, appsOf(auth, apps))
	}
	switch {
	case kind != passThrough && below(auth, "app") == nil && len(elements(apps)) == 0:
		c.Problemf(auth, "%s needs an app: name it in app beside the type, or list proxy.apps", kind)
	case kind == oauth:
		c.oauth(auth)
	}
	if kind != oauth {
		for _, name := range []string{"flows", "authorizationUrl", "tokenUrl", "scopes"} {
			if n := below(auth, name); n != nil {
				c.Problemf(n, "%s belongs to the type oauth, and this is %s", name, kind)
			}
		}
	}
	c.apps(apps, kind)
}

// oauth looks for what the flows need, as they are in Swagger 2.
func (c *checker) oauth(auth *yaml.Node) {
	flows, scopes := map[string]bool{}, map[string]bool{}
	for _, e := range elements(below(auth, "flows")) {
		flows[e.Value] = true
	}
	for _, e := range elements(below(auth, "scopes")) {
		name := value(e, "scope")
		if scopes[name] {
			c.Problemf(e, "the scope %q is there twice", name)
		}
		scopes[name] = true
	}
	authorization := flows["implicit"] || flows["accessCode"]
	token := flows["password"] || flows["application"] || flows["accessCode"]
	for _, need := range []struct {
		name string
		is   bool
	}{{"flows", true}, {"scopes", true}, {"authorizationUrl", authorization}, {"tokenUrl", token}} {
		n := below(auth, need.name)
		if need.is && (n == nil || n.Kind == yaml.SequenceNode && len(n.Content) == 0) {
			c.Problemf(auth, "oauth needs %s", need.name)
		}
	}
}

// apps looks at applications and their profiles.
func (c *checker) apps(apps *yaml.Node, kind string) {
	seen := map[string]bool{}
	for _, app := range elements(apps) {
		name := value(app, "name")
		if seen[name] {
			c.Problemf(app, "the app %q is there twice", name)
		}
		seen[name] = true
		for _, p := range elements(below(app, "profiles")) {
			if t := value(p, "type"); t != kind {
				c.Problemf(below(p, "type"), "the profile %q is for %s, and clients of the proxy use %s", value(p, "name"), t, kind)
				continue
			}
			for _, need := range []string{"clientId", "issuer", "metadataPath"} {
				if kind == oauth && below(p, need) == nil {
					c.Problemf(p, "the profile %q needs %s", value(p, "name"), need)
				}
			}
		}
	}
}

// appsOf returns the names of all applications that a proxy has.
func appsOf(auth, apps *yaml.Node) map[string]bool {
	names := map[string]bool{}
	if name := value(auth, "app"); name != "" {
		names[name] = true
	}
	for _, app := range elements(apps) {
		names[value(app, "name")] = true
	}
	return names
}

// limits looks at what may be called how often. Where clients do not sign in, or
// the file does not tell of an application, the service may still know better: that
// is a warning.
func (c *checker) limits(limits *yaml.Node, kind string, apps map[string]bool) {
	c.overrides(below(limits, "overrides"))
	if n := below(limits, "perProxyAndApp"); n != nil && kind == passThrough {
		c.Warnf(n, "perProxyAndApp has no effect: with pass-through nobody tells which app calls")
	}
	for _, o := range elements(below(limits, "overrides")) {
		if name := value(o, "appName"); !apps[name] {
			c.Warnf(o, "the override is for the app %q, which this file does not name%s", name, nearest.Hint(name, slices.Sorted(maps.Keys(apps))))
		}
	}
}

// overrides looks at what the limits of single applications are.
func (c *checker) overrides(list *yaml.Node) {
	seen := map[string]bool{}
	for _, o := range elements(list) {
		name := value(o, "appName")
		if seen[name] {
			c.Problemf(o, "the app %q has two overrides", name)
		}
		seen[name] = true
		if off := value(o, "disablePerProxyAndApp") == "true"; off == (below(o, "perProxyAndApp") != nil) {
			c.Problemf(o, "the override of the app %q needs either perProxyAndApp or disablePerProxyAndApp: true", name)
		}
	}
}

// below returns what a mapping has at a key, or nil. Merges count.
func below(n *yaml.Node, name string) *yaml.Node {
	if n == nil {
		return nil
	}
	n = yamlfile.Resolve(n)
	if n.Kind != yaml.MappingNode {
		return nil
	}
	var merged *yaml.Node
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, v := yamlfile.Resolve(n.Content[i]), yamlfile.Resolve(n.Content[i+1])
		switch {
		case key.Value == name && key.Tag != "!!merge":
			return v
		case key.Tag != "!!merge" || merged != nil:
		case v.Kind == yaml.SequenceNode:
			for _, e := range v.Content {
				if merged == nil {
					merged = below(e, name)
				}
			}
		default:
			merged = below(v, name)
		}
	}
	return merged
}

// value returns the text at a key, or "".
func value(n *yaml.Node, name string) string {
	if v := below(n, name); v != nil {
		return v.Value
	}
	return ""
}

// elements returns those of a list, or none.
func elements(n *yaml.Node) []*yaml.Node {
	if n == nil || n.Kind != yaml.SequenceNode {
		return nil
	}
	all := make([]*yaml.Node, len(n.Content))
	for i, e := range n.Content {
		all[i] = yamlfile.Resolve(e)
	}
	return all
}
