package pipelines

import (
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/rhysd/actionlint"
	"gopkg.in/yaml.v3"
)

// uses is an action that is pinned, and the version that the commit is said to be.
var uses = regexp.MustCompile(`(?m)\buses: (\S+?)(?:@(\S+))?(?:[ \t]+#[ \t]*(\S+))?$`)

// pins are the actions that the files may use, by the commit of each version. The commit says what runs, the version
// lets tools that bring pins up to date find the next.
func pins() map[string]string {
	return map[string]string{
		"actions/checkout@v7.0.1":          "3d3c42e5aac5ba805825da76410c181273ba90b1",
		"actions/upload-artifact@v7.0.1":   "043fb46d1a93c77aae656e7c1c64a875d1fc6a0a",
		"actions/download-artifact@v8.0.1": "3e5f45b2cfb9172054b4087a40e8e0b5a5461e7c",
	}
}

// github returns all files for GitHub as they stand in a repository, those for many gateways too.
func github(t *testing.T, environments []string) map[string]string {
	t.Helper()
	files := render(t, Options{Forge: "github", Environments: environments})
	files[".github/workflows/lockstep-extract-many.yml"] = source(t, "github/workflows/lockstep-extract-many.yml")
	return files
}

// lintGitHub returns what actionlint says about a repository's workflows.
func lintGitHub(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, ".git"), 0o755); err != nil {
		t.Fatal(err)
	}
	named := maps.Clone(files)
	for name, text := range named {
		named[name] = uses.ReplaceAllStringFunc(text, major)
	}
	write(t, dir, named)
	linter, err := actionlint.NewLinter(io.Discard, &actionlint.LinterOptions{WorkingDir: dir})
	if err != nil {
		t.Fatal(err)
	}
	found, err := linter.LintRepository(dir)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, e := range found {
		lines = append(lines, fmt.Sprintf("%s:%d: %s", filepath.Base(e.Filepath), e.Line, e.Message))
	}
	return strings.Join(lines, "\n")
}

// major names an action by its major version: actionlint knows the inputs of those. It does not know the newest of
// checkout, whose inputs are those of the one before.
func major(use string) string {
	m := uses.FindStringSubmatch(use)
	if m[3] == "" {
		return use
	}
	v, _, _ := strings.Cut(m[3], ".")
	if m[1] == "actions/checkout" {
		v = "v6"
	}
	return "uses: " + m[1] + "@" + v
}

// rulesGitHub returns what our own rules say about a file.
func rulesGitHub(name, text string) []string {
	var wrong []string
	for _, m := range uses.FindAllStringSubmatch(text, -1) {
		if local := strings.HasPrefix(m[1], "./"); !local && pins()[m[1]+"@"+m[3]] != m[2] {
			wrong = append(wrong, fmt.Sprintf("%s: %s@%s # %s is not in the table of pins", name, m[1], m[2], m[3]))
		}
	}
	var doc map[string]any
	if err := yaml.Unmarshal([]byte(text), &doc); err != nil {
		return append(wrong, fmt.Sprintf("%s: %v", name, err))
	}
	say := func(ok bool, format string, args ...any) {
		if !ok {
			wrong = append(wrong, name+": "+fmt.Sprintf(format, args...))
		}
	}
	if action, ok := doc["runs"].(map[string]any); ok {
		stepsGitHub(action, "the action", say)
		return wrong
	}
	granted, isMap := doc["permissions"].(map[string]any)
	say(isMap && len(granted) == 0, "permissions: {} is missing at the top: each job is granted what it needs")
	jobs, _ := doc["jobs"].(map[string]any)
	say(len(jobs) > 0, "there is no job")
	for _, id := range slices.Sorted(maps.Keys(jobs)) {
		job, _ := jobs[id].(map[string]any)
		say(job["permissions"] != nil, "job %s has no permissions", id)
		if job["uses"] != nil {
			say(job["concurrency"] != nil, "job %s may overlap with another publish", id)
			continue
		}
		say(job["timeout-minutes"] != nil, "job %s has no timeout", id)
		if d, ok := doc["defaults"]; ok {
			job["defaults"] = d
		}
		stepsGitHub(job, "job "+id, say)
	}
	return wrong
}

// stepsGitHub checks the steps of a job or an action.
func stepsGitHub(job map[string]any, where string, say func(bool, string, ...any)) {
	steps, _ := job["steps"].([]any)
	say(len(steps) > 0, "%s has no step", where)
	piped := fmt.Sprint(job["defaults"]) == "map[run:map[shell:bash]]"
	for _, s := range steps {
		step, _ := s.(map[string]any)
		run, _ := step["run"].(string)
		say(!strings.Contains(run, "${{"), "%s: an expression in a script is read as a script: hand it over in env", where)
		say(!strings.Contains(run, "|") || piped || step["shell"] == "bash", "%s: without shell: bash a failure in a pipe is lost", where)
		if use, _ := step["uses"].(string); strings.HasPrefix(use, "actions/checkout@") {
			with, _ := step["with"].(map[string]any)
			say(with["persist-credentials"] == false, "%s: checkout leaves its token to all that follows", where)
		}
	}
}

