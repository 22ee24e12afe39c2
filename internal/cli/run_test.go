package cli

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"

	"github.com/lockstep-apiops/lockstep/internal/config"
)

// The test program runs as a process of its own when this variable is set; TestMain sees to it.
const asProgram = "LOCKSTEP_TEST_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		os.Exit(Main(program(func(ctx context.Context, _ *config.Values) error {
			fmt.Println("ready")
			<-ctx.Done()
			// A command that never ends, so that only a second signal can end it.
			if os.Getenv(asProgram) == "stubborn" {
				select {}
			}
			return fmt.Errorf("list apis: %w", ctx.Err())
		})))
	}
	os.Exit(m.Run())
}

// program returns a program with one command at its root, and two below it, that calls run.
func program(run func(context.Context, *config.Values) error) func(System) *cobra.Command {
	return func(sys System) *cobra.Command {
		set := config.MustSet(append(LogSettings(),
			config.Setting{Name: "resource-group", Env: []string{"AZURE_RESOURCE_GROUP_NAME"}, Usage: "resource group"},
			config.Setting{Name: "dry-run", Type: config.Bool, Usage: "do nothing"},
			config.Setting{Name: "max-delete", Type: config.Int, Usage: "percent"},
			config.Setting{Name: "bearer-token", Secret: true, Usage: "token to use"},
		))
		root := &cobra.Command{Use: "extractor", Short: "Extracts", RunE: func(cmd *cobra.Command, _ []string) error {
			v, err := set.Resolve(cmd.Flags(), sys.Environ)
			if err != nil {
				return err
			}
			return run(cmd.Context(), v)
		}}
		if err := AddSettings(root, set); err != nil {
			panic(err)
		}
		group := &cobra.Command{Use: "tree", Short: "Looks at trees"}
		check := &cobra.Command{Use: "check", Short: "Checks", RunE: func(*cobra.Command, []string) error { return nil }}
		check.Flags().Bool("a", false, "one")
		check.Flags().Bool("b", false, "other")
		check.MarkFlagsMutuallyExclusive("a", "b")
		group.AddCommand(check)
		root.AddCommand(group)
		return root
	}
}

// result is how a run ended.
type result struct {
	Code           int
	Stdout, Stderr string
}

// runProgram runs a program as a test does, without a process.
func runProgram(ctx context.Context, newRoot func(System) *cobra.Command, args ...string) result {
	var stdout, stderr bytes.Buffer
	code := Run(ctx, System{Args: args, Stdin: strings.NewReader(""), Stdout: &stdout, Stderr: &stderr}, newRoot)
	return result{code, stdout.String(), stderr.String()}
}

func TestRun(t *testing.T) {
	tests := []struct {
		name string
		err  error
		want result
	}{
		{"done", nil, result{ExitDone, "", ""}},
		{"failed", errors.New("list apis: status 500"), result{ExitFailed, "", "extractor: list apis: status 500\n"}},
		{
			"failed twice", errors.Join(errors.New("put a: status 400"), errors.New("put b: status 500\n  try again")),
			result{ExitFailed, "", "extractor: put a: status 400\nextractor: put b: status 500\n  try again\n"},
		},
		{"wrong usage", Usagef("read folder %q: not there", "x"), result{ExitUsage, "", "extractor: read folder \"x\": not there\nsee 'extractor --help'\n"}},
		{"wrong setting", fmt.Errorf("start: %w", &config.Error{Source: "--x", Err: errors.New("bad")}), result{ExitUsage, "", "extractor: start: --x: bad\nsee 'extractor --help'\n"}},
		{"pending", &Error{Code: ExitPending}, result{ExitPending, "", ""}},
		{"pending with a word", &Error{Code: ExitPending, Err: errors.New("3 changes")}, result{ExitPending, "", "extractor: 3 changes\n"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := runProgram(t.Context(), program(func(context.Context, *config.Values) error { return tt.err }))
			if diff := cmp.Diff(got, tt.want); diff != "" {
				t.Errorf("run (-got +want):\n%s", diff)
			}
		})
	}
}

