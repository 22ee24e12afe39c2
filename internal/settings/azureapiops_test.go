package settings_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/pflag"

	"github.com/lockstep-apiops/lockstep/internal/config"
	"github.com/lockstep-apiops/lockstep/internal/settings"
)

// A key is one that pipelines made for Azure/apiops set, and what becomes of it.
type key struct {
	name    string // as its documentation spells it
	setting string // what it sets, or nothing if it has no effect
	text    string
	want    any // if it is not the text
	only    string
	outside bool // never in the file: a secret, or the name of the file
	secret  bool
}

// keys are all of them. Those with only belong to one program.
func keys() []key {
	return []key{
		{name: "AZURE_SUBSCRIPTION_ID", setting: "subscription-id", text: "00000000-0000-0000-0000-000000000000"},
		{name: "AZURE_RESOURCE_GROUP_NAME", setting: "resource-group", text: "rg"},
		{name: "API_MANAGEMENT_SERVICE_NAME", setting: "service-name", text: "contoso"},
		{name: "apimServiceName", setting: "service-name", text: "contoso"},
		{name: "API_MANAGEMENT_SERVICE_OUTPUT_FOLDER_PATH", setting: "output", text: "apimartifacts", only: "extractor"},
		{name: "API_MANAGEMENT_SERVICE_OUTPUT_FOLDER_PATH", setting: "input", text: "apimartifacts", only: "publisher"},
		{name: "CONFIGURATION_YAML_PATH", setting: "config", text: "configuration.absent.yaml", outside: true},
		{name: "API_SPECIFICATION_FORMAT", setting: "specification-format", text: "OpenAPIV2Json"},
		{name: "apiSpecificationFormat", setting: "specification-format", text: "JSON"},
		{name: "COMMIT_ID", setting: "commit-id", text: "0123abcd", only: "publisher"},
		{name: "DRY_RUN", setting: "dry-run", text: "true", want: true},
		{name: "DRY-RUN", setting: "dry-run", text: "False", want: false},
		{name: "STRICT_VALIDATION", setting: "lenient", text: "true", want: false, only: "publisher"},
		{name: "STRICT_VALIDATION", setting: "lenient", text: "false", want: true, only: "publisher"},
		{name: "ARM_API_VERSION", setting: "api-version", text: "2023-09-01-preview"},
		{name: "AZURE_CLOUD_ENVIRONMENT", setting: "cloud", text: "AzureGovernment"},
		{name: "AZURE_BEARER_TOKEN", setting: "bearer-token", text: "t0p", outside: true, secret: true},
		{name: "AZURE_CLIENT_ID", setting: "client-id", text: "id"},
		{name: "AZURE_TENANT_ID", setting: "tenant-id", text: "id"},
		{name: "FeatureManagement__Workspaces", setting: "no-workspaces", text: "false", want: true},
		{name: "FeatureManagement__Workspaces", setting: "no-workspaces", text: "true", want: false},
		{name: "Logging__LogLevel__Default", setting: "log-level", text: "Information"},
		{name: "Logging__LogLevel__Microsoft", text: "Warning"},
		{name: "APPLICATIONINSIGHTS_CONNECTION_STRING", text: "InstrumentationKey=0"},
		{name: "OTEL_EXPORTER_OTLP_ENDPOINT", text: "http://127.0.0.1:4317"},
		{name: "PUBLISH_CONFIGURATION_ARTIFACTS", text: "true"},
	}
}

// A way is one to set a key: the arguments, environment and file that do.
type way struct {
	name   string
	inFile bool
	isFlag bool
	say    func(name, text string) (args, env []string, file string)
}

