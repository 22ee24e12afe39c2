package config

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/pflag"
)

// rows is a table as a program has it, with the names that pipelines for Azure API Management set.
func rows() []Setting {
	return []Setting{
		{Name: "config", File: true, Env: []string{"CONFIGURATION_YAML_PATH"}, Usage: "configuration file"},
		{Name: "subscription-id", Env: []string{"AZURE_SUBSCRIPTION_ID"}, Usage: "subscription"},
		{Name: "resource-group", Env: []string{"AZURE_RESOURCE_GROUP_NAME"}, Usage: "resource group"},
		{Name: "service-name", Env: []string{"API_MANAGEMENT_SERVICE_NAME", "apimServiceName"}, Keys: []string{"apimServiceName"}, Usage: "instance"},
		{Name: "folder", Env: []string{"API_MANAGEMENT_SERVICE_OUTPUT_FOLDER_PATH"}, Default: ".", Usage: "folder of the tree"},
		{Name: "specification-format", Env: []string{"API_SPECIFICATION_FORMAT"}, Keys: []string{"apiSpecificationFormat"},
			Choices: []string{"OpenAPIV3Yaml", "OpenAPIV3Json"}, Usage: "format"},
		{Name: "dry-run", Type: Bool, Env: []string{"DRY_RUN"}, Usage: "only show the plan"},
		{Name: "log-level", Env: []string{"Logging__LogLevel__Default"}, Default: "information", Usage: "level"},
		{Name: "max-delete", Type: Int, Default: "30", Usage: "percent"},
		{Name: "timeout", Type: Duration, Default: "5m", Usage: "time-out"},
		{Name: "only", Type: List, Usage: "kinds"},
		{Name: "ask-command", Operator: true, Usage: "command"},
		{Name: "bearer-token", Secret: true, Env: []string{"AZURE_BEARER_TOKEN"}, Usage: "token"},
	}
}

// resolve resolves rows from a command line, an environment and the content of a configuration file.
func resolve(t *testing.T, args, env []string, content string) (*Values, error) {
	t.Helper()
	set := MustSet(rows(), "apiNames")
	flags := pflag.NewFlagSet("test", pflag.ContinueOnError)
	set.AddFlags(flags)
	if err := flags.Parse(args); err != nil {
		t.Fatal(err)
	}
	if content != "" {
		t.Chdir(t.TempDir())
		if err := os.WriteFile("lockstep.yaml", []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		env = append(env, "CONFIGURATION_YAML_PATH=lockstep.yaml")
	}
	return set.Resolve(flags, env)
}

func TestPrecedence(t *testing.T) {
	const file = "logLevel: from-file\n"
	tests := []struct {
		name       string
		args, env  []string
		file       string
		want, from string
	}{
		{"default", nil, nil, "", "information", "default"},
		{"file over default", nil, nil, file, "from-file", "lockstep.yaml:1: logLevel"},
		{"environment over file", nil, []string{"LOCKSTEP_LOG_LEVEL=from-env"}, file, "from-env", "LOCKSTEP_LOG_LEVEL in the environment"},
		{"flag over environment", []string{"--log-level=from-flag"}, []string{"LOCKSTEP_LOG_LEVEL=from-env"}, file, "from-flag", "--log-level"},
		{"own name over alias", nil, []string{"Logging__LogLevel__Default=alias", "LOCKSTEP_LOG_LEVEL=own"}, "", "own", "LOCKSTEP_LOG_LEVEL in the environment"},
		{"alias", nil, []string{"Logging__LogLevel__Default=alias"}, "", "alias", "Logging__LogLevel__Default in the environment"},
		{"variable in another case", nil, []string{"LOGGING__LOGLEVEL__DEFAULT=alias"}, "", "alias", "LOGGING__LOGLEVEL__DEFAULT in the environment"},
		{"the very name before another case", nil, []string{"lockstep_log_level=other", "LOCKSTEP_LOG_LEVEL=very"}, "", "very", "LOCKSTEP_LOG_LEVEL in the environment"},
		{"empty variable is none", nil, []string{"LOCKSTEP_LOG_LEVEL=", "Logging__LogLevel__Default= "}, file, "from-file", "lockstep.yaml:1: logLevel"},
		{"empty flag is none", []string{"--log-level="}, nil, file, "from-file", "lockstep.yaml:1: logLevel"},
		{"empty key is none", nil, nil, "logLevel:\n", "information", "default"},
		{"quoted empty key is none", nil, nil, "logLevel: ''\n", "information", "default"},
		{"key in another case", nil, nil, "LOGLEVEL: x\n", "x", "lockstep.yaml:1: LOGLEVEL"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			v, err := resolve(t, tt.args, tt.env, tt.file)
			if err != nil {
				t.Fatal(err)
			}
			if got := v.String("log-level"); got != tt.want {
				t.Errorf("String(log-level) = %q, want %q", got, tt.want)
			}
			if got := v.Source("log-level"); got != tt.from {
				t.Errorf("Source(log-level) = %q, want %q", got, tt.from)
			}
		})
	}
}