func TestWrongUsage(t *testing.T) {
	tests := []struct {
		name string
		args []string
		want string
	}{
		{"unknown flag", []string{"--resorce-group=x"}, "extractor: unknown flag --resorce-group; did you mean --resource-group?\nsee 'extractor --help'\n"},
		{"unknown flag near none", []string{"--quux"}, "extractor: unknown flag --quux\nsee 'extractor --help'\n"},
		{"unknown letter", []string{"-q"}, "extractor: unknown shorthand flag: 'q' in -q\nsee 'extractor --help'\n"},
		{"flag without its value", []string{"--max-delete"}, "extractor: flag needs an argument: --max-delete\nsee 'extractor --help'\n"},
		{"flag of another type", []string{"--max-delete=x"}, "extractor: --max-delete: \"x\" is not a whole number\nsee 'extractor --help'\n"},
		{"unknown command", []string{"tre"}, "extractor: unknown command \"tre\"; did you mean tree?\nsee 'extractor --help'\n"},
		{"unknown command below", []string{"tree", "chek"}, "extractor: unknown command \"chek\"; did you mean check?\nsee 'extractor tree --help'\n"},
		{"argument too many", []string{"tree", "check", "x"}, "extractor: unexpected argument \"x\"\nsee 'extractor tree check --help'\n"},
		{"flags that exclude each other", []string{"tree", "check", "--a", "--b"}, "extractor: if any flags in the group [a b] are set none of the others can be; [a b] were all set\nsee 'extractor tree check --help'\n"},
		{"unknown shell", []string{"completion", "cmd.exe"}, "extractor: unknown command \"cmd.exe\" for \"extractor completion\"\nsee 'extractor completion --help'\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			ran := false
			got := runProgram(t.Context(), program(func(context.Context, *config.Values) error { ran = true; return nil }), tt.args...)
			if diff := cmp.Diff(got, result{ExitUsage, "", tt.want}); diff != "" {
				t.Errorf("run (-got +want):\n%s", diff)
			}
			if ran {
				t.Error("the command ran, want it to refuse")
			}
		})
	}
}

func TestHelp(t *testing.T) {
	tests := []struct {
		name string
		args []string
		want []string
	}{
		{"root", []string{"--help"}, []string{"Extracts\n", "--resource-group string", "[LOCKSTEP_RESOURCE_GROUP, AZURE_RESOURCE_GROUP_NAME]", "LOCKSTEP_BEARER_TOKEN   token to use", exitHelp}},
		{"command", []string{"tree", "check", "--help"}, []string{"Checks\n", exitHelp}},
		{"group without a command", []string{"tree"}, []string{"Looks at trees\n", "check"}},
		{"version", []string{"--version"}, []string{"extractor version v"}},
		{"completion", []string{"completion", "bash"}, []string{"bash completion"}},
		{"completion of a choice", []string{"__complete", "--log-format", ""}, []string{"text\njson\n"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := runProgram(t.Context(), program(func(context.Context, *config.Values) error { return errors.New("ran") }), tt.args...)
			if got.Code != ExitDone {
				t.Errorf("exit code = %d, want %d: %s", got.Code, ExitDone, got.Stderr)
			}
			for _, want := range tt.want {
				if !strings.Contains(got.Stdout, want) {
					t.Errorf("standard output lacks %q:\n%s", want, got.Stdout)
				}
			}
		})
	}
}

func TestCauseOfCancellationIsTold(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	got := runProgram(ctx, program(func(ctx context.Context, _ *config.Values) error {
		cancel(errors.New("interrupt signal received"))
		return fmt.Errorf("list apis: %w", ctx.Err())
	}))
	want := result{ExitFailed, "", "extractor: interrupt signal received: list apis: context canceled\n"}
	if diff := cmp.Diff(got, want); diff != "" {
		t.Errorf("run (-got +want):\n%s", diff)
	}
}

