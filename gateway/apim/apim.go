// Package apim is the gateway of Azure API Management.
//
// It knows the kinds of a service (the table in kinds.go), what the service
// does to payloads, how API definitions are exported and imported, and how
// revisions become current. Calls to Azure Resource Manager are package arm's
// business, files and git that of others.
package apim

import (
	"fmt"
	"net/url"
	"regexp"
	"sync"

	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/gateway/apim/arm"
	"github.com/lockstep-apiops/lockstep/gateway/rest"
)

// APIVersion is the version of the management API that the table describes.
const APIVersion = "2024-05-01"

// Options say which service to manage and how.
type Options struct {
	Client         *arm.Client
	Subscription   string
	ResourceGroup  string
	Service        string
	Specifications string // format of exported API definitions, a name in Formats; "" is OpenAPIV3Yaml
}

// A Gateway is one API Management service. Use New.
type Gateway struct {
	*rest.Gateway
	hooks   *hooks
	unknown sync.Map // segment of an aggregate to how many of its items name no known kind, by the last Index
}

var (
	_ gateway.Gateway  = (*Gateway)(nil)
	_ gateway.Indexer  = (*Gateway)(nil)
	_ gateway.Surveyor = (*Gateway)(nil)
)

// idPrefix starts the id of anything in any service.
var idPrefix = regexp.MustCompile(`(?i)^/subscriptions/[^/]+/resourceGroups/[^/]+/providers/Microsoft\.ApiManagement/service/[^/]+`)

// New returns the gateway of a service.
func New(o Options) (*Gateway, error) {
	format, err := formatNamed(o.Specifications)
	if err != nil {
		return nil, err
	}
	h := &hooks{format: format, client: o.Client}
	root := fmt.Sprintf("/subscriptions/%s/resourceGroups/%s/providers/Microsoft.ApiManagement/service/%s",
		url.PathEscape(o.Subscription), url.PathEscape(o.ResourceGroup), url.PathEscape(o.Service))
	g, err := rest.New(rest.Options{
		Product: "apim", Instance: o.Service, Client: o.Client, Root: root, ETags: true,
		Table: table(),
		Rows:  kinds(h), Poor: []string{"workspace"}, Sentinel: sentinel,
	})
	if err != nil {
		return nil, err
	}
	return &Gateway{Gateway: g, hooks: h}, nil
}

// table is what holds for all kinds.
func table() gateway.Table {
	return gateway.Table{Body: "properties", FoldCase: true, IDPrefix: idPrefix, Layouts: Layouts()}
}

// Kinds returns the table of kinds, without a service.
func Kinds() (*gateway.Kinds, error) {
	g, err := rest.New(rest.Options{
		Product: "apim", Table: table(), Rows: kinds(&hooks{format: formats[0]}),
	})
	if err != nil {
		return nil, err
	}
	return g.Describe().Kinds, nil
}

// sentinel maps an answer of Azure Resource Manager to what callers ask for.
func sentinel(err error) error {
	switch {
	case arm.IsServiceMissing(err): // never to be taken for an absent resource
		return nil
	case arm.IsNotFound(err):
		return gateway.ErrNotFound
	case arm.IsPreconditionFailed(err):
		return gateway.ErrStale
	case arm.IsUnsupportedSKU(err):
		return gateway.ErrUnsupported
	case arm.IsDenied(err):
		return gateway.ErrDenied
	case arm.IsConflict(err):
		return gateway.ErrConflict
	case arm.IsInvalid(err):
		return gateway.ErrInvalid
	}
	return nil
}
