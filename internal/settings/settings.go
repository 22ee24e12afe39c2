// Package settings lists what can be said to the programs: a table for each
// command. The commands make flags of them, and the documentation its pages.
//
// It knows names, defaults and meanings. What follows from a value is the
// business of the command that reads it.
package settings

import (
	"slices"
	"strings"

	"github.com/lockstep-apiops/lockstep/forge"
	"github.com/lockstep-apiops/lockstep/gateway/all"
	"github.com/lockstep-apiops/lockstep/internal/cli"
	"github.com/lockstep-apiops/lockstep/internal/config"
	"github.com/lockstep-apiops/lockstep/internal/report"
)

// Extractor returns the settings of the extractor.
func Extractor() []config.Setting {
	return slices.Concat([]config.Setting{
		{Name: "output", Short: "o", Env: []string{"API_MANAGEMENT_SERVICE_OUTPUT_FOLDER_PATH"}, Usage: "folder that holds the tree; with --repo, inside the repository"},
		{Name: "repo", Usage: "git repository, a path or a URL, to commit to instead of writing files"},
		{Name: "base", Usage: "branch to compare with and to merge into; empty is the repository's default"},
		{Name: "branch", Usage: "branch that carries what changed; empty is lockstep/INSTANCE, or lockstep/INSTANCE.SCOPE"},
		{Name: "scope", Usage: "name of the part of the gateway that this run is for, if several propose other parts of it: each has a branch, a pull request and a status of its own"},
		{Name: "pull-request", Type: config.Bool, Usage: "open a pull request for the branch, or update the open one"},
		{Name: "title", Usage: "title of the pull request and first line of the commit; empty says what changed"},
		{Name: "draft", Type: config.Bool, Usage: "open the pull request as a draft"},
		{Name: "label", Type: config.List, Usage: "label for the pull request"},
		{Name: "reviewer", Type: config.List, Usage: "user to ask for a review"},
		{Name: "team-reviewer", Type: config.List, Usage: "team to ask for a review, without the organisation"},
		{Name: "assignee", Type: config.List, Usage: "user to assign the pull request to"},
		{Name: "auto-merge", Choices: mergeMethods(), Usage: "have the forge merge the pull request, in this way, once all is there that it requires"},
		{Name: "status", Type: config.Bool, Usage: "set the status lockstep/drift/INSTANCE, or lockstep/drift/INSTANCE/SCOPE, on the commit that was compared with: success without drift, failure with"},
		{Name: "commit-by", Default: "git", Choices: []string{"git", "api"}, Usage: "who makes commits: this program, or the API of the forge, which signs them"},
		{Name: "include", Type: config.List, Usage: "only resources that match KIND=GLOB, of the kinds named: api=orders*"},
		{Name: "exclude", Type: config.List, Usage: "leave out resources that match KIND=GLOB"},
		with(),
		{Name: "closure", Type: config.Bool, Usage: "extract what the filters name, what that needs, and what links to it; nothing else"},
		{Name: "lenient", Type: config.Bool, Tolerant: true, Usage: "take unknown keys in the configuration file, and names that are there twice, for warnings"},
		{Name: "dry-run", Type: config.Bool, Env: []string{"DRY_RUN", "DRY-RUN"}, Usage: "say what would change, and write nothing"},
		{Name: "layout", Default: "auto", Choices: append([]string{"auto"}, all.Layouts()...), Usage: "where to put what the tree does not hold yet; auto is where its neighbours are, and what the tree holds stays where it is"},
		{Name: "exit-code", Type: config.Bool, Usage: "end with 3 if there is drift"},
		{Name: "format", Default: "text", Choices: []string{"text", "json", "markdown"}, Usage: "how to print what changed"},
		configFile("file with settings, and with filters of what is extracted"),
	}, forges(), author(), git(), all.Settings(), cli.LogSettings())
}

// mergeMethods are the ways in which a forge can merge.
func mergeMethods() []string {
	return []string{string(forge.MergeCommit), string(forge.Squash), string(forge.Rebase)}
}

// configFile is the setting that names the configuration file. Pipelines made
// for Azure/apiops name one whether it is there or not.
func configFile(usage string) config.Setting {
	names := []string{"CONFIGURATION_YAML_PATH"}
	return config.Setting{Name: "config", File: true, Env: names, MayMiss: names, Usage: usage}
}

// with is the setting that asks for kinds.
func with() config.Setting {
	kinds, err := all.OptIn()
	if err != nil {
		panic(err) // a fault in a table of kinds
	}
	return config.Setting{Name: "with", Type: config.List, Choices: kinds, Usage: "also manage a kind that is left alone unless a filter or an override names it"}
}

