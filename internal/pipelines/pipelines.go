// Package pipelines fits the files of CI systems to a repository: which go where, for which environments, with which
// release.
//
// It knows the marks in those files and nothing of what the CI systems do with them. It writes nothing; that is the
// business of the command that asks.
package pipelines

import (
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/lockstep-apiops/lockstep/pipelines"
)

// A File is one file to be written.
type File struct {
	Path    string // from the root of the repository, with slashes
	Content []byte
	Program bool // to be executed
}

// Options are the answers that the files are fitted to.
type Options struct {
	Forge        string   // one of Forges
	Gateway      string   // product, as the programs name it; one of Gateways
	Environments []string // in the order in which to publish
	Version      string   // release to install; empty leaves the one in the files
}

// A forge says which files it takes, and where they go.
type forge struct {
	name  string
	moves []move
	next  func(gateway string) []string
}

// A move is a file or folder of the package's, and its name in a repository.
type move struct{ from, to string }

// forges are all there are, by the name that the command line uses.
func forges() []forge {
	shared := move{"lockstep", "lockstep"}
	return []forge{
		{"github", []move{shared, {"github/workflows", ".github/workflows"}, {"github/actions", ".github/actions"}, {"CODEOWNERS", ".github/CODEOWNERS"}}, githubNext},
		{"azure", []move{shared, {"azure", ".azure-pipelines"}}, azureNext},
		{"gitlab", []move{shared, {"gitlab/templates", ".gitlab/lockstep"}, {"gitlab/gitlab-ci.yml", ".gitlab-ci.yml"}, {"CODEOWNERS", ".gitlab/CODEOWNERS"}}, gitlabNext},
		{"gitea", []move{shared, {"gitea/workflows", ".gitea/workflows"}, {"CODEOWNERS", "CODEOWNERS"}}, giteaNext},
		{"jenkins", []move{shared, {"jenkins", "."}, {"CODEOWNERS", "CODEOWNERS"}}, jenkinsNext},
		{"kubernetes", []move{{"kubernetes", "kubernetes"}, {"CODEOWNERS", "CODEOWNERS"}}, kubernetesNext},
	}
}

// Forges returns the names of the systems there are files for.
func Forges() []string {
	var names []string
	for _, f := range forges() {
		names = append(names, f.name)
	}
	return names
}

// Gateways returns the products whose gateways the files work on, as the programs name them.
func Gateways() []string { return []string{"amplify", "amplifyproxies", "apim", "autoflow"} }

// Render returns the files for a repository, sorted by path.
func Render(o Options) ([]File, error) {
	f, err := o.check()
	if err != nil {
		return nil, err
	}
	var files []File
	for _, m := range f.moves {
		moved, err := o.move(m)
		if err != nil {
			return nil, fmt.Errorf("read pipeline files: %w", err)
		}
		files = append(files, moved...)
	}
	slices.SortFunc(files, func(a, b File) int { return strings.Compare(a.Path, b.Path) })
	return files, nil
}

// Next returns what is left to do by hand once the files are there.
func Next(o Options) ([]string, error) {
	f, err := o.check()
	if err != nil {
		return nil, err
	}
	var steps []string
	for _, step := range f.next(o.Gateway) {
		steps = append(steps, o.fill(step))
	}
	return steps, nil
}

// move returns what a move brings.
func (o Options) move(m move) ([]File, error) {
	var files []File
	err := fs.WalkDir(pipelines.FS(), m.from, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || fansOut(name) || !o.wants(name) {
			return err
		}
		content, err := fs.ReadFile(pipelines.FS(), name)
		if err != nil {
			return err
		}
		to := path.Join(m.to, strings.TrimPrefix(strings.TrimPrefix(name, m.from), "/"))
		if name == environmentFile {
			files = append(files, o.eachEnvironment(path.Dir(to), string(content))...)
			return nil
		}
		files = append(files, File{Path: to, Content: []byte(o.fit(string(content))), Program: path.Ext(name) == ".sh"})
		return nil
	})
	return files, err
}

// The settings of the publisher for API AutoFlow, whose environments differ in more than where the gateway is: a file for
// each, in the place of the one that the others share.
const (
	environmentFile = "lockstep/environment.yaml"
	sharedFile      = "lockstep/publisher.yaml"
)

// eachEnvironment returns the file of each environment.
func (o Options) eachEnvironment(dir, text string) []File {
	var files []File
	for _, name := range o.Environments {
		one := Options{Gateway: o.Gateway, Environments: []string{name}}
		files = append(files, File{Path: path.Join(dir, "environments", name+".yaml"), Content: []byte(one.fit(text))})
	}
	return files
}

// wants reports whether a file is for the gateway. Of gateways that nothing can be read from, nothing is extracted; stages of
// their own are for API Management, whose files they sign in with.
func (o Options) wants(name string) bool {
	switch {
	case name == environmentFile:
		return o.Gateway == "autoflow"
	case name == sharedFile:
		return o.Gateway != "autoflow"
	case strings.Contains(name, "extract"):
		return o.Gateway != "amplifyproxies"
	case strings.Contains(path.Base(name), "stages"):
		return o.Gateway == "apim"
	}
	return true
}

// fansOut reports whether a file is for those who have many gateways. They copy it by hand: what it runs on is a folder
// of theirs.
func fansOut(name string) bool {
	return strings.Contains(path.Base(name), "-many.") || path.Base(path.Dir(name)) == "gateways"
}

// environment is what the name of an environment looks like everywhere: in a job's id, a host's name, a folder.
var environment = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)

// reserved are words that YAML does not read as text.
func reserved() []string {
	return []string{"y", "n", "yes", "no", "on", "off", "true", "false", "null"}
}

// check says what is wrong with the answers, or returns the forge.
func (o Options) check() (forge, error) {
	if len(o.Environments) == 0 {
		return forge{}, fmt.Errorf("fit pipelines: name an environment")
	}
	for i, name := range o.Environments {
		switch {
		case !environment.MatchString(name) || len(name) > 24 || slices.Contains(reserved(), name):
			return forge{}, fmt.Errorf("fit pipelines: environment %q: use lower-case letters, digits and single dashes, 24 at most, starting with a letter", name)
		case slices.Contains(o.Environments[:i], name):
			return forge{}, fmt.Errorf("fit pipelines: environment %q is named twice", name)
		}
	}
	if !slices.Contains(Gateways(), o.Gateway) {
		return forge{}, fmt.Errorf("fit pipelines: there are no files for gateways of %q; there are some for %s", o.Gateway, strings.Join(Gateways(), ", "))
	}
	for _, f := range forges() {
		if f.name == o.Forge {
			return f, nil
		}
	}
	return forge{}, fmt.Errorf("fit pipelines: there are no files for %q; there are some for %s", o.Forge, strings.Join(Forges(), ", "))
}