func TestGitHubLint(t *testing.T) {
	for name, environments := range answers() {
		t.Run(name, func(t *testing.T) {
			files := github(t, environments)
			if found := lintGitHub(t, files); found != "" {
				t.Errorf("actionlint:\n%s", found)
			}
			for _, file := range slices.Sorted(maps.Keys(files)) {
				if strings.HasPrefix(file, ".github/") && strings.HasSuffix(file, ".yml") {
					for _, wrong := range rulesGitHub(file, files[file]) {
						t.Error(wrong)
					}
				}
			}
		})
	}
}

// TestGiteaLint lints the workflows of Gitea as those of GitHub, whose language they are in. They use no action: those would
// come from another site.
func TestGiteaLint(t *testing.T) {
	for name, environments := range answers() {
		files := map[string]string{}
		for file, text := range render(t, Options{Forge: "gitea", Environments: environments}) {
			files[strings.Replace(file, ".gitea/", ".github/", 1)] = text
			if strings.HasPrefix(file, ".gitea/") && uses.MatchString(text) {
				t.Errorf("%s: it uses an action", file)
			}
		}
		if found := lintGitHub(t, files); found != "" {
			t.Errorf("%s: actionlint:\n%s", name, found)
		}
	}
}

// TestGitHubLintFindsMistakes makes a mistake in a good file each time: a linter that finds nothing looks like one that
// is content.
func TestGitHubLintFindsMistakes(t *testing.T) {
	const workflows, actions = ".github/workflows/lockstep-", ".github/actions/lockstep-"
	checkout := "actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1"
	tests := []struct{ name, file, old, new, want string }{
		{"unknown key", workflows + "plan.yml", "timeout-minutes", "time-out-minutes", `unexpected key "time-out-minutes"`},
		{"unknown context", workflows + "plan.yml", "${{ vars.AZURE_CLIENT_ID }}", "${{ var.AZURE_CLIENT_ID }}", `undefined variable "var"`},
		{"output that no step has", workflows + "extract-many.yml", "steps.list.outputs", "steps.lst.outputs", `property "lst" is not defined`},
		{"job that is not there", workflows + "publish.yml", "needs: dev", "needs: test", `needs job "test" which does not exist`},
		{"input that a called workflow lacks", workflows + "publish.yml", "      environment: prod", "      environmnt: prod", `input "environmnt" is not defined`},
		{"input that an action lacks", workflows + "plan.yml", "if-no-files-found", "if-no-file-found", `input "if-no-file-found" is not defined`},
		{"input that our action lacks", workflows + "plan.yml", "lockstep-publisher", "lockstep-publisher\n        with: {versionn: v1}", `input "versionn" is not defined`},
		{"schedule that is none", workflows + "extract.yml", "17 3 * * *", "77 3 * * *", `invalid CRON format`},
		{"permission that is none", workflows + "plan.yml", "id-token: write", "id-tokens: write", `unknown permission scope "id-tokens"`},
		{"not pinned", workflows + "plan.yml", checkout, "actions/checkout@v6", "not in the table of pins"},
		{"pinned to something else", workflows + "plan.yml", "3d3c42e5", "00000000", "not in the table of pins"},
		{"script injection", workflows + "plan.yml", "--repo .", "--repo ${{ matrix.environment }}", "hand it over in env"},
		{"grants at the top", workflows + "plan.yml", "permissions: {}", "permissions: {contents: write}", "permissions: {} is missing"},
		{"job without grants", workflows + "publish-job.yml", "    permissions:\n      contents: write # check out, and record what was published\n      id-token: write # sign in to Azure\n", "", "job publish has no permissions"},
		{"token left behind", workflows + "plan.yml", "persist-credentials: false", "fetch-depth: 0", "leaves its token"},
		{"lost failure", workflows + "plan.yml", "shell: bash", "shell: sh", "a failure in a pipe is lost"},
		{"overlap", workflows + "publish.yml", "    concurrency:\n      group: lockstep-publish-prod\n      cancel-in-progress: false\n", "", "may overlap"},
		{"injection in an action", actions + "publisher/action.yml", `"$VERSION"`, "${{ inputs.version }}", "hand it over in env"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			files := github(t, []string{"dev", "prod"})
			if !strings.Contains(files[tt.file], tt.old) {
				t.Fatalf("%s lacks %q", tt.file, tt.old)
			}
			files[tt.file] = strings.ReplaceAll(files[tt.file], tt.old, tt.new)
			found := lintGitHub(t, files) + "\n" + strings.Join(rulesGitHub(tt.file, files[tt.file]), "\n")
			if !strings.Contains(found, tt.want) {
				t.Errorf("found %q, want %q in it", found, tt.want)
			}
		})
	}
}