// Migrate returns the settings of the extractor's command that brings a tree
// into another layout.
func Migrate() []config.Setting {
	return slices.Concat([]config.Setting{
		{Name: "to", Choices: all.Layouts(), Usage: "layout to bring the tree into"},
		{Name: "output", Short: "o", Env: []string{"API_MANAGEMENT_SERVICE_OUTPUT_FOLDER_PATH"}, Usage: "folder that holds the tree; with --repo, inside the repository"},
		{Name: "repo", Usage: "git repository, a path or a URL, to commit to instead of changing files"},
		{Name: "base", Usage: "branch to start from; empty is the repository's default"},
		{Name: "branch", Usage: "new branch for the commit; empty is lockstep/layout-LAYOUT"},
		{Name: "dry-run", Type: config.Bool, Usage: "say what would change, and write nothing"},
		{Name: "gateway", Default: "apim", Choices: all.Names(), Usage: "product whose resources the tree holds"},
	}, forges(), author(), git())
}

// Pulls returns the settings of the extractor's command that lists pull
// requests.
func Pulls() []config.Setting {
	return slices.Concat([]config.Setting{
		{Name: "repo", Usage: "git repository, a path or a URL"},
		{Name: "all", Type: config.Bool, Usage: "list merged and closed ones, too"},
		{Name: "body", Type: config.Bool, Usage: "print what each says"},
	}, forges(), git())
}

// Publisher returns the settings that all commands of the publisher have.
func Publisher() []config.Setting {
	return slices.Concat([]config.Setting{
		{Name: "input", Short: "i", Env: []string{"API_MANAGEMENT_SERVICE_OUTPUT_FOLDER_PATH"}, Usage: "folder that holds the tree; with --repo, inside the repository"},
		{Name: "repo", Usage: "git repository, a path or a URL, to read the tree from"},
		{Name: "commit", Usage: "commit, branch or tag to publish; empty is HEAD"},
		{Name: "since", Usage: "commit that was published last: look only at what changed after it; last is the one that --record recorded"},
		{Name: "commit-id", Env: []string{"COMMIT_ID"}, Usage: "publish what this one commit changed against its first parent, deletes included, from the repository that holds --input"},
		{Name: "delete", Type: config.Bool, Usage: "delete what the gateway has and the tree does not"},
		{Name: "max-deletes", Type: config.Int, Default: "20", Usage: "refuse a plan that deletes more resources than this; 0 is no limit"},
		{Name: "overwrite", Type: config.Bool, Usage: "take git's side where the gateway was changed as well"},
		{Name: "write-secrets", Type: config.Bool, Usage: "also write what holds secrets and has not changed otherwise: a secret that was renewed shows in no plan"},
		{Name: "lenient", Type: config.Bool, Tolerant: true, Negate: []string{"STRICT_VALIDATION"}, Usage: "take unknown keys in the configuration file for warnings, and go on though something refers to what is neither in the tree nor on the gateway"},
		{Name: "dry-run", Type: config.Bool, Env: []string{"DRY_RUN", "DRY-RUN"}, Usage: "show the plan and do nothing"},
		{Name: "include", Type: config.List, Usage: "only resources that match KIND=GLOB, of the kinds named: api=orders*"},
		{Name: "exclude", Type: config.List, Usage: "leave resources alone that match KIND=GLOB"},
		with(),
		{Name: "format", Default: "text", Choices: report.Formats(), Usage: "how to print plan and result"},
		{Name: "report", Type: config.List, Usage: "write plan and result to a file as well, FORMAT=FILE; FILE - is standard output, after all else"},
		{Name: "no-summary", Type: config.Bool, Usage: "on GitHub, do not add plan and result to the summary of the step"},
		configFile("file with settings, and with overrides of an environment"),
	}, vaults(), guards(), forges(), git(), all.Settings(), cli.LogSettings())
}

// vaults are the settings that say where values of secrets are.
func vaults() []config.Setting {
	return []config.Setting{
		{Name: "secrets-dir", Operator: true, Usage: "folder of files with the values of secrets, for tokens ${file:PATH} and ${secret:NAME}; rehearse and validate do not look there"},
		{Name: "secret-command", Operator: true, Usage: "command, for the shell, that prints the value of the secret which LOCKSTEP_SECRET names, for tokens ${secret:NAME}; rehearse and validate do not run it"},
		{Name: "secret-timeout", Type: config.Duration, Default: "30s", Operator: true, Usage: "longest time for that command, for one secret"},
	}
}