// ways are all that programs on .NET have.
func ways() []way {
	flag := func(spell func(name, text string) []string) func(string, string) ([]string, []string, string) {
		return func(name, text string) ([]string, []string, string) { return spell(name, text), nil, "" }
	}
	colons := strings.NewReplacer("__", ":")
	return []way{
		{name: "environment", say: func(n, t string) ([]string, []string, string) { return nil, []string{n + "=" + t}, "" }},
		{name: "environment in another case", say: func(n, t string) ([]string, []string, string) {
			return nil, []string{strings.ToLower(n) + "=" + t}, ""
		}},
		{name: "--KEY=value", isFlag: true, say: flag(func(n, t string) []string { return []string{"--" + n + "=" + t} })},
		{name: "--KEY value", isFlag: true, say: flag(func(n, t string) []string { return []string{"--" + n, t} })},
		{name: "--key:nested value", isFlag: true, say: flag(func(n, t string) []string { return []string{"--" + strings.ToLower(colons.Replace(n)), t} })},
		{name: "/KEY value", isFlag: true, say: flag(func(n, t string) []string { return []string{"/" + n, t} })},
		{name: "/KEY=value", isFlag: true, say: flag(func(n, t string) []string { return []string{"/" + n + "=" + t} })},
		{name: "file", inFile: true, say: func(n, t string) ([]string, []string, string) { return nil, nil, n + ": " + t + "\n" }},
		{name: "file with a mark of the byte order, in another case", inFile: true, say: func(n, t string) ([]string, []string, string) {
			return nil, nil, "\xef\xbb\xbf" + strings.ToUpper(n) + ": " + t + "\r\n"
		}},
		{name: "file, nested", inFile: true, say: func(n, t string) ([]string, []string, string) {
			var b strings.Builder
			parts := strings.Split(n, "__")
			for i, part := range parts {
				fmt.Fprintf(&b, "%s%s:", strings.Repeat("  ", i), part)
				if i < len(parts)-1 {
					b.WriteString("\n")
				}
			}
			return nil, nil, b.String() + " " + t + "\n"
		}},
	}
}

// resolve resolves a table from what was said.
func resolve(t *testing.T, rows []config.Setting, args, env []string, file string) (*config.Values, error) {
	t.Helper()
	set := config.MustSet(rows)
	flags := pflag.NewFlagSet("test", pflag.ContinueOnError)
	set.AddFlags(flags)
	if err := flags.Parse(config.Arguments(flags.Lookup, args)); err != nil {
		t.Fatal(err)
	}
	if flags.NArg() > 0 {
		t.Fatalf("arguments are left: %q", flags.Args())
	}
	if file != "" {
		if err := os.WriteFile("configuration.yaml", []byte(file), 0o600); err != nil {
			t.Fatal(err)
		}
		env = append(env, "LOCKSTEP_CONFIG=configuration.yaml")
	}
	return set.Resolve(flags, env)
}

// got returns a setting's value, whatever its type.
func (k key) got(v *config.Values, rows []config.Setting) any {
	i := slices.IndexFunc(rows, func(row config.Setting) bool { return row.Name == k.setting })
	switch row := rows[i]; {
	case row.Secret:
		return v.Secret(k.setting).Reveal()
	case row.Type == config.Bool:
		return v.Bool(k.setting)
	}
	return v.String(k.setting)
}

func TestKeysOfAzureAPIOps(t *testing.T) {
	t.Chdir(t.TempDir())
	programs := map[string][]config.Setting{"extractor": settings.Extractor(), "publisher": settings.Publisher()}
	for program, rows := range programs {
		for _, k := range keys() {
			if k.only != "" && k.only != program {
				continue
			}
			for _, w := range ways() {
				t.Run(strings.Join([]string{program, k.name, k.text, w.name}, "/"), func(t *testing.T) {
					args, env, file := w.say(k.name, k.text)
					v, err := resolve(t, rows, args, env, file)
					if refused := k.secret && w.isFlag || k.outside && w.inFile; refused {
						if err == nil || strings.Contains(err.Error(), "t0p") || !strings.Contains(err.Error(), "LOCKSTEP_") {
							t.Errorf("Resolve() = %v, want an error that names another way, without the value", err)
						}
						return
					}
					if err != nil {
						t.Fatal(err)
					}
					k.check(t, v, rows)
				})
			}
			t.Run(strings.Join([]string{program, k.name, "empty"}, "/"), func(t *testing.T) {
				v, err := resolve(t, rows, []string{"--" + k.name + "="}, []string{k.name + "= "}, "")
				if k.outside && k.secret {
					v, err = resolve(t, rows, nil, []string{k.name + "="}, "")
				}
				if err != nil || k.setting != "" && v.Source(k.setting) != "default" && v.IsSet(k.setting) || len(v.Inert()) > 0 {
					t.Errorf("Resolve() of an empty value = %v, and it counts", err)
				}
			})
		}
	}
}

// check compares what a key came to.
func (k key) check(t *testing.T, v *config.Values, rows []config.Setting) {
	t.Helper()
	if k.setting == "" {
		if len(v.Inert()) != 1 {
			t.Errorf("Inert() = %q, want one name", v.Inert())
		}
		return
	}
	want := k.want
	if want == nil {
		want = k.text
	}
	if got := k.got(v, rows); got != want || len(v.Inert()) > 0 {
		t.Errorf("%s = %v, want %v; without effect: %q, want none", k.setting, got, want, v.Inert())
	}
}
