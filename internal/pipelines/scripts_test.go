package pipelines

import (
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/pflag"
	"gopkg.in/yaml.v3"

	"github.com/lockstep-apiops/lockstep/internal/config"
	"github.com/lockstep-apiops/lockstep/internal/settings"
	"github.com/lockstep-apiops/lockstep/pipelines"
)

// verbs are the commands of the programs, with what can be said to each. Package settings makes the flags from the same
// tables.
func verbs() map[string][]config.Setting {
	plan := slices.Concat(settings.Plan(), settings.Publisher())
	return map[string][]config.Setting{
		"extractor": settings.Extractor(), "extractor pulls": settings.Pulls(),
		"publisher validate": slices.Concat(settings.Validate(), settings.Publisher()), "publisher rehearse": slices.Concat(settings.Rehearse(), settings.Publisher()),
		"publisher": settings.Publisher(), "publisher plan": plan, "publisher apply": settings.Publisher(),
		"publisher creator": settings.Publisher(), "publisher publish": settings.Publisher(), "publisher terminator": settings.Publisher(),
	}
}

// signIn are names of the environment that are no settings: the ways to sign in know them, and the files themselves.
func signIn() []string {
	return []string{
		"AZURE_ID_TOKEN", "AZURE_CLIENT_SECRET", "AZURE_FEDERATED_TOKEN_FILE", "AZURE_AUTHORITY_HOST", "AZURESUBSCRIPTION_SERVICE_CONNECTION_ID",
		"LOCKSTEP_RELEASES", "LOCKSTEP_CHECKSUMS_SHA256", // of install.sh
	}
}

// call is where a script runs one of the programs.
var call = regexp.MustCompile(`(?m)(?:^|[|;&(]|\bthen|\bdo)\s*(?:\.lockstep/)?(extractor|publisher)((?: +[^|;&>\n]+)?)`)

// expression is a part of a text that a CI system replaces.
var expression = regexp.MustCompile(`\$\{\{.*?\}\}|\$\[\[.*?\]\]`)

// calls returns the calls of the programs in a script: the words after each program's name, its own first.
func calls(script string) [][]string {
	var found [][]string
	script = expression.ReplaceAllString(strings.ReplaceAll(script, "${{ stage }}", "creator"), "x")
	for _, m := range call.FindAllStringSubmatch(strings.ReplaceAll(script, "\\\n", " "), -1) {
		found = append(found, append([]string{m[1]}, strings.Fields(m[2])...))
	}
	return found
}

// checkCall says what is wrong with a call.
func checkCall(words []string) []string {
	verb := words[0]
	if len(words) > 1 && !strings.HasPrefix(words[1], "-") {
		verb += " " + words[1]
	}
	rows, ok := verbs()[verb]
	if !ok {
		return []string{"there is no command " + verb}
	}
	var wrong []string
	for _, word := range words[1:] {
		name, isFlag := strings.CutPrefix(word, "--")
		name, _, _ = strings.Cut(name, "=")
		known := slices.ContainsFunc(rows, func(s config.Setting) bool { return s.Name == name && !s.Secret })
		if isFlag && !known {
			wrong = append(wrong, verb+" has no flag --"+name)
		}
	}
	return wrong
}

// scripts returns all texts of a file that a shell reads.
func scripts(name, text string) []string {
	switch {
	case path.Ext(name) == ".sh", strings.Contains(path.Base(name), "Jenkinsfile"):
		return []string{text}
	case path.Ext(name) != ".yml" && path.Ext(name) != ".yaml":
		return nil
	}
	var found []string
	dec := yaml.NewDecoder(strings.NewReader(text))
	for {
		var doc yaml.Node
		if dec.Decode(&doc) != nil {
			return found
		}
		found = append(found, scalars(&doc)...)
	}
}

// scalars returns all texts below a node; those of a list also as one command line.
func scalars(n *yaml.Node) []string {
	if n.Kind == yaml.ScalarNode {
		return []string{n.Value}
	}
	var found, line []string
	for _, c := range n.Content {
		found = append(found, scalars(c)...)
		if n.Kind == yaml.SequenceNode && n.Style&yaml.FlowStyle == 0 && c.Kind == yaml.ScalarNode {
			line = append(line, c.Value)
		}
	}
	return append(found, strings.Join(line, " "))
}

