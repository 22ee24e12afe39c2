package guard

// The questions that a forge answers only to those who may ask.
const (
	aboutPulls    = iota // how a commit came to a branch
	aboutPeople          // who may write
	aboutBranches        // what protects a branch
	aboutCommits         // whether a signature is good
)

// hints say for each forge what the token needs to be told, by question.
var hints = map[string][4]string{
	"azure": {
		"the token needs the scope Code (read)", "the token needs the scopes Code (read) and Security (manage)",
		"the token needs the scopes Code (read) and Build (read), to see branch policies", "Azure DevOps checks no signatures: name the keys with --keyring or --allowed-signers",
	},
	"gitea": {
		"the token needs the scope read:repository", "the token needs the scope read:repository, of somebody who administers the repository",
		"the token needs the scope read:repository, of somebody who may write", "the token needs the scope read:repository, or name the keys with --keyring or --allowed-signers",
	},
	"github": {
		"the token needs the permission pull-requests: read", "the token needs the permission metadata: read, of somebody who may push",
		"the token needs the permission contents: read", "the token needs the permission contents: read, or name the keys with --keyring or --allowed-signers",
	},
	"gitlab": {
		"the token needs the scope read_api and the role Reporter", "the token needs the scope read_api and the role Developer",
		"the token needs the scope read_api and the role Maintainer", "the token needs the scope read_api, or name the keys with --keyring or --allowed-signers",
	},
}

// hint says what would help a forge to answer a question.
func hint(kind string, question int) string {
	if h, ok := hints[kind]; ok {
		return h[question]
	}
	return "the token may lack a permission to ask"
}
