package config

import (
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/pflag"
)

// foreign is a table with the columns for names of other tools.
func foreign() []Setting {
	return []Setting{
		{Name: "config", File: true, Env: []string{"CONFIGURATION_YAML_PATH"}, MayMiss: []string{"CONFIGURATION_YAML_PATH"}},
		{Name: "output", Short: "o"},
		{Name: "dry-run", Type: Bool, Env: []string{"DRY_RUN", "DRY-RUN"}},
		{Name: "lenient", Type: Bool, Negate: []string{"STRICT_VALIDATION"}},
		{Name: "service-name", Env: []string{"API_MANAGEMENT_SERVICE_NAME"}, Keys: []string{"apimServiceName"}},
		{Name: "log-level", Env: []string{"Logging__LogLevel__Default"}},
		{Name: "telemetry", Inert: true, Env: []string{"OTEL_EXPORTER_OTLP_ENDPOINT"}},
		{Name: "log-levels", Inert: true, Env: []string{"Logging__*"}},
		{Name: "bearer-token", Secret: true, Env: []string{"AZURE_BEARER_TOKEN"}},
	}
}

// resolveForeign resolves that table from arguments as .NET programs take them.
func resolveForeign(t *testing.T, args, env []string, content string) (*Values, error) {
	t.Helper()
	set := MustSet(foreign(), "apis", "tags")
	flags := pflag.NewFlagSet("test", pflag.ContinueOnError)
	set.AddFlags(flags)
	lookUp := func(name string) *pflag.Flag {
		if len(name) == 2 && name[0] == '-' {
			return flags.ShorthandLookup(name[1:])
		}
		return flags.Lookup(name)
	}
	if err := flags.Parse(Arguments(lookUp, args)); err != nil {
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

func TestArguments(t *testing.T) {
	set := MustSet(foreign(), "apis")
	flags := pflag.NewFlagSet("test", pflag.ContinueOnError)
	set.AddFlags(flags)
	flags.Bool("help", false, "")
	lookUp := func(name string) *pflag.Flag {
		if name == "-o" {
			return flags.ShorthandLookup("o")
		}
		return flags.Lookup(name)
	}
	tests := []struct {
		name       string
		args, want []string
	}{
		{"none", nil, nil},
		{"a value of its own", []string{"--output", "/DRY_RUN"}, []string{"--output=/DRY_RUN"}},
		{"a letter's value", []string{"-o", "/DRY_RUN", "plan"}, []string{"--output=/DRY_RUN", "plan"}},
		{"yes or no", []string{"--dry-run", "True", "--dry-run", "plan"}, []string{"--dry-run=True", "--dry-run", "plan"}},
		{"a name with a slash", []string{"/DRY_RUN", "true", "/apimServiceName=x"}, []string{"--DRY_RUN=true", "--apimServiceName=x"}},
		{"a path", []string{"/output", "/dry-run", "/srv/plan.json", "/"}, []string{"/output", "/dry-run", "/srv/plan.json", "/"}},
		{"an entry", []string{"--apis:0=a", "--apis__1", "b=c"}, []string{"--section-entry=apis:0=a", "--section-entry=apis__1=b=c"}},
		{"flags of others", []string{"--help", "true", "--unknown", "x", "-x"}, []string{"--help", "true", "--unknown", "x", "-x"}},
		{"after the end of flags", []string{"--", "/DRY_RUN", "--dry-run", "true"}, []string{"--", "/DRY_RUN", "--dry-run", "true"}},
		{"a value that is missing", []string{"--output"}, []string{"--output"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(Arguments(lookUp, tt.args), tt.want); diff != "" {
				t.Errorf("Arguments() (-got +want):\n%s", diff)
			}
		})
	}
}

func TestNamesOfOtherTools(t *testing.T) {
	const level = "log-level"
	tests := []struct {
		name      string
		args, env []string
		file      string
		setting   string
		want      any
		from      string
	}{
		{"variable", nil, []string{"APIMSERVICENAME=x"}, "", "service-name", "x", "APIMSERVICENAME in the environment"},
		{"flag", []string{"--apimServiceName", "x"}, nil, "", "service-name", "x", "--apimServiceName"},
		{"key", nil, nil, "API_MANAGEMENT_SERVICE_NAME: x\n", "service-name", "x", "lockstep.yaml:1: API_MANAGEMENT_SERVICE_NAME"},
		{"key after a mark of the byte order", nil, nil, "\xef\xbb\xbfapimServiceName: x\r\n", "service-name", "x", "lockstep.yaml:1: apimServiceName"},
		{"nested in a variable", nil, []string{"Logging__LogLevel__Default=x"}, "", level, "x", "Logging__LogLevel__Default in the environment"},
		{"nested in a flag", []string{"--Logging:LogLevel:Default=x"}, nil, "", level, "x", "--Logging__LogLevel__Default"},
		{"nested in the file", nil, nil, "logging:\n  logLevel:\n    default: x\n", level, "x", "lockstep.yaml:3: logging:logLevel:default"},
		{"nested in the file, in one key", nil, nil, "Logging__LogLevel__Default: x\n", level, "x", "lockstep.yaml:1: Logging__LogLevel__Default"},
		{"the opposite", nil, []string{"STRICT_VALIDATION=false"}, "", "lenient", true, "STRICT_VALIDATION in the environment"},
		{"the opposite of no", []string{"--strict-validation", "true"}, nil, "", "lenient", false, "--STRICT_VALIDATION"},
		{"the opposite in the file", nil, nil, "STRICT_VALIDATION: false\n", "lenient", true, "lockstep.yaml:1: STRICT_VALIDATION"},
		{"its own name first", nil, []string{"STRICT_VALIDATION=true", "LOCKSTEP_LENIENT=true"}, "", "lenient", true, "LOCKSTEP_LENIENT in the environment"},
		{"dash for underscore", nil, []string{"DRY-RUN=true"}, "", "dry-run", true, "DRY-RUN in the environment"},
		{"dash for underscore in the file", nil, nil, "DRY-RUN: true\n", "dry-run", true, "lockstep.yaml:1: DRY-RUN"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			v, err := resolveForeign(t, tt.args, tt.env, tt.file)
			if err != nil {
				t.Fatal(err)
			}
			if got := v.values[tt.setting].parsed; got != tt.want {
				t.Errorf("%s = %v, want %v", tt.setting, got, tt.want)
			}
			if got := v.Source(tt.setting); got != tt.from {
				t.Errorf("Source(%s) = %q, want %q", tt.setting, got, tt.from)
			}
		})
	}
}

func TestForeignNamesThatAreWrong(t *testing.T) {
	tests := []struct {
		name      string
		args, env []string
		file      string
		want      string
	}{
		{"no bool", nil, []string{"STRICT_VALIDATION=maybe"}, "", `STRICT_VALIDATION in the environment: "maybe" is neither true nor false`},
		{"secret in the file", nil, nil, "AZURE_BEARER_TOKEN: t0p\n", `lockstep.yaml:1: key "AZURE_BEARER_TOKEN" is a secret; set LOCKSTEP_BEARER_TOKEN in the environment instead`},
		{"twice", nil, nil, "apimServiceName: a\nAPI_MANAGEMENT_SERVICE_NAME: b\n", `lockstep.yaml:2: key "API_MANAGEMENT_SERVICE_NAME" means the same as "apimServiceName" in line 1`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := resolveForeign(t, tt.args, tt.env, tt.file); err == nil || err.Error() != tt.want {
				t.Errorf("Resolve() error = %v, want %s", err, tt.want)
			}
		})
	}
}