// guards are the settings that say what must hold before something is
// published, and what is left behind after it.
func guards() []config.Setting {
	return []config.Setting{
		{Name: "require-approvals", Type: config.Int, Usage: "publish only what was merged by a pull request with so many approvals, by others than its author who may write"},
		{Name: "require-protected-branch", Type: config.Bool, Usage: "publish only from a branch that the forge protects"},
		{Name: "require-signed-commits", Type: config.Bool, Usage: "publish only commits with good signatures: all since --since, or the one that is published"},
		{Name: "keyring", Usage: "file of the GPG public keys, armored, whose signatures count"},
		{Name: "allowed-signers", Usage: "file of the SSH keys whose signatures count, as git has it; without either the forge is asked"},
		{Name: "base", Usage: "branch that commits must be merged into to be published; empty is the repository's default"},
		{Name: "record", Type: config.Bool, Usage: "record in the repository what was published, and refuse what does not follow it; the git token must be able to push"},
		{Name: "allow-rewrite", Type: config.Bool, Usage: "publish though the commit does not follow the one recorded last"},
		{Name: "environment", Usage: "name that keeps records, comments and statuses of one gateway apart; policy.NAME.xml counts before the policy.xml beside it, and for that alone the name may come from the one of --config, configuration.NAME.yaml"},
		{Name: "status", Type: config.Bool, Usage: "set a status on the commit: pending, then how it went"},
	}
}

// Plan returns the settings that the publisher's command plan has besides.
func Plan() []config.Setting {
	return []config.Setting{
		{Name: "out", Usage: "file to save the plan to, for apply and the stages"},
		{Name: "exit-code", Type: config.Bool, Usage: "end with 3 if changes are pending"},
		{Name: "comment", Type: config.Bool, Usage: "write the plan as a comment on the pull request, in place of the one before"},
		{Name: "pull", Type: config.Int, Usage: "number of the pull request to comment on; 0 asks the CI system"},
	}
}

// forges are the settings that reach a forge.
func forges() []config.Setting {
	return []config.Setting{
		{Name: "forge", Choices: forge.Kinds(), Usage: "where pull requests are kept; empty asks the address of --repo, else it is local, which is in the repository itself"},
		{Name: "forge-url", Usage: "address of the forge, if it has one of its own; empty asks the address of --repo"},
		{Name: "forge-repo", Usage: "the repository's name on the forge, OWNER/NAME; empty asks the address of --repo"},
		{Name: "forge-token", Secret: true, Usage: "token for the forge, and for git over https there; empty takes the one of the forge's own variable: " + strings.Join(forge.TokenVariables(""), ", ")},
		{Name: "github-app-id", Usage: "id of the GitHub App to sign in as, instead of by a token"},
		{Name: "github-app-key", Secret: true, Usage: "private key of the GitHub App, in PEM"},
		{Name: "github-app-key-file", Usage: "file with the private key of the GitHub App"},
		{Name: "github-app-installation", Type: config.Int, Usage: "id of the GitHub App's installation; empty asks for the one on the repository"},
	}
}

// author are the settings that say who commits.
func author() []config.Setting {
	return []config.Setting{
		{Name: "author-name", Default: "lockstep", Usage: "author of commits"},
		{Name: "author-email", Default: "lockstep@localhost", Usage: "e-mail address of the author"},
		{Name: "committer-name", Usage: "committer of commits; empty is the author"},
		{Name: "committer-email", Usage: "e-mail address of the committer; empty is the author's"},
		{Name: "co-author", Type: config.List, Usage: "who else commits are to name as an author: a name, and an address in angle brackets"},
		{Name: "sign-key", Usage: "private key file to sign commits with, of GPG (armored) or SSH"},
		{Name: "sign-format", Choices: []string{"gpg", "ssh"}, Usage: "format of the signing key; empty finds out"},
		{Name: "sign-passphrase", Secret: true, Usage: "passphrase of the signing key"},
	}
}

// git are the settings that reach a repository.
func git() []config.Setting {
	return []config.Setting{
		{Name: "git-user", Usage: "user for git over https; empty is the one that the forge wants"},
		{Name: "git-token", Secret: true, Usage: "token for git over https; empty takes the forge's, if the repository is there"},
		{Name: "ssh-key", Usage: "private key file for git over ssh; empty asks the agent"},
		{Name: "known-hosts", Type: config.List, Usage: "files with the host keys to accept over ssh"},
	}
}
