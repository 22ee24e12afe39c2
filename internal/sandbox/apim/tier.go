package apim

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// absentIn lists the collections a tier does not have: Consumption has no portal, no
// users and groups, no workspaces; it and the v2 tiers have no self-hosted gateways.
// The list is short on purpose: it is what the comparison of tiers promises, not
// what was seen on the wire.
func absentIn(sku string) []string {
	switch strings.ToLower(sku) {
	case "consumption":
		return []string{"gateways", "groups", "users", "templates", "notifications", "portalrevisions", "portalsettings", "portalconfigs",
			"contenttypes", "identityproviders", "issues", "workspaces"}
	case "basicv2", "standardv2", "premiumv2":
		return []string{"gateways"}
	}
	return nil
}

// tierAllows refuses what the service's tier does not have. Clients have met both
// answers: gateways fail with an internal error, everything else says why.
func (s *Server) tierAllows(segs []string) error {
	name := strings.ToLower(segs[0])
	if !slices.Contains(absentIn(s.o.SKU), name) {
		return nil
	}
	if name == "gateways" {
		return internalError()
	}
	return &fault{status: http.StatusBadRequest, code: "MethodNotAllowedInPricingTier",
		message: fmt.Sprintf("Method not allowed in %s pricing tier", s.o.SKU)}
}

// hasProducts reports whether new services come with starter and unlimited.
func (s *Server) hasProducts() bool {
	sku := strings.ToLower(s.o.SKU)
	return sku != "consumption" && !strings.HasSuffix(sku, "v2")
}

// missing reports whether the server was told to do without an aggregate.
func (o Options) missing(name string) bool { return contains(o.Missing, name) }

// incomplete reports whether an aggregate shall leave items out.
func (o Options) incomplete(name string) bool { return contains(o.Incomplete, name) }

func contains(list []string, name string) bool {
	return slices.ContainsFunc(list, func(s string) bool { return strings.EqualFold(s, name) })
}
