package settings_test

import (
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/lockstep-apiops/lockstep/internal/config"
	"github.com/lockstep-apiops/lockstep/internal/settings"
)

func TestTables(t *testing.T) {
	for _, test := range []struct {
		name string
		rows []config.Setting
	}{
		{"extractor", settings.Extractor()},
		{"extractor pulls", settings.Pulls()},
		{"publisher", settings.Publisher()},
		{"publisher plan", slices.Concat(settings.Plan(), settings.Publisher())},
	} {
		t.Run(test.name, func(t *testing.T) {
			if _, err := config.NewSet(test.rows); err != nil {
				t.Fatal(err)
			}
			for _, row := range test.rows {
				if row.Usage == "" || strings.HasSuffix(row.Usage, ".") {
					t.Errorf("%s: the usage is %q, want a line without a full stop", row.Name, row.Usage)
				}
			}
		})
	}
}

func TestCredentialsAreSecret(t *testing.T) {
	for _, row := range slices.Concat(settings.Extractor(), settings.Publisher()) {
		words := strings.FieldsFunc(row.Name, func(r rune) bool { return !unicode.IsLetter(r) })
		if hot := slices.ContainsFunc(words, func(w string) bool { return w == "token" || w == "secret" || w == "password" }); hot && !row.Secret && !row.Operator {
			t.Errorf("%s is a credential and not marked as one", row.Name)
		}
	}
}