func TestTypes(t *testing.T) {
	type values struct {
		DryRun  bool
		Max     int
		Timeout time.Duration
		Only    []string
		Format  string
		Token   Secret
	}
	tests := []struct {
		name      string
		args, env []string
		file      string
		want      values
	}{
		{"defaults", nil, nil, "", values{Max: 30, Timeout: 5 * time.Minute}},
		{
			"flags",
			[]string{"--dry-run", "--max-delete", "5", "--timeout=30s", "--only=api, product", "--only=tag", "--specification-format=openapiv3json"},
			nil, "",
			values{true, 5, 30 * time.Second, []string{"api", "product", "tag"}, "OpenAPIV3Json", Secret{}},
		},
		{
			"environment", nil,
			[]string{"DRY_RUN=True", "LOCKSTEP_MAX_DELETE= 7 ", "LOCKSTEP_ONLY=api,,tag", "AZURE_BEARER_TOKEN=t0p"}, "",
			values{true, 7, 5 * time.Minute, []string{"api", "tag"}, "", NewSecret("t0p")},
		},
		{
			"file", nil, nil,
			"\xef\xbb\xbfdryRun: yes\nmaxDelete: 100\nonly:\n  - api\n  - product\ntimeout: 1h\napiSpecificationFormat: OpenAPIV3Yaml\n",
			values{true, 100, time.Hour, []string{"api", "product"}, "OpenAPIV3Yaml", Secret{}},
		},
		{"file through an anchor", nil, nil, "maxDelete: &n 8\nonly: &l [a]\nlogLevel: *n\n", values{Max: 8, Timeout: 5 * time.Minute, Only: []string{"a"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			v, err := resolve(t, tt.args, tt.env, tt.file)
			if err != nil {
				t.Fatal(err)
			}
			got := values{v.Bool("dry-run"), v.Int("max-delete"), v.Duration("timeout"), v.List("only"), v.String("specification-format"), v.Secret("bearer-token")}
			if diff := cmp.Diff(got, tt.want); diff != "" {
				t.Errorf("values (-got +want):\n%s", diff)
			}
		})
	}
}

func TestNamesOfAzurePipelines(t *testing.T) {
	v, err := resolve(t, []string{"--API_MANAGEMENT_SERVICE_NAME", "apim-dev"}, []string{
		"AZURE_SUBSCRIPTION_ID=0000", "AZURE_RESOURCE_GROUP_NAME=rg", "API_MANAGEMENT_SERVICE_OUTPUT_FOLDER_PATH=apimartifacts", "DRY-RUN=false",
	}, "")
	if err != nil {
		t.Fatal(err)
	}
	got := []string{v.String("service-name"), v.String("subscription-id"), v.String("resource-group"), v.String("folder")}
	if diff := cmp.Diff(got, []string{"apim-dev", "0000", "rg", "apimartifacts"}); diff != "" {
		t.Errorf("values (-got +want):\n%s", diff)
	}
	if got, want := v.Source("dry-run"), "DRY-RUN in the environment"; got != want {
		t.Errorf("Source(dry-run) = %q, want %q", got, want)
	}
}

func TestResolveRefuses(t *testing.T) {
	tests := []struct {
		name      string
		args, env []string
		file      string
		want      string
	}{
		{"flag", []string{"--max-delete=x"}, nil, "", `--max-delete: "x" is not a whole number`},
		{"variable", nil, []string{"DRY_RUN=maybe"}, "", `DRY_RUN in the environment: "maybe" is neither true nor false`},
		{"duration without a unit", nil, []string{"LOCKSTEP_TIMEOUT=30"}, "", `LOCKSTEP_TIMEOUT in the environment: "30" is not a duration such as 30s or 5m`},
		{"key", nil, nil, "\ntimeout: soon\n", `lockstep.yaml:2: timeout: "soon" is not a duration such as 30s or 5m`},
		{"choice", []string{"--specification-format=OpenAPIV3Yml"}, nil, "", `--specification-format: "OpenAPIV3Yml" is not one of OpenAPIV3Yaml, OpenAPIV3Json; did you mean OpenAPIV3Yaml?`},
		{"unknown key", nil, nil, "dryRun: true\nmaxDeletes: 3\n", `lockstep.yaml:2: unknown key "maxDeletes"; did you mean maxDelete?`},
		{"unknown key near a section", nil, nil, "apiName: [a]\n", `lockstep.yaml:1: unknown key "apiName"; did you mean apiNames?`},
		{"unknown key near none", nil, nil, "workspaceNames: [a]\n", `lockstep.yaml:1: unknown key "workspaceNames"`},
		{"what the operator says in the file", nil, nil, "askCommand: rm -r /\n", `lockstep.yaml:1: key "askCommand" is not for a file that others may change; set it by --ask-command or LOCKSTEP_ASK_COMMAND`},
		{"secret in the file", nil, nil, "bearerToken: t0p\n", `lockstep.yaml:1: key "bearerToken" is a secret; set LOCKSTEP_BEARER_TOKEN in the environment instead`},
		{"the file's name in the file", nil, nil, "config: x\n", `lockstep.yaml:1: key "config" names this file; set it by --config or LOCKSTEP_CONFIG`},
		{"key twice", nil, nil, "dryRun: true\nDRYRUN: false\n", `lockstep.yaml:2: key "DRYRUN" is also in line 1`},
		{"key under two names", nil, nil, "serviceName: a\napimServiceName: b\n", `lockstep.yaml:2: key "apimServiceName" means the same as "serviceName" in line 1`},
		{"list for one value", nil, nil, "maxDelete: [1]\n", `lockstep.yaml:1: key "maxDelete" needs one value, not a list`},
		{"mapping for a value", nil, nil, "maxDelete: {a: 1}\n", `lockstep.yaml:1: key "maxDelete" needs a value, not a mapping`},
		{"mapping in a list", nil, nil, "only: [{a: 1}]\n", `lockstep.yaml:1: key "only" needs a list of plain values`},
		{"no mapping", nil, nil, "- a\n", "lockstep.yaml:1: the file must hold keys and values"},
		{"two documents", nil, nil, "dryRun: true\n---\ndryRun: false\n", "lockstep.yaml:2: a second document starts here; one is allowed"},
		{"no YAML", nil, nil, "dryRun: true\n\tx: y\n", "lockstep.yaml:2: found a tab character that violates indentation"},
		{"a token without quotes", nil, nil, "dryRun: {#x#}\n", `lockstep.yaml:1: did not find expected node content; a token needs quotes around it: "{#NAME#}"`},
		{"no such file", []string{"--config=absent.yaml"}, nil, "", "--config: read configuration: open absent.yaml: no such file or directory"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := resolve(t, tt.args, tt.env, tt.file)
			if err == nil || err.Error() != tt.want {
				t.Fatalf("Resolve() error = %v, want %s", err, tt.want)
			}
			var e *Error
			if !errors.As(err, &e) {
				t.Errorf("Resolve() error is a %T, want an *Error in it", err)
			}
		})
	}
}

