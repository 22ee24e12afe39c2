package main

import (
	"strings"
	"testing"
)

func TestReplace(t *testing.T) {
	const place = "a\n<!-- settings of x, written by go generate -->\nold\n<!-- end of settings -->\nb\n"
	for _, test := range []struct{ name, page, table, want, err string }{
		{"a table", place, "new\n", "a\n<!-- settings of x, written by go generate -->\n\nnew\n\n<!-- end of settings -->\nb\n", ""},
		{"no place", "a\n", "new\n", "", "there is no line"},
		{"no end", strings.ReplaceAll(place, "end of", "more"), "new\n", "", "follows"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := replace(test.page, "x", test.table)
			if got != test.want || (err == nil) != (test.err == "") || err != nil && !strings.Contains(err.Error(), test.err) {
				t.Fatalf("got %q, %v; want %q, %q", got, err, test.want, test.err)
			}
			if again, err := replace(got, "x", test.table); test.err == "" && (again != got || err != nil) {
				t.Errorf("a second time: got %q, %v", again, err)
			}
		})
	}
}
