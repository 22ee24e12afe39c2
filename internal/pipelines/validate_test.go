package pipelines

import (
	"regexp"
	"strings"
	"testing"
)

// validations are the parts of files that look for mistakes in pull requests, by the name of the system.
func validations(t *testing.T) map[string]string {
	t.Helper()
	_, jenkins, _ := strings.Cut(source(t, "jenkins/Jenkinsfile"), "stage('Validate')")
	jenkins, _, _ = strings.Cut(jenkins, "stage('Plan')")
	return map[string]string{
		"github": source(t, "github/workflows/lockstep-validate.yml"), "gitea": source(t, "gitea/workflows/lockstep-validate.yml"),
		"azure": source(t, "azure/templates/validate-job.yml"), "gitlab": source(t, "gitlab/templates/validate.yml"), "jenkins": jenkins,
	}
}

// lent is what only a job has that is lent something: an environment, an identity, a token, a right to write.
var lent = regexp.MustCompile(`(?m)AZURE_|[A-Z]_TOKEN|ACCESSTOKEN|secrets\.|vars\.|id.tokens?:|: write|withCredentials|AzureCLI|- group:|^    environment: |^  environment:$`)

// TestValidateIsLentNothing holds that what runs for pull requests of strangers has nothing to give away.
func TestValidateIsLentNothing(t *testing.T) {
	for name, text := range validations(t) {
		for _, must := range []string{"publisher validate ", "publisher rehearse --repo . --"} {
			if !strings.Contains(text, must) {
				t.Errorf("%s: it does not run %q", name, must)
			}
		}
		if found := lent.FindString(text); found != "" {
			t.Errorf("%s: %q lends the job something", name, strings.TrimSpace(found))
		}
	}
	for _, plan := range []string{"github/workflows/lockstep-plan.yml", "gitlab/templates/plan.yml", "azure/templates/plan-job.yml", "gitea/workflows/lockstep-plan.yml"} {
		if !lent.MatchString(source(t, plan)) {
			t.Errorf("%s: found nothing that the job is lent: the test looks for the wrong things", plan)
		}
	}
}
