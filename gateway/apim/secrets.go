package apim

import (
	"context"
	"fmt"
	"strings"

	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/gateway/rest"
)

// storeNamedValue writes a named value. The service never hands out a secret
// one, and takes a put without the value for a fault: so all but the value is
// changed in place.
func storeNamedValue(ctx context.Context, c *rest.Caller, w *rest.Write) error {
	path := c.Path(w.Want.Key)
	secret, _ := gateway.Field(w.Body, "properties.secret").(bool)
	if !secret || gateway.Field(w.Body, "properties.value") != nil || gateway.Field(w.Body, "properties.keyVault") != nil {
		_, _, err := c.Put(ctx, path, nil, w.Body, w.IfMatch)
		return err
	}
	if w.Have == nil {
		return fmt.Errorf("%w: %s", gateway.ErrInvalid, lacksValue(w.Want.Spec))
	}
	if gateway.Field(w.Body, "properties.tags") == nil {
		gateway.SetField(w.Body, "properties.tags", []any{})
	}
	_, _, err := c.Patch(ctx, path, nil, w.Body, rest.Match(w.Have))
	return err
}

// storeIdentityProvider writes an identity provider. The service takes no put
// without the secret: where git does not hold it, all but the secret is
// changed in place.
func storeIdentityProvider(ctx context.Context, c *rest.Caller, w *rest.Write) error {
	path := c.Path(w.Want.Key)
	if gateway.Field(w.Body, "properties.clientSecret") != nil {
		_, _, err := c.Put(ctx, path, nil, w.Body, w.IfMatch)
		return err
	}
	if w.Have == nil {
		return fmt.Errorf("%w: %s", gateway.ErrInvalid, lacksClientSecret(w.Want.Spec))
	}
	was, _ := c.Kinds.Public(c.Kinds.Get(w.Want.Key.Kind), w.Have.Spec)["properties"].(map[string]any)
	for name := range was {
		if field := "properties." + name; gateway.Field(w.Body, field) == nil {
			gateway.SetField(w.Body, field, nil) // silence would mean "as before"
		}
	}
	_, _, err := c.Patch(ctx, path, nil, w.Body, rest.Match(w.Have))
	return err
}

// storeLogger writes a logger. What its credentials refer to where the service
// keeps them by itself differs from service to service: each keeps its own.
func storeLogger(ctx context.Context, c *rest.Caller, w *rest.Write) error {
	for _, field := range loggerKeys {
		if !isGeneratedReference(gateway.Field(w.Body, field)) {
			continue
		}
		if w.Have == nil || gateway.Field(w.Have.Spec, field) == nil {
			return fmt.Errorf("%w: %s", gateway.ErrInvalid, lacksCredentials(w.Body))
		}
		gateway.SetField(w.Body, field, gateway.Field(w.Have.Spec, field))
	}
	_, _, err := c.Put(ctx, c.Path(w.Want.Key), nil, w.Body, w.IfMatch)
	return err
}

// loggerKeys are the fields in which loggers have credentials.
var loggerKeys = []string{"properties.credentials.connectionString", "properties.credentials.instrumentationKey"}

// isGeneratedReference reports whether a value refers to a named value that a
// service made by itself.
func isGeneratedReference(v any) bool {
	s, _ := v.(string)
	return isReference(v) && strings.HasPrefix(strings.TrimLeft(s, " {"), generated)
}

// lacksValue says what a new named value needs and does not have.
func lacksValue(spec map[string]any) string {
	secret, _ := gateway.Field(spec, "properties.secret").(bool)
	if !secret || gateway.Field(spec, "properties.value") != nil || gateway.Field(spec, "properties.keyVault") != nil {
		return ""
	}
	return "a secret needs a value, which git does not hold: give it in the configuration, or refer to a key vault"
}

// lacksClientSecret says what a new identity provider needs and does not have.
func lacksClientSecret(spec map[string]any) string {
	if gateway.Field(spec, "properties.clientSecret") != nil {
		return ""
	}
	return "a new identity provider needs its secret, which git does not hold: give it in the configuration"
}

// lacksCredentials says what a new logger needs and does not have.
func lacksCredentials(spec map[string]any) string {
	for _, field := range loggerKeys {
		if isGeneratedReference(gateway.Field(spec, field)) {
			return "a new logger needs its credentials, and git holds what another service calls its own (" + generated +
				"…): give " + strings.TrimPrefix(field, "properties.") + " in the configuration, as the reference to a named value"
		}
	}
	return ""
}