// eachSource calls f for every file.
func eachSource(t *testing.T, f func(name, text string)) {
	t.Helper()
	err := fs.WalkDir(pipelines.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			f(name, source(t, name))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestCallsUseRealFlags(t *testing.T) {
	found := map[string]int{}
	eachSource(t, func(name, text string) {
		top, _, _ := strings.Cut(name, "/")
		for _, script := range scripts(name, text) {
			for _, words := range calls(script) {
				found[top+" "+words[0]]++
				for _, wrong := range checkCall(words) {
					t.Errorf("%s: %s: %s", name, strings.Join(words, " "), wrong)
				}
			}
		}
	})
	for _, f := range Forges() {
		for _, program := range []string{"extractor", "publisher"} {
			if found[f+" "+program] == 0 {
				t.Errorf("%s: found no call of the %s: the test looks in the wrong place", f, program)
			}
		}
	}
}

func TestCallsFindsMistakes(t *testing.T) {
	tests := []struct{ name, script, want string }{
		{"unknown flag", "publisher plan --repo . --oot plan.json | tee x", "publisher plan has no flag --oot"},
		{"flag of another verb", "x=1\nif true; then publisher apply plan.json --out y; fi", "publisher apply has no flag --out"},
		{"unknown verb", "echo a && publisher rollback", "there is no command publisher rollback"},
		{"secret as a flag", "extractor --git-token x", "extractor has no flag --git-token"},
		{"continued line", "extractor \\\n  --nope", "extractor has no flag --nope"},
		{"good", "extractor --repo \"$R\" --exit-code > drift.md || code=$?", ""},
		{"no call", "echo extractor --nope", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, words := range calls(tt.script) {
				got = append(got, checkCall(words)...)
			}
			if strings.Join(got, "; ") != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// variable is a name of the environment that the programs might read.
var variable = regexp.MustCompile(`\b(?:LOCKSTEP|AZURE|AZURESUBSCRIPTION|API_MANAGEMENT)_[A-Z0-9_]*[A-Z0-9]\b`)

func TestVariablesAreReal(t *testing.T) {
	known := signIn()
	for _, rows := range verbs() {
		for _, row := range rows {
			known = append(known, row.EnvNames()...)
		}
	}
	eachSource(t, func(name, text string) {
		for _, v := range variable.FindAllString(text, -1) {
			if !slices.Contains(known, v) {
				t.Errorf("%s: nothing reads %s", name, v)
			}
		}
	})
}

// resolve reads a configuration file for a program.
func resolve(rows []config.Setting, file string) (*config.Values, error) {
	set := config.MustSet(rows)
	flags := pflag.NewFlagSet("test", pflag.ContinueOnError)
	set.AddFlags(flags)
	return set.Resolve(flags, []string{"LOCKSTEP_CONFIG=" + file})
}

func TestConfigurationsAreRead(t *testing.T) {
	dir := t.TempDir()
	for name, rows := range map[string][]config.Setting{
		"extractor.yaml": settings.Extractor(), "publisher.yaml": settings.Publisher(), "gateways/contoso.yaml": settings.Extractor(),
	} {
		text, ok := render(t, Options{Forge: "github"})["lockstep/"+name]
		if !ok {
			text = source(t, "lockstep/"+name) // for those who extract many
		}
		// What is commented out is an example, and must be right as well.
		for variant, text := range map[string]string{"as it stands": text, "with examples": regexp.MustCompile(`(?m)^# ([a-z][A-Za-z]+: \S.*)$`).ReplaceAllString(text, "$1")} {
			write(t, dir, map[string]string{"c.yaml": text})
			v, err := resolve(rows, dir+"/c.yaml")
			if err != nil || v.String("gateway") != "apim" {
				t.Errorf("%s %s: %v", name, variant, err)
			}
		}
	}
	write(t, dir, map[string]string{"c.yaml": "outptu: x\n"})
	if _, err := resolve(settings.Extractor(), dir+"/c.yaml"); err == nil {
		t.Error("a key that is no setting was read")
	}
}
