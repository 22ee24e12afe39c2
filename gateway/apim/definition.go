package apim

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/gateway/apim/arm"
	"github.com/lockstep-apiops/lockstep/gateway/rest"
	"github.com/lockstep-apiops/lockstep/internal/apidef"
)

// hooks carry what the hooks of the table need beyond a call's arguments.
type hooks struct {
	format format
	client *arm.Client
}

// A format is a spelling in which API definitions can be exported.
type format struct{ name, export, file, convert string }

// formats have the names that Azure/apiops gave them, in any case.
var formats = []format{
	{"OpenAPIV3Yaml", "openapi-link", "specification.yaml", ""},
	{"YAML", "openapi-link", "specification.yaml", ""},
	{"OpenAPIV3Json", "openapi+json-link", "specification.json", ""},
	{"JSON", "openapi+json-link", "specification.json", ""},
	{"OpenAPIV2Json", "swagger-link", "specification.json", ""},
	{"OpenAPIV2Yaml", "swagger-link", "specification.yaml", "specification.json"},
	{"Wadl", "wadl-link", "specification.wadl", ""},
}

// Formats returns the names of the formats of API definitions.
func Formats() []string {
	names := make([]string, len(formats))
	for i, f := range formats {
		names[i] = f.name
	}
	return names
}

func formatNamed(name string) (format, error) {
	if name == "" {
		return formats[0], nil
	}
	i := slices.IndexFunc(formats, func(f format) bool { return strings.EqualFold(f.name, name) })
	if i < 0 {
		return format{}, fmt.Errorf("choose specification format: %q is not one of %s", name, strings.Join(Formats(), ", "))
	}
	return formats[i], nil
}

// fetchAPI adds the definition to an API that was read.
func (h *hooks) fetchAPI(ctx context.Context, c *rest.Caller, r *gateway.Resource) error {
	switch apiType(r.Spec) {
	case "", "http":
		text, err := h.export(ctx, c, r, h.format.export)
		if err != nil {
			return fmt.Errorf("export definition: %w", err)
		}
		if h.format.convert != "" {
			if text, err = apidef.Reencode(text, h.format.convert, h.format.file); err != nil {
				return fmt.Errorf("export definition: %w", err)
			}
		}
		r.Files = map[string][]byte{h.format.file: text}
	case "graphql":
		return fetchGraphQL(ctx, c, r)
	case "soap":
		h.fetchWSDL(ctx, c, r)
		return context.Cause(ctx)
	}
	return nil
}

func apiType(spec map[string]any) string {
	t, _ := gateway.Field(spec, "properties.type").(string)
	return strings.ToLower(t)
}

// fetchGraphQL adds the schema of a GraphQL API, which is kept as one of its
// schemas and not exported.
func fetchGraphQL(ctx context.Context, c *rest.Caller, r *gateway.Resource) error {
	body, _, err := c.Get(ctx, c.Path(r.Key)+"/schemas/graphql", nil)
	if arm.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("get schema: %w", err)
	}
	if text, _ := gateway.Field(body, "properties.document.value").(string); text != "" {
		r.Files = map[string][]byte{"specification.graphql": []byte(text)}
	}
	return nil
}

// fetchWSDL adds the definition of a SOAP API if the service hands it out,
// which it often cannot. What it does not hand out counts as unknown: a
// definition that a person keeps in git is neither replaced nor deleted.
func (h *hooks) fetchWSDL(ctx context.Context, c *rest.Caller, r *gateway.Resource) {
	text, err := h.export(ctx, c, r, "wsdl-link")
	if err != nil {
		r.Unread = []string{specification}
		return
	}
	r.Files = map[string][]byte{"specification.wsdl": text}
}

// export asks for the definition of an API. The service hands out the wrong
// document when it exports two versions or two revisions of one API at once,
// so those wait for each other.
func (h *hooks) export(ctx context.Context, c *rest.Caller, r *gateway.Resource, format string) ([]byte, error) {
	unlock, err := c.Lock(ctx, "export "+exportGroup(c, r))
	if err != nil {
		return nil, err
	}
	defer unlock()
	q := url.Values{"export": {"true"}, "format": {format}}
	body, _, err := h.client.NoRetryOn500().Get(ctx, c.Path(r.Key), q)
	if err != nil {
		return nil, err
	}
	for _, field := range []string{"value.link", "properties.value.link", "link", "properties.link"} {
		if link, _ := gateway.Field(body, field).(string); link != "" {
			return h.client.Fetch(ctx, link)
		}
	}
	for _, field := range []string{"value", "properties.value"} {
		if text, _ := gateway.Field(body, field).(string); text != "" {
			return []byte(text), nil
		}
	}
	return nil, errors.New("the answer has neither a link nor a document")
}

// exportGroup names the APIs whose exports must not overlap.
func exportGroup(c *rest.Caller, r *gateway.Resource) string {
	if set, _ := gateway.Field(r.Spec, "properties.apiVersionSetId").(string); set != "" {
		return strings.ToLower(set)
	}
	return lockOf(c, r.Key)
}

// lockOf names an API with all its revisions.
func lockOf(c *rest.Caller, api gateway.Key) string {
	id := c.Kinds.ID(c.Kinds.Fold(api))
	root, _, _ := cutRevision(id)
	return root
}
