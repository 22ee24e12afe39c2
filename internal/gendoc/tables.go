package main

import (
	"fmt"
	"maps"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/lockstep-apiops/lockstep/internal/config"
	"github.com/lockstep-apiops/lockstep/internal/settings"
)

// tables are the settings by the name that a page calls them, and the page.
func tables() map[string]table {
	return map[string]table{
		"extractor":       {"extractor.md", settings.Extractor()},
		"extractor pulls": {"extractor.md", settings.Pulls()},
		"publisher":       {"publisher.md", settings.Publisher()},
		"publisher plan":  {"publisher.md", settings.Plan()},

		"publisher promote":  {"gateways/amplifyproxies.md", settings.Promote()},
		"publisher validate": {"validating.md", settings.Validate()},
		"publisher rehearse": {"validating.md", settings.Rehearse()},
	}
}

// A table is some settings and the page that has to list them.
type table struct {
	page string
	rows []config.Setting
}

// writeTables writes each table into its page.
func writeTables(dir string) error {
	all := tables()
	for _, name := range slices.Sorted(maps.Keys(all)) {
		t := all[name]
		set, err := config.NewSet(t.rows)
		if err != nil {
			return fmt.Errorf("write settings of %s: %w", name, err)
		}
		file := path.Join(dir, t.page)
		text, err := os.ReadFile(file)
		if err != nil {
			return fmt.Errorf("write settings of %s: %w", name, err)
		}
		page, err := replace(string(text), name, set.Markdown())
		if err != nil {
			return fmt.Errorf("write settings of %s into %s: %w", name, t.page, err)
		}
		if err := os.WriteFile(file, []byte(page), 0o644); err != nil {
			return fmt.Errorf("write settings of %s: %w", name, err)
		}
	}
	return nil
}

// replace puts a table between the two comments that mark its place.
func replace(page, name, table string) (string, error) {
	begin, end := "<!-- settings of "+name+", written by go generate -->\n", "<!-- end of settings -->\n"
	before, rest, found := strings.Cut(page, begin)
	if !found {
		return "", fmt.Errorf("there is no line %q", strings.TrimSpace(begin))
	}
	_, after, found := strings.Cut(rest, end)
	if !found {
		return "", fmt.Errorf("no line %q follows", strings.TrimSpace(end))
	}
	return before + begin + "\n" + table + "\n" + end + after, nil
}