// A file that serves several environments may hold what nobody has filled in:
// that is no fault as long as it does not count.
func TestResolvePassesOverBadValuesThatDoNotCount(t *testing.T) {
	v, err := resolve(t, []string{"--max-delete=3"}, []string{"API_MANAGEMENT_SERVICE_NAME=contoso"}, "apimServiceName: [name goes here]\nmaxDelete: {}\n")
	if err != nil {
		t.Fatalf("Resolve() error = %v", err)
	}
	if got, want := v.Int("max-delete"), 3; got != want {
		t.Errorf("Int(max-delete) = %d, want %d", got, want)
	}
	if got, want := v.String("service-name"), "contoso"; got != want {
		t.Errorf("String(service-name) = %q, want %q", got, want)
	}
}

func TestResolveReportsAllAtOnce(t *testing.T) {
	_, err := resolve(t, []string{"--max-delete=x"}, []string{"DRY_RUN=maybe"}, "timeout: soon\n")
	if err == nil || strings.Count(err.Error(), "\n") != 2 {
		t.Errorf("Resolve() error = %v, want three lines", err)
	}
}

func TestSecretIsNoFlag(t *testing.T) {
	for _, name := range []string{"bearer-token", "AZURE_BEARER_TOKEN"} {
		_, err := resolve(t, []string{"--" + name, "t0p"}, nil, "")
		want := "--" + name + ": a secret is no flag, as flags show in lists of processes; set LOCKSTEP_BEARER_TOKEN or AZURE_BEARER_TOKEN in the environment instead"
		if err == nil || err.Error() != want {
			t.Errorf("Resolve(--%s) = %v, want %s", name, err, want)
		}
	}
}

