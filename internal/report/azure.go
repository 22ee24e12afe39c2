package report

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/lockstep-apiops/lockstep/publisher/plan"
)

// Of a value, and of a property of a command, Azure Pipelines decodes these.
var (
	azureText     = strings.NewReplacer("%", "%AZP25", "\r", "%0D", "\n", "%0A")
	azureProperty = strings.NewReplacer("%", "%AZP25", "\r", "%0D", "\n", "%0A", ";", "%3B", "]", "%5D")
)

func azurePlan(b *bytes.Buffer, p *plan.Plan, o Options) error {
	fmt.Fprintf(b, "Plan for %s: %s\n", clean(planScope(p)), planSummary(p))
	annotate(b, remarkable(planFindings(p)), azureLine(o))
	return nil
}

func azureResult(b *bytes.Buffer, r *plan.Result, o Options) error {
	fmt.Fprintf(b, "Published: %s\n", resultSummary(r, o))
	annotate(b, resultFindings(r), azureLine(o))
	return nil
}

// azureLine returns how a finding is said to Azure Pipelines, which know
// errors and warnings.
func azureLine(o Options) func(finding) string {
	return func(f finding) string {
		kind, place := "warning", ""
		if f.level == errorLevel {
			kind = "error"
		}
		if o.placed(f) {
			file, line := o.place(f)
			place = fmt.Sprintf("sourcepath=%s;linenumber=%d;", azureProperty.Replace(file), line)
		}
		return fmt.Sprintf("##vso[task.logissue type=%s;%scode=%s]%s", kind, place, azureProperty.Replace(f.rule), azureText.Replace(f.text))
	}
}
