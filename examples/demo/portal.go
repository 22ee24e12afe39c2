package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"

	"github.com/lockstep-apiops/lockstep/internal/httpx"
)

// A portal changes things on a gateway behind git's back, as people do with a
// mouse: it reads a resource, and writes it back with a field changed.
type portal struct {
	http    *httpx.Client
	service string // address of the service
}

// set changes one property of a resource and returns what it was.
func (p portal) set(ctx context.Context, resource, property string, value any) (was any, err error) {
	payload, etag, err := p.call(ctx, http.MethodGet, resource, nil, "")
	if err != nil {
		return nil, err
	}
	properties, ok := payload["properties"].(map[string]any)
	if !ok {
		return nil, fmt.Errorf("change %s: it has no properties", resource)
	}
	was = properties[property]
	properties[property] = value
	_, _, err = p.call(ctx, http.MethodPut, resource, map[string]any{"properties": properties}, etag)
	return was, err
}

// call makes one request and returns the answer and its version.
func (p portal) call(ctx context.Context, method, resource string, payload map[string]any, etag string) (answer map[string]any, version string, err error) {
	var body io.Reader
	if payload != nil {
		text, err := json.Marshal(payload)
		if err != nil {
			return nil, "", err
		}
		body = bytes.NewReader(text)
	}
	req, err := http.NewRequestWithContext(ctx, method, p.service+resource+"?api-version=2024-05-01", body)
	if err != nil {
		return nil, "", err
	}
	req.Header.Set("Content-Type", "application/json")
	if etag != "" {
		req.Header.Set("If-Match", etag)
	}
	const limit = 1 << 20
	res, err := p.http.Read(req, limit)
	if err != nil {
		return nil, "", fmt.Errorf("%s %s: %w", method, resource, err)
	}
	if res.Status >= http.StatusBadRequest {
		return nil, "", fmt.Errorf("%s %s: %d %s", method, resource, res.Status, res.Body)
	}
	if err := json.Unmarshal(res.Body, &answer); err != nil {
		return nil, "", fmt.Errorf("%s %s: read answer: %w", method, resource, err)
	}
	return answer, res.Header.Get("ETag"), nil
}
