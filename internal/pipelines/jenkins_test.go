package pipelines

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Jenkins' Declarative Pipeline is run by make pipelines, where there is Java. This is a check of the structure that needs
// none: which block may stand in which, and rules of our own, such as that a publish takes a lock, that a script ends at
// its first failure, and that strings which hold secrets are not Groovy's to fill in.

// A block is a statement of Groovy and the statements in its braces.
type block struct {
	line int
	word string // the first, of the statement
	text string // all of it, up to the brace
	body []block
}

// mayHold says which statements may stand in which block. A block without a row may hold anything.
func mayHold() map[string][]string {
	when := []string{"beforeAgent", "beforeInput", "branch", "anyOf", "not", "triggeredBy", "expression", "changeRequest()"}
	steps := []string{"sh", "echo", "withCredentials", "stash", "unstash", "archiveArtifacts", "junit"}
	return map[string][]string{
		"":                {"pipeline"},
		"pipeline":        {"agent", "options", "triggers", "parameters", "environment", "stages", "post"},
		"stages":          {"stage"},
		"stage":           {"agent", "when", "options", "input", "environment", "steps", "stages", "matrix", "post"},
		"matrix":          {"axes", "agent", "environment", "stages", "when", "options", "post"},
		"axes":            {"axis"},
		"axis":            {"name", "values"},
		"agent":           {"label"},
		"options":         {"disableConcurrentBuilds", "timeout", "buildDiscarder", "timestamps", "lock"},
		"triggers":        {"cron"},
		"parameters":      {"booleanParam"},
		"input":           {"message"},
		"when":            when,
		"anyOf":           when,
		"not":             when,
		"post":            {"always"},
		"always":          steps,
		"steps":           steps,
		"withCredentials": steps,
	}
}

// tokens are those of Groovy that the files use: comments, strings, braces and line ends, and all else.
var tokens = regexp.MustCompile(`(?s)//[^\n]*|'''.*?'''|'[^'\n]*'|"[^"\n]*"|[{}\n]|[^{}\n'"/]+|/`)

// groovy reads a file into blocks.
func groovy(text string) ([]block, error) {
	root := &block{}
	open, starts, line := []*block{root}, 1, 1
	var statement strings.Builder
	end := func() {
		if s := strings.TrimSpace(statement.String()); s != "" {
			top := open[len(open)-1]
			top.body = append(top.body, block{line: starts, word: firstWord(s), text: s})
		}
		statement.Reset()
	}
	for _, tok := range tokens.FindAllString(text, -1) {
		switch {
		case strings.HasPrefix(tok, "//"):
		case tok == "\n":
			end()
		case tok == "{":
			if strings.TrimSpace(statement.String()) == "" {
				return nil, fmt.Errorf("line %d: a brace without a block", line)
			}
			end()
			body := open[len(open)-1].body
			open = append(open, &body[len(body)-1])
		case tok == "}":
			end()
			if open = open[:len(open)-1]; len(open) == 0 {
				return nil, fmt.Errorf("line %d: a brace too many", line)
			}
		default:
			if statement.Len() == 0 {
				starts = line
			}
			statement.WriteString(tok)
		}
		line += strings.Count(tok, "\n")
	}
	if len(open) != 1 {
		return nil, fmt.Errorf("line %d: a brace is missing", line)
	}
	return root.body, nil
}

func firstWord(s string) string {
	if i := strings.IndexAny(s, " ('\""); i > 0 && s != "changeRequest()" {
		return s[:i]
	}
	return s
}

// rulesJenkins returns what is wrong with a file.
func rulesJenkins(text string) []string {
	blocks, err := groovy(text)
	if err != nil {
		return []string{err.Error()}
	}
	var wrong []string
	check("", blocks, &wrong)
	var seen []string
	for _, b := range blocks {
		for _, inner := range b.body {
			seen = append(seen, inner.word)
		}
	}
	for _, must := range []string{"agent", "options", "stages"} {
		if !slices.Contains(seen, must) {
			wrong = append(wrong, "the pipeline has no "+must)
		}
	}
	if !strings.Contains(text, "disableConcurrentBuilds()") {
		wrong = append(wrong, "two runs may overlap")
	}
	return wrong
}

// check checks the blocks in a block.
func check(parent string, blocks []block, wrong *[]string) {
	allowed, known := mayHold()[parent]
	for _, b := range blocks {
		say := func(format string, args ...any) {
			*wrong = append(*wrong, fmt.Sprintf("line %d: ", b.line)+fmt.Sprintf(format, args...))
		}
		if known && !slices.Contains(allowed, b.word) {
			say("%q may not stand in %q", b.word, parent)
		}
		has := func(word string) bool {
			return slices.ContainsFunc(b.body, func(c block) bool { return c.word == word })
		}
		switch b.word {
		case "stage":
			if !has("steps") && !has("stages") && !has("matrix") {
				say("%s does nothing", b.text)
			}
			if strings.HasPrefix(b.text, "stage('Publish") && !has("options") {
				say("%s takes no lock: two publishes may overlap", b.text)
			}
		case "sh":
			if !strings.HasPrefix(b.text, "sh '''\n") {
				say("a script must stand in ''', or Groovy fills in secrets")
			}
			if !strings.Contains(b.text, "set -eu\n") {
				say("a script goes on after a failure: set -eu is missing")
			}
		}
		if b.word != "expression" { // holds Groovy
			check(b.word, b.body, wrong)
		}
	}
}

// jenkinsfiles returns the names of the files.
func jenkinsfiles() []string { return []string{"Jenkinsfile", "Jenkinsfile.stages"} }

func TestJenkinsStructure(t *testing.T) {
	for _, environments := range answers() {
		files := render(t, Options{Forge: "jenkins", Environments: environments})
		for _, name := range jenkinsfiles() {
			for _, wrong := range rulesJenkins(files[name]) {
				t.Errorf("%v: %s: %s", environments, name, wrong)
			}
		}
	}
}

func TestJenkinsStructureFindsMistakes(t *testing.T) {
	tests := []struct{ name, old, new, want string }{
		{"misspelt block", "            steps {", "            stepz {", `"stepz" may not stand in "stage"`},
		{"step in the wrong place", "stages {\n        stage('Extract')", "stages {\n        sh 'x'\n        stage('Extract')", `"sh" may not stand in "stages"`},
		{"condition that is none", "changeRequest()", "changeRequests()", "may not stand in"},
		{"brace missing", "agent { label 'linux' }", "agent { label 'linux'", "a brace is missing"},
		{"brace too many", "    agent none", "    agent none }\n}}", "a brace too many"},
		{"secrets filled in", "sh '''", `sh "a" + '''`, "must stand in '''"},
		{"failure ignored", "set -eu\n", "", "set -eu is missing"},
		{"overlap", "options {\n                lock(resource: 'lockstep-publish-dev') // two publishes never overlap\n            }\n", "", "takes no lock"},
		{"no agent", "    agent none\n", "", "the pipeline has no agent"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			text := render(t, Options{Forge: "jenkins"})["Jenkinsfile"]
			if !strings.Contains(text, tt.old) {
				t.Fatalf("the file lacks %q", tt.old)
			}
			found := strings.Join(rulesJenkins(strings.ReplaceAll(text, tt.old, tt.new)), "\n")
			if !strings.Contains(found, tt.want) {
				t.Errorf("found %q, want %q in it", found, tt.want)
			}
		})
	}
}
