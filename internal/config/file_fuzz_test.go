package config

import "testing"

func FuzzReadFile(f *testing.F) {
	for _, seed := range []string{
		"", "\xef\xbb\xbfdryRun: true\r\n", "only: [a, b]\napiNames:\n- x\n", "a: &a [*a]\n", "<<: {dryRun: true}\n", "? [x]\n: y\n",
		"dryRun: true\n---\n", "{\"maxDelete\": 3}", "bearerToken: x", "Logging: {LogLevel: {Default: x}}", "Logging: &a {LogLevel: *a}\n", "dryRun: !!binary aGk=\n", "\xff\xfed\x00:\x00 \x00x\x00", "&a a: *a\n", "%YAML 1.3\n---\n",
	} {
		f.Add([]byte(seed))
	}
	set := MustSet(rows(), "apiNames")
	f.Fuzz(func(t *testing.T, content []byte) {
		got, err := set.readFile("fuzz.yaml", content)
		if err != nil {
			return
		}
		for name, e := range got.entries {
			row := set.byName[name]
			if row.Secret || row.File {
				t.Errorf("%q was read from a file", name)
			}
			if e.line < 1 || len(e.texts) != 1 && row.Type != List {
				t.Errorf("%q has line %d and texts %q", name, e.line, e.texts)
			}
		}
	})
}
