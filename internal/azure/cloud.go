// Package azure knows the Azure clouds and how to get a token for them: which
// endpoint, authority and scope a cloud has, and which of the many ways to sign
// in fits the place the program runs in.
//
// It knows nothing of what the token is used for. All its HTTP goes through
// internal/httpx; the protocols of signing in are azidentity's.
package azure

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
)

// Cloud is one of the separate Azure clouds.
type Cloud struct {
	// Name is the cloud's name as AZURE_CLOUD_ENVIRONMENT has it.
	Name string
	// Endpoint is the address of Azure Resource Manager.
	Endpoint string
	// Authority is the address of Microsoft Entra ID.
	Authority string
	// Scope is what a token for Azure Resource Manager is asked for.
	Scope string
}

// The clouds and, in lower case, the names people and tools use for each.
func clouds() []struct {
	Cloud
	names []string
} {
	return []struct {
		Cloud
		names []string
	}{
		{Cloud{"AzurePublicCloud", "https://management.azure.com", "https://login.microsoftonline.com/", "https://management.core.windows.net//.default"},
			[]string{"", "azurepubliccloud", "azureglobalcloud", "azurecloud", "azurepublic", "public"}},
		{Cloud{"AzureUSGovernment", "https://management.usgovcloudapi.net", "https://login.microsoftonline.us/", "https://management.core.usgovcloudapi.net//.default"},
			[]string{"azureusgovernment", "azuregovernment", "azureusgovernmentcloud", "usgovernment"}},
		{Cloud{"AzureChinaCloud", "https://management.chinacloudapi.cn", "https://login.chinacloudapi.cn/", "https://management.core.chinacloudapi.cn//.default"},
			[]string{"azurechinacloud", "azurechina", "china"}},
	}
}

// CloudNamed returns the cloud of that name, without regard to case; no name
// means the public cloud.
func CloudNamed(name string) (Cloud, error) {
	folded := strings.ToLower(strings.TrimSpace(name))
	var known []string
	for _, c := range clouds() {
		known = append(known, c.Name)
		for _, n := range c.names {
			if n == folded {
				return c.Cloud, nil
			}
		}
	}
	if strings.Contains(folded, "german") {
		return Cloud{}, fmt.Errorf("choose Azure cloud %q: Microsoft closed it in 2021; use the public cloud, which has German regions", name)
	}
	return Cloud{}, fmt.Errorf("choose Azure cloud %q: no such cloud; there are %s", name, strings.Join(known, ", "))
}

// ResourceManager returns the address of Azure Resource Manager: override if
// there is one, for an emulator or a private cloud, or else the cloud's.
func (c Cloud) ResourceManager(override string) (*url.URL, error) {
	address := c.Endpoint
	if override != "" {
		address = override
	}
	u, err := url.Parse(strings.TrimRight(strings.TrimSpace(address), "/"))
	if err != nil {
		return nil, fmt.Errorf("read resource manager endpoint: %w", hideURL(err))
	}
	if err := CheckEndpoint(u); err != nil {
		return nil, err
	}
	return u, nil
}

// CheckEndpoint refuses addresses a token must not be sent to. It must be
// https, or http on a loopback address, where only this machine listens.
func CheckEndpoint(u *url.URL) error {
	switch {
	case u == nil || u.Host == "":
		return errors.New(`read resource manager endpoint: it has no host; it looks like "https://management.azure.com"`)
	case u.User != nil:
		return fmt.Errorf("read resource manager endpoint %s: user and password do not belong here", u.Host)
	case u.RawQuery != "" || u.Fragment != "":
		return fmt.Errorf("read resource manager endpoint %s: it must not have a query or a fragment", u.Host)
	case u.Scheme == "http" && !loopback(u.Hostname()):
		return fmt.Errorf("read resource manager endpoint %s: plain http is allowed to a loopback address only; use https", u.Host)
	case u.Scheme != "http" && u.Scheme != "https":
		return fmt.Errorf("read resource manager endpoint %s: scheme %q is neither https nor http", u.Host, u.Scheme)
	}
	return nil
}

// IsSandbox tells whether u is plain http, which CheckEndpoint allows on this
// machine only: an emulator that needs no credential.
func IsSandbox(u *url.URL) bool { return u != nil && u.Scheme == "http" && loopback(u.Hostname()) }

// loopback tells whether host is this machine by its name or address. Other
// names are not looked up: who answers for them may change.
func loopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// hideURL drops the address from an error of net/url: it may hold a password.
func hideURL(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}