// start runs the test program as a process and returns it once its command runs.
func start(t *testing.T, how string) (*exec.Cmd, *bufio.Reader) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no signals that a test can send")
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), exe)
	cmd.Env = append(os.Environ(), asProgram+"="+how)
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(stdout).ReadString('\n'); err != nil || line != "ready\n" {
		t.Fatalf("first line = %q, %v, want ready", line, err)
	}
	return cmd, bufio.NewReader(stderr)
}

// interrupt sends the process a signal and waits for the line that acknowledges it.
func interrupt(t *testing.T, cmd *exec.Cmd, stderr *bufio.Reader) {
	t.Helper()
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if line, err := stderr.ReadString('\n'); err != nil || !strings.HasPrefix(line, "stopping") {
		t.Fatalf("line after the signal = %q, %v, want one that says it stops", line, err)
	}
}

func TestFirstSignalEndsTheCommand(t *testing.T) {
	cmd, stderr := start(t, "polite")
	interrupt(t, cmd, stderr)
	rest, err := io.ReadAll(stderr)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := string(rest), "extractor: stopped by signal \"interrupt\": list apis: context canceled\n"; got != want {
		t.Errorf("standard error = %q, want %q", got, want)
	}
	var exit *exec.ExitError
	if err := cmd.Wait(); !errors.As(err, &exit) || exit.ExitCode() != ExitFailed {
		t.Errorf("the process ended with %v, want exit code %d", err, ExitFailed)
	}
}

func TestSecondSignalEndsTheProcess(t *testing.T) {
	cmd, stderr := start(t, "stubborn")
	interrupt(t, cmd, stderr)
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	var exit *exec.ExitError
	if err := cmd.Wait(); !errors.As(err, &exit) {
		t.Fatalf("the process ended with %v, want it killed", err)
	}
	if status, ok := exit.Sys().(syscall.WaitStatus); !ok || !status.Signaled() || status.Signal() != syscall.SIGINT {
		t.Errorf("the process ended with %v, want it killed by the second interrupt", exit)
	}
}

func TestArgumentsAsDotNetProgramsTakeThem(t *testing.T) {
	tests := []struct {
		name string
		args []string
	}{
		{"a name of another tool", []string{"--AZURE_RESOURCE_GROUP_NAME", "x"}},
		{"with a slash", []string{"/AZURE_RESOURCE_GROUP_NAME", "x"}},
		{"with a slash and a sign", []string{"/azure_resource_group_name=x"}},
		{"after yes or no", []string{"--dry-run", "false", "--resource-group", "x"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got string
			r := runProgram(t.Context(), program(func(_ context.Context, v *config.Values) error {
				got = v.String("resource-group")
				return nil
			}), tt.args...)
			if got != "x" || r.Code != ExitDone {
				t.Errorf("got %q, %+v, want x", got, r)
			}
		})
	}
}

func TestInertSettingsAreToldOnce(t *testing.T) {
	sys := System{Environ: []string{"OTEL_EXPORTER_OTLP_ENDPOINT=a", "Logging__LogLevel__Azure=Debug", "Logging__LogLevel__Default=Warning"}, Stdin: strings.NewReader(""), Stderr: io.Discard}
	var stdout bytes.Buffer
	sys.Stdout = &stdout
	code := Run(t.Context(), sys, program(func(_ context.Context, v *config.Values) error {
		_, err := sys.Logger(v, false)
		return err
	}))
	if got := stdout.String(); code != ExitDone || strings.Count(got, "\n") != 1 || !strings.Contains(got, `msg="these settings have no effect here" names="Logging__LogLevel__Azure, OTEL_EXPORTER_OTLP_ENDPOINT"`) {
		t.Errorf("got code %d and %q, want one line that names both", code, got)
	}
}