func TestFileMayMissUnderAFlagToo(t *testing.T) {
	v, err := resolveForeign(t, []string{"--configuration_yaml_path", "absent.yaml"}, nil, "")
	if err != nil || v.MissingFile() != "absent.yaml" {
		t.Errorf("Resolve() = %v, want that absent.yaml is missing", err)
	}
	if _, err := resolveForeign(t, []string{"--config", "absent.yaml"}, nil, ""); err == nil {
		t.Error("Resolve(--config absent.yaml) = nil, want an error")
	}
}

func TestInert(t *testing.T) {
	v, err := resolveForeign(t, []string{"--otel_exporter_otlp_endpoint", "http://x"},
		[]string{"Otel_Exporter_Otlp_Endpoint=http://x", "Logging__LogLevel__Azure=Debug", "LOGGING__LOGLEVEL__DEFAULT=x", "Logging__Console__Color="},
		"Logging:\n  LogLevel: {System: Warning}\n  Console: {Format: x}\n")
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"--OTEL_EXPORTER_OTLP_ENDPOINT", "Logging:Console", "Logging:LogLevel:System", "Logging__LogLevel__Azure", "Otel_Exporter_Otlp_Endpoint"}
	if diff := cmp.Diff(v.Inert(), want); diff != "" {
		t.Errorf("Inert() (-got +want):\n%s", diff)
	}
	if got, want := v.String("log-level"), "x"; got != want {
		t.Errorf("String(log-level) = %q, want %q", got, want)
	}
}

func TestOutside(t *testing.T) {
	tests := []struct {
		name      string
		args, env []string
		file      string
		want      string
	}{
		{"nothing", nil, []string{"TAGS=x", "apis__first=x", "apis____0=x", "apis__0=", "others__0=x"}, "", ""},
		{"a list", nil, []string{"APIS__10=c", "apis__1=b", "Apis__0=a"}, "", "apis:\n    - a\n    - b\n    - c\n"},
		{"a flag before a variable", []string{"--apis:0=b"}, []string{"apis__0=a"}, "", "apis:\n    - b\n"},
		{"what is below", nil, []string{"apis__0__orders__operations__0=get", "apis__0__orders__releases__0=r"}, "", "apis:\n    - orders:\n        operations:\n            - get\n        releases:\n            - r\n"},
		{"a text stays one", nil, []string{"tags__0=true", "tags__1=1"}, "", "tags:\n    - \"true\"\n    - \"1\"\n"},
		{"the file replaces", nil, []string{"apis__0=a", "apis__1=b", "tags__0=t"}, "apis: [c]\n", "tags:\n    - t\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			v, err := resolveForeign(t, tt.args, tt.env, tt.file)
			if err != nil {
				t.Fatal(err)
			}
			got, err := v.Outside()
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(got), tt.want); diff != "" {
				t.Errorf("Outside() (-got +want):\n%s", diff)
			}
		})
	}
}

func TestMarkdownOfInert(t *testing.T) {
	set := MustSet([]Setting{{Name: "telemetry", Inert: true, Env: []string{"OTEL_X"}, Usage: "none is sent"}})
	want := "| Flag | Environment | Key | Default | Meaning |\n| --- | --- | --- | --- | --- |\n|  | `OTEL_X` |  |  | accepted, without effect: none is sent |\n"
	if diff := cmp.Diff(set.Markdown(), want); diff != "" {
		t.Errorf("Markdown() (-got +want):\n%s", diff)
	}
}
