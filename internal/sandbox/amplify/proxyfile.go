package amplify

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"

	"gopkg.in/yaml.v3"
)

// proxyFile is the configuration of a proxy. In version v0 it has a policy, in
// version v1 policies.
type proxyFile struct {
	APIVersion string    `yaml:"apiVersion"`
	Version    string    `yaml:"version"`
	Proxy      proxySpec `yaml:"proxy"`
}

type proxySpec struct {
	Name     string    `yaml:"name"`
	BasePath string    `yaml:"basePath"`
	Swagger  string    `yaml:"swagger"`
	Policy   *policy   `yaml:"policy"`
	Policies *policies `yaml:"policies"`
	Apps     []app     `yaml:"apps"`
	Tags     []string  `yaml:"tags"`
	Team     struct {
		Name string `yaml:"name"`
	} `yaml:"team"`
}

type policy struct {
	Type             string   `yaml:"type"`
	App              string   `yaml:"app"`
	Flows            []string `yaml:"flows"`
	AuthorizationURL string   `yaml:"authorizationUrl"`
	TokenURL         string   `yaml:"tokenUrl"`
	Scopes           []struct {
		Scope       string `yaml:"scope"`
		Description string `yaml:"description"`
	} `yaml:"scopes"`
}

type policies struct {
	ClientAuth  *policy `yaml:"clientAuth"`
	BackendAuth *struct {
		Type     string `yaml:"type"`
		Username string `yaml:"username"`
		Password string `yaml:"password"`
	} `yaml:"backendAuth"`
	RateLimit *struct {
		PerProxy       *limit `yaml:"perProxy"`
		PerProxyAndApp *limit `yaml:"perProxyAndApp"`
		Overrides      []struct {
			AppName               string `yaml:"appName"`
			PerProxyAndApp        *limit `yaml:"perProxyAndApp"`
			DisablePerProxyAndApp bool   `yaml:"disablePerProxyAndApp"`
		} `yaml:"overrides"`
	} `yaml:"rateLimit"`
}

type app struct {
	Name     string `yaml:"name"`
	Profiles []struct {
		Name         string `yaml:"name"`
		Type         string `yaml:"type"`
		ClientID     string `yaml:"clientId"`
		Issuer       string `yaml:"issuer"`
		MetadataPath string `yaml:"metadataPath"`
	} `yaml:"profiles"`
}

// limit is so many calls in an interval, a second when nothing is said.
type limit struct {
	Limit    int    `yaml:"limit"`
	Interval string `yaml:"interval"`
}

var intervalPattern = regexp.MustCompile(`^PT(\d+H)?(\d+M)?(\d+S)?$`)

// UnmarshalYAML reads a number, or the limit and its interval.
func (l *limit) UnmarshalYAML(node *yaml.Node) error {
	if node.Kind == yaml.ScalarNode {
		return node.Decode(&l.Limit)
	}
	type plain limit
	if err := node.Decode((*plain)(l)); err != nil {
		return err
	}
	if !intervalPattern.MatchString(l.Interval) || l.Interval == "PT" {
		return fmt.Errorf("line %d: the interval %q is not a time such as PT10S", node.Line, l.Interval)
	}
	return nil
}

// parseProxyFile reads and checks a configuration.
func parseProxyFile(text []byte) (*proxyFile, error) {
	var f proxyFile
	dec := yaml.NewDecoder(bytes.NewReader(text))
	dec.KnownFields(true)
	if err := dec.Decode(&f); err != nil {
		return nil, invalid("body", "The configuration could not be read: %s", err)
	}
	if wrong := f.check(); len(wrong) > 0 {
		return nil, wrong
	}
	return &f, nil
}

func (f *proxyFile) check() faults {
	var wrong faults
	want := func(good bool, field, format string, args ...any) {
		if !good {
			wrong = append(wrong, invalid(field, format, args...))
		}
	}
	want(f.APIVersion == "v1", "apiVersion", "apiVersion is %q, not v1.", f.APIVersion)
	want(f.Version == "" || f.Version == "v1", "version", "version is %q, not v1.", f.Version)
	want(f.Proxy.Name != "", "proxy.name", "The proxy has no name.")
	want(strings.HasPrefix(f.Proxy.BasePath, "/"), "proxy.basePath", "basePath does not start with a slash.")
	want(f.Version != "" || f.Proxy.Policies == nil, "proxy.policies", "policies belong to version v1.")
	want(f.Version == "" || f.Proxy.Policy == nil, "proxy.policy", "policy belongs to files without a version.")
	p := f.Proxy.auth()
	if p == nil {
		want(false, "proxy", "The proxy has no client authentication.")
		return wrong
	}
	known := p.Type == "pass-through" || p.Type == "api-key" || (f.Version == "v1" && (p.Type == "jwt-token" || p.Type == "oauth"))
	want(known, "type", "The authentication type %q is not known.", p.Type)
	want(p.Type == "pass-through" || p.App != "" || len(f.Proxy.Apps) > 0, "app", "%s needs an app.", p.Type)
	if p.Type == "oauth" {
		want(len(p.Flows) > 0 && p.AuthorizationURL != "" && p.TokenURL != "" && len(p.Scopes) > 0, "clientAuth",
			"oauth needs flows, authorizationUrl, tokenUrl and scopes.")
	}
	return append(wrong, append(f.Proxy.checkApps(p.Type), f.Proxy.checkPolicies()...)...)
}

// auth is how clients of the proxy show who they are.
func (p *proxySpec) auth() *policy {
	if p.Policies != nil {
		return p.Policies.ClientAuth
	}
	return p.Policy
}

func (p *proxySpec) checkApps(auth string) faults {
	var wrong faults
	for _, a := range p.Apps {
		if a.Name == "" {
			wrong = append(wrong, invalid("apps", "An app has no name."))
		}
		for _, profile := range a.Profiles {
			if profile.Type != auth {
				wrong = append(wrong, invalid("profiles", "The profile %s has the type %q, not that of the proxy, %s.", profile.Name, profile.Type, auth))
			}
			if profile.Type == "oauth" && (profile.ClientID == "" || profile.Issuer == "" || profile.MetadataPath == "") {
				wrong = append(wrong, invalid("profiles", "The profile %s needs clientId, issuer and metadataPath.", profile.Name))
			}
		}
	}
	return wrong
}

func (p *proxySpec) checkPolicies() faults {
	var wrong faults
	if p.Policies == nil {
		return nil
	}
	if b := p.Policies.BackendAuth; b != nil && (b.Type != "auth-http-basic" || b.Username == "") {
		wrong = append(wrong, invalid("backendAuth", "backendAuth needs the type auth-http-basic and a username."))
	}
	if r := p.Policies.RateLimit; r != nil {
		for _, o := range r.Overrides {
			if o.AppName == "" || (o.PerProxyAndApp == nil) == !o.DisablePerProxyAndApp {
				wrong = append(wrong, invalid("overrides", "An override needs appName, and either perProxyAndApp or disablePerProxyAndApp."))
			}
		}
	}
	return wrong
}

// appNames lists the applications that the proxy is for.
func (p *proxySpec) appNames() []string {
	seen := map[string]bool{}
	if a := p.auth(); a.App != "" {
		seen[a.App] = true
	}
	for _, a := range p.Apps {
		seen[a.Name] = true
	}
	return sortedKeys(seen)
}
