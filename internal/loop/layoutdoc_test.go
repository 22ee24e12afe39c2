package loop

import (
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lockstep-apiops/lockstep/gateway/apim"
)

// TestLayoutsAreDocumented looks for every spelling of the table in the page
// on layouts.
func TestLayoutsAreDocumented(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "layouts.md"))
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string]string{}
	for line := range strings.Lines(string(text)) {
		if cells := strings.Split(line, "|"); len(cells) > 3 {
			rows[strings.TrimSpace(cells[1])] = line
		}
	}
	kinds, err := apim.Kinds()
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range kinds.Layouts() {
		if rows["`"+l+"`"] == "" {
			t.Errorf("layout %s is not in the table of layouts", l)
		}
	}
	for _, k := range kinds.All() {
		for _, f := range kinds.Forms(k.Name) {
			if len(k.Spellings) == 0 || k.Name != k.Row {
				continue
			}
			folder := path.Base("/" + f.Kind.Dir)
			if f.List || f.Kind.Dir == "" {
				folder = ""
			}
			for _, want := range append([]string{f.Kind.File, folder + "/"}, f.Layouts...) {
				if !strings.Contains(rows[k.Name], want) && f.Rank > 0 {
					t.Errorf("the row of %s does not tell of %q", k.Name, want)
				}
			}
		}
	}
}