func TestListInFileMayBeEmpty(t *testing.T) {
	v, err := resolve(t, nil, nil, "only: []\n")
	if err != nil {
		t.Fatal(err)
	}
	if got := v.List("only"); !v.IsSet("only") || len(got) != 0 {
		t.Errorf("List(only) = %q, set %t, want an empty list that is set", got, v.IsSet("only"))
	}
}

func TestDefaultFileNeedNotExist(t *testing.T) {
	t.Chdir(t.TempDir())
	set := MustSet([]Setting{{Name: "config", File: true, Default: "lockstep.yaml"}, {Name: "folder"}})
	flags := pflag.NewFlagSet("test", pflag.ContinueOnError)
	set.AddFlags(flags)
	v, err := set.Resolve(flags, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := v.File(); got != "" {
		t.Errorf("File() = %q before there is one, want none", got)
	}
	if err := os.WriteFile("lockstep.yaml", []byte("folder: x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if v, err = set.Resolve(flags, nil); err != nil {
		t.Fatal(err)
	}
	if got, want := v.String("folder"), "x"; got != want {
		t.Errorf("String(folder) = %q, want %q", got, want)
	}
}

func TestFileThatMayMiss(t *testing.T) {
	t.Chdir(t.TempDir())
	set := MustSet([]Setting{{Name: "config", File: true, Env: []string{"CONFIGURATION_YAML_PATH"}, MayMiss: []string{"CONFIGURATION_YAML_PATH"}}})
	for _, test := range []struct {
		name, env, missing string
		fails              bool
	}{
		{"the name that may", "Configuration_Yaml_Path=absent.yaml", "absent.yaml", false},
		{"another", "LOCKSTEP_CONFIG=absent.yaml", "", true},
		{"none", "CONFIGURATION_YAML_PATH=", "", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			v, err := set.Resolve(pflag.NewFlagSet("test", pflag.ContinueOnError), []string{test.env})
			if (err != nil) != test.fails {
				t.Fatalf("Resolve() error = %v, want one: %t", err, test.fails)
			}
			if err == nil && (v.MissingFile() != test.missing || v.File() != "") {
				t.Errorf("MissingFile() = %q, File() = %q, want %q and none", v.MissingFile(), v.File(), test.missing)
			}
		})
	}
}

func TestFileThatCannotBeRead(t *testing.T) {
	dir := t.TempDir()
	_, err := resolve(t, []string{"--config", filepath.Join(dir)}, nil, "")
	if err == nil || !strings.HasPrefix(err.Error(), "--config: read configuration: ") {
		t.Errorf("Resolve() error = %v, want one about --config", err)
	}
}

func TestSection(t *testing.T) {
	v, err := resolve(t, nil, nil, "dryRun: true\nAPINAMES:\n  - echo\n")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	if err := v.Section("apiNames").Decode(&got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(got, []string{"echo"}); diff != "" {
		t.Errorf("Section(apiNames) (-got +want):\n%s", diff)
	}
	if got, want := v.Section("apiNames").Line, 3; got != want {
		t.Errorf("Section(apiNames).Line = %d, want %d", got, want)
	}
	v, err = resolve(t, nil, nil, "dryRun: true\n")
	if err != nil {
		t.Fatal(err)
	}
	if got := v.Section("apiNames"); got != nil {
		t.Errorf("Section(apiNames) = %v, want nil as the file has none", got)
	}
}

func TestRequire(t *testing.T) {
	v, err := resolve(t, nil, []string{"AZURE_SUBSCRIPTION_ID=0000"}, "")
	if err != nil {
		t.Fatal(err)
	}
	if err := v.Require("subscription-id", "folder"); err != nil {
		t.Errorf("Require() of what is set = %v, want nil", err)
	}
	err = v.Require("subscription-id", "service-name", "bearer-token")
	const want = "service-name: not set; use --service-name, or LOCKSTEP_SERVICE_NAME or API_MANAGEMENT_SERVICE_NAME or apimServiceName in the environment, or serviceName in the configuration file\n" +
		"bearer-token: not set; use LOCKSTEP_BEARER_TOKEN or AZURE_BEARER_TOKEN in the environment"
	if err == nil || err.Error() != want {
		t.Errorf("Require() = %v, want %s", err, want)
	}
}

func TestUndeclaredNamesPanic(t *testing.T) {
	v, err := resolve(t, nil, nil, "")
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name string
		ask  func()
	}{
		{"a setting", func() { v.String("no-such") }},
		{"a section", func() { v.Section("noSuch") }},
		{"another type", func() { v.Int("dry-run") }},
		{"a secret as text", func() { v.String("bearer-token") }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("no panic, want one: the program has a bug")
				}
			}()
			tt.ask()
		})
	}
}

