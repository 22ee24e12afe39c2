package forge

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/xanzy/go-gitlab"
)

// draftWord is how the title of a draft begins that this program opens.
const draftWord = "Draft: "

// draftWords matches all that makes a draft of a merge request when its title
// begins so. Old servers know another word for it, too.
var draftWords = regexp.MustCompile(`(?i)^(?:\s*(?:\[draft\]|\(draft\)|draft:|\[wip\]|wip:))+\s*`)

// draftPrefix returns what of a title makes a merge request a draft.
func draftPrefix(mr *gitlab.MergeRequest) string {
	if !mr.Draft {
		return ""
	}
	return draftWords.FindString(mr.Title)
}

// withPlainTitle takes from the title of a proposal what would make it a draft,
// for whether it is one is not up to the title. It notes what that changes.
func (p Proposal) withPlainTitle() (Proposal, []string, error) {
	prefix := draftWords.FindString(p.Title)
	if prefix == "" {
		return p, nil, nil
	}
	title := p.Title
	if p.Title = title[len(prefix):]; p.Title == "" {
		return p, nil, fmt.Errorf("title %q: there is nothing in it but that it is a draft", title)
	}
	if p.Draft {
		return p, nil, nil
	}
	return p, []string{fmt.Sprintf("its title has no %q, which would make it a draft", strings.TrimSpace(prefix))}, nil
}

// titled returns a title behind a prefix, as long as GitLab stores.
func titled(prefix, title string) string {
	return prefix + cutLine(title, gitlabTitle-len(prefix))
}

// isQuickAction reports whether a line is one that GitLab may carry out with the
// rights of who writes it: a slash and a word, such as /merge. Backslashes in
// front count as none.
//
// Names and texts that a gateway holds must not get that far, and not in code
// blocks either, for GitLab finds the ends of those by other rules than Markdown
// does. A backslash shows the slash as it is.
func isQuickAction(line string) bool {
	line = strings.TrimLeft(line, `\`)
	return len(line) > 1 && line[0] == '/' && ('a' <= line[1]|0x20 && line[1]|0x20 <= 'z')
}

// withoutQuickActions returns Markdown in which GitLab finds nothing to do.
func withoutQuickActions(s string) string {
	var b strings.Builder
	for line := range strings.Lines(s) {
		if isQuickAction(line) {
			b.WriteByte('\\')
		}
		b.WriteString(line)
	}
	return b.String()
}

// withQuickActions undoes withoutQuickActions.
func withQuickActions(s string) string {
	var b strings.Builder
	for line := range strings.Lines(s) {
		if isQuickAction(line) {
			line = strings.TrimPrefix(line, `\`)
		}
		b.WriteString(line)
	}
	return b.String()
}

// gitlabText returns what GitLab is to store: a first line that does not show,
// and a text as long as is taken.
func (g *gitLab) gitlabText(first, text string) string {
	return first + "\n" + cut(withoutQuickActions(text), g.Abilities().BodyLimit)
}
