package apim

import (
	"encoding/base64"
	"encoding/binary"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// serviceObject serves the service resource itself.
func (c *call) serviceObject() (*answer, error) {
	v := c.svc
	switch c.r.Method {
	case http.MethodGet:
		return ok(v.shownObject()), nil
	case http.MethodPut, http.MethodPatch:
		props := maps.Clone(v.props)
		maps.Copy(props, object(c.body, "properties"))
		props["provisioningState"] = "Succeeded"
		v.props = props
		v.row++
		v.dirty[objectMark] = true
		return ok(v.shownObject()), nil
	case http.MethodHead:
		return &answer{status: http.StatusOK}, nil
	}
	return nil, methodNotAllowed(c.r.Method)
}

// name is the service's own.
func (v *service) name() string { return v.id[strings.LastIndexByte(v.id, '/')+1:] }

func (v *service) shownObject() map[string]any {
	var row [8]byte
	binary.BigEndian.PutUint64(row[:], v.row)
	props := maps.Clone(v.props)
	for field, host := range map[string]string{"gatewayUrl": ".azure-api.net", "developerPortalUrl": ".developer.azure-api.net",
		"managementApiUrl": ".management.azure-api.net", "portalUrl": ".portal.azure-api.net", "scmUrl": ".scm.azure-api.net"} {
		props[field] = "https://" + strings.ToLower(v.name()) + host
	}
	return map[string]any{"id": v.id, "name": v.name(), "type": "Microsoft.ApiManagement/service", "location": "West Europe",
		"etag": base64.StdEncoding.EncodeToString(row[:]), "sku": map[string]any{"name": v.srv.o.SKU, "capacity": 1}, "tags": map[string]any{},
		"properties": props}
}

// listServices lists the services of a subscription or resource group.
func (s *Server) listServices(c *call, sub, group string) (*answer, error) {
	if group != "" {
		for _, name := range s.o.Services {
			if _, err := s.service("/subscriptions/"+sub+"/resourceGroups/"+group+"/providers/Microsoft.ApiManagement/service/"+name, false); err != nil {
				return nil, err
			}
		}
	}
	var out []any
	for _, v := range s.sortedServices() {
		parts := strings.Split(v.key, "/")
		if parts[2] != strings.ToLower(sub) || (group != "" && parts[4] != strings.ToLower(group)) {
			continue
		}
		v.mu.RLock()
		out = append(out, v.shownObject())
		v.mu.RUnlock()
	}
	return c.pageOf(out)
}

// outside answers what is not below a service.
func (s *Server) outside(c *call) (*answer, error) {
	path := strings.ToLower(strings.Trim(c.r.URL.Path, "/"))
	switch {
	case strings.HasSuffix(path, "/providers/microsoft.apimanagement/skus"):
		var out []any
		for _, name := range []string{"Developer", "Basic", "Standard", "Premium", "Consumption", "BasicV2", "StandardV2", "PremiumV2"} {
			out = append(out, map[string]any{"name": name, "resourceType": "service", "locations": []any{"westeurope"}, "restrictions": []any{}})
		}
		return ok(map[string]any{"value": out}), nil
	case slices.ContainsFunc([]string{"/deletedservices", "/gateways"}, func(end string) bool { return strings.HasSuffix(path, end) }):
		return ok(map[string]any{"value": []any{}}), nil
	}
	return nil, &fault{status: http.StatusNotFound, code: "InvalidResourceType", gateway: true,
		message: "The resource type could not be found in the namespace 'Microsoft.ApiManagement'."}
}
