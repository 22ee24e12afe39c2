package apim_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-apiops/lockstep/gateway"
	"github.com/lockstep-apiops/lockstep/gateway/apim"
)

// Overrides and files may spell known values in any case.
func TestKnownValuesInAnyCase(t *testing.T) {
	kinds, err := apim.Kinds()
	if err != nil {
		t.Fatal(err)
	}
	for row, tc := range map[string]struct{ in, want map[string]any }{
		"api diagnostic": {
			map[string]any{"verbosity": "Error", "frontend": map[string]any{"request": map[string]any{"dataMasking": map[string]any{"headers": []any{map[string]any{"mode": "hide"}}}}}},
			map[string]any{"verbosity": "error", "frontend": map[string]any{"request": map[string]any{"dataMasking": map[string]any{"headers": []any{map[string]any{"mode": "Hide"}}}}}},
		},
		"version set":      {map[string]any{"versioningScheme": "segment"}, map[string]any{"versioningScheme": "Segment"}},
		"workspace logger": {map[string]any{"loggerType": "ApplicationInsights"}, map[string]any{"loggerType": "applicationInsights"}},
		"api":              {map[string]any{"type": "HTTP", "protocols": []any{"WSS", "HTTPS"}}, map[string]any{"protocols": []any{"https", "wss"}}},
		"product":          {map[string]any{"state": "NotPublished"}, nil},
		"backend":          {map[string]any{"protocol": "of tomorrow", "type": 3}, map[string]any{"protocol": "of tomorrow", "type": 3}},
	} {
		t.Run(row, func(t *testing.T) {
			k := kinds.Get(row)
			want := kinds.Normal(k, map[string]any{"properties": tc.want})
			if d := cmp.Diff(want, kinds.Normal(k, map[string]any{"properties": tc.in})); d != "" {
				t.Errorf("normal form (-want +got):\n%s", d)
			}
		})
	}
}

// TestSpellingsAreOfTheService holds the spellings against the published types.
func TestSpellingsAreOfTheService(t *testing.T) {
	checks, err := apim.Checks()
	if err != nil {
		t.Fatal(err)
	}
	kinds, err := apim.Kinds()
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, field := range []struct{ row, name string }{
		{"api", "properties.type"}, {"api diagnostic", "properties.verbosity"}, {"backend", "properties.type"},
		{"diagnostic", "properties.alwaysLog"}, {"diagnostic", "properties.httpCorrelationProtocol"},
		{"diagnostic", "properties.operationNameFormat"}, {"diagnostic", "properties.sampling.samplingType"}, {"group", "properties.type"},
		{"logger", "properties.loggerType"}, {"product", "properties.state"}, {"subscription", "properties.state"},
		{"version set", "properties.versioningScheme"}, {"backend", "properties.protocol"},
	} {
		for _, v := range checks.Schemas[field.row].Fields[field.name].Enum {
			seen++
			want, shouted := map[string]any{}, map[string]any{}
			gateway.SetField(want, field.name, v)
			gateway.SetField(shouted, field.name, strings.ToUpper(v))
			k := kinds.Get(field.row)
			if d := cmp.Diff(kinds.Normal(k, want), kinds.Normal(k, shouted)); d != "" {
				t.Errorf("%s %s (-want +got):\n%s", field.row, field.name, d)
			}
		}
	}
	if seen < 30 {
		t.Errorf("only %d values were looked at", seen)
	}
}