func TestFlagUsage(t *testing.T) {
	set := MustSet(rows())
	flags := pflag.NewFlagSet("test", pflag.ContinueOnError)
	set.AddFlags(flags)
	usage := flags.FlagUsages()
	for _, want := range []string{
		"--dry-run", "only show the plan [LOCKSTEP_DRY_RUN, DRY_RUN]",
		"--max-delete int", "(default 30)",
		"--only list", "format: OpenAPIV3Yaml, OpenAPIV3Json [",
	} {
		if !strings.Contains(usage, want) {
			t.Errorf("usage lacks %q:\n%s", want, usage)
		}
	}
	if strings.Contains(usage, "bearer-token") {
		t.Errorf("usage has a flag for a secret:\n%s", usage)
	}
}

func TestTolerant(t *testing.T) {
	for _, test := range []struct {
		name, file, flag string
		env              []string
		fails            bool
	}{
		{"nobody says so", "x: 1\n", "", nil, true},
		{"a flag", "x: 1\n", "--lenient", nil, false},
		{"the opposite of another tool's", "x: 1\n", "", []string{"STRICT=false"}, false},
		{"another tool's", "x: 1\n", "", []string{"STRICT=true"}, true},
		{"the file itself", "x: 1\nlenient: true\n", "", nil, false},
		{"a key that is there twice", "x: 1\nx: 2\n", "--lenient", nil, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			name := filepath.Join(t.TempDir(), "c.yaml")
			if err := os.WriteFile(name, []byte(test.file), 0o600); err != nil {
				t.Fatal(err)
			}
			set := MustSet([]Setting{{Name: "config", File: true}, {Name: "lenient", Type: Bool, Tolerant: true, Negate: []string{"STRICT"}}})
			flags := pflag.NewFlagSet("test", pflag.ContinueOnError)
			set.AddFlags(flags)
			args := []string{"--config=" + name}
			if test.flag != "" {
				args = append(args, test.flag)
			}
			if err := flags.Parse(args); err != nil {
				t.Fatal(err)
			}
			if _, err := set.Resolve(flags, test.env); (err != nil) != test.fails {
				t.Errorf("Resolve() = %v, want an error: %t", err, test.fails)
			}
		})
	}
}
