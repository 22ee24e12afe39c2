//go:build pipelines

package pipelines

import (
	"maps"
	"os"
	"os/exec"
	"slices"
	"testing"
)

// schemas is where the schemas that vendors publish are, beside the repository. They are theirs, and no part of it.
const schemas = "../../../shared/reference/schemas"

// tools returns where make pipelines has put what npm brings, or skips.
func tools(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("LOCKSTEP_PIPELINE_TOOLS")
	if dir == "" {
		t.Skip("LOCKSTEP_PIPELINE_TOOLS is not set: run make pipelines, which installs the linters of the vendors")
	}
	return dir
}

// node runs a script on files, and returns what it says.
func node(t *testing.T, script string, files map[string]string, args ...string) string {
	t.Helper()
	dir := t.TempDir()
	write(t, dir, files)
	args = slices.Concat([]string{script}, args, slices.Sorted(maps.Keys(files)))
	cmd := exec.CommandContext(t.Context(), "node", args...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "NODE_PATH="+tools(t)+"/node_modules")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", script, err, out)
	}
	return string(out)
}
