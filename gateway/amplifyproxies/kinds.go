package amplifyproxies

import "github.com/lockstep-apiops/lockstep/gateway"

// proxyKind is the name of the only kind.
const proxyKind = "proxy"

// Kinds returns the table of what the DevOps API takes.
func Kinds() (*gateway.Kinds, error) { return newKinds(nil) }

// newKinds returns the table where passwords are those of env; nil: it is not
// known which there are.
func newKinds(env func(string) string) (*gateway.Kinds, error) {
	k := gateway.Kind{
		Name: proxyKind, Segment: "proxies", Doc: "proxy of an API, in the versions v0 and v1 of its file", Dir: "proxies", File: "*.yaml", Format: gateway.YAML,
		Order: []string{"apiVersion", "version", "proxy"}, Exact: true, Sets: []string{"proxy.tags"},
		Secret: []gateway.Secret{{Field: passwordField, Plain: isReference, Stands: namesPassword}}, Faults: pointless, Fixed: []string{"proxy.name"},
	}
	if env != nil {
		k.Lacks = func(spec map[string]any) string {
			s, _ := gateway.Field(spec, passwordField).(string)
			if m := reference.FindStringSubmatch(s); m != nil && env(m[1]) == "" {
				return missing(m[1])
			}
			return ""
		}
	}
	return gateway.NewKinds(gateway.Table{Rows: []gateway.Kind{k}})
}

// Checks returns what a file must hold besides, for whoever judges a tree.
func Checks() (gateway.Checks, error) {
	return gateway.Checks{Payloads: map[string]func([]byte) []gateway.Flaw{proxyKind: flaws}, Given: teamOf}, nil
}

// teamOf returns the name of the team that a proxy belongs to, if it names one.
func teamOf(r *gateway.Resource) []string {
	if name, ok := gateway.Field(r.Spec, "proxy.team.name").(string); ok && name != "" {
		return []string{name}
	}
	return nil
}

// pointless is faults without places, which what a payload was made from has.
func pointless(r *gateway.Resource) []gateway.Fault {
	var all []gateway.Fault
	for _, text := range faults(r) {
		all = append(all, gateway.Fault{Text: text})
	}
	return all
}
