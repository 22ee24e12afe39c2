package azure

import (
	"net/url"
	"strings"
	"testing"
)

func TestCloudNamed(t *testing.T) {
	tests := []struct{ name, want, wantErr string }{
		{"", "https://management.azure.com", ""},
		{"AzureGlobalCloud", "https://management.azure.com", ""},
		{"AZUREPUBLICCLOUD", "https://management.azure.com", ""},
		{"AzureCloud", "https://management.azure.com", ""},
		{"AzureUSGovernment", "https://management.usgovcloudapi.net", ""},
		{" AzureGovernment ", "https://management.usgovcloudapi.net", ""},
		{"AzureChina", "https://management.chinacloudapi.cn", ""},
		{"AzureChinaCloud", "https://management.chinacloudapi.cn", ""},
		{"AzureGermanCloud", "", `choose Azure cloud "AzureGermanCloud": Microsoft closed it in 2021; use the public cloud, which has German regions`},
		{"moon", "", `choose Azure cloud "moon": no such cloud; there are AzurePublicCloud, AzureUSGovernment, AzureChinaCloud`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := CloudNamed(tt.name)
			if text(err) != tt.wantErr || got.Endpoint != tt.want {
				t.Errorf("got %q, error %q, want %q, error %q", got.Endpoint, text(err), tt.want, tt.wantErr)
			}
		})
	}
}

func TestCloudsAreComplete(t *testing.T) {
	for _, c := range clouds() {
		for field, value := range map[string]string{"endpoint": c.Endpoint, "authority": c.Authority, "scope": c.Scope} {
			if u, err := url.Parse(value); err != nil || u.Scheme != "https" {
				t.Errorf("%s: %s %q is no https address", c.Name, field, value)
			}
		}
		if !strings.HasSuffix(c.Scope, "/.default") {
			t.Errorf("%s: scope %q does not end in /.default", c.Name, c.Scope)
		}
		for _, name := range c.names {
			if name != strings.ToLower(name) {
				t.Errorf("%s: name %q can not be found, it is not lower case", c.Name, name)
			}
		}
		if got, err := CloudNamed(c.Name); err != nil || got != c.Cloud {
			t.Errorf("%s: got %v, %v by its own name", c.Name, got, err)
		}
	}
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestResourceManager(t *testing.T) {
	tests := []struct {
		override, want string
		wantSandbox    bool
		wantErr        string
	}{
		{"", "https://management.azure.com", false, ""},
		{"https://management.stack.example/", "https://management.stack.example", false, ""},
		{" https://arm.example:8443/arm/ ", "https://arm.example:8443/arm", false, ""},
		{"http://127.0.0.1:8080", "http://127.0.0.1:8080", true, ""},
		{"http://[::1]:8080/", "http://[::1]:8080", true, ""},
		{"http://LOCALHOST:1", "http://LOCALHOST:1", true, ""},
		{"https://127.0.0.1:8080", "https://127.0.0.1:8080", false, ""},
		{"http://management.azure.com", "", false, "read resource manager endpoint management.azure.com: plain http is allowed to a loopback address only; use https"},
		{"http://localhost.evil.example", "", false, "read resource manager endpoint localhost.evil.example: plain http is allowed to a loopback address only; use https"},
		{"http://127.0.0.1.evil.example", "", false, "read resource manager endpoint 127.0.0.1.evil.example: plain http is allowed to a loopback address only; use https"},
		{"ftp://127.0.0.1", "", false, `read resource manager endpoint 127.0.0.1: scheme "ftp" is neither https nor http`},
		{"https://user:hunter2@arm.example", "", false, "read resource manager endpoint arm.example: user and password do not belong here"},
		{"https://arm.example?api-version=1", "", false, "read resource manager endpoint arm.example: it must not have a query or a fragment"},
		{"https://arm.example/#top", "", false, "read resource manager endpoint arm.example: it must not have a query or a fragment"},
		{"management.azure.com", "", false, `read resource manager endpoint: it has no host; it looks like "https://management.azure.com"`},
		{"https://user:hunter2@arm.example:port", "", false, `read resource manager endpoint: invalid port ":port" after host`},
	}
	for _, tt := range tests {
		t.Run(tt.override, func(t *testing.T) {
			u, err := clouds()[0].ResourceManager(tt.override)
			if text(err) != tt.wantErr {
				t.Fatalf("got error %q, want %q", text(err), tt.wantErr)
			}
			if err != nil {
				return
			}
			if u.String() != tt.want || IsSandbox(u) != tt.wantSandbox {
				t.Errorf("got %s, sandbox %t, want %s, %t", u, IsSandbox(u), tt.want, tt.wantSandbox)
			}
		})
	}
	if err := CheckEndpoint(nil); err == nil {
		t.Error("got no error for no endpoint")
	}
}

func FuzzResourceManager(f *testing.F) {
	for _, s := range []string{"https://a", "http://127.0.0.1:1", "http://u:p@localhost", "://", "http://[::1%25lo]:1/x?y#z"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, override string) {
		u, err := clouds()[0].ResourceManager(override)
		if err != nil {
			return
		}
		if u.Scheme != "https" && !IsSandbox(u) || u.User != nil || u.Host == "" {
			t.Errorf("%q is taken for an endpoint: %s", override, u)
		}
	})
}
