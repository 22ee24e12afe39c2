package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/lockstep-apiops/lockstep/forge"
	"github.com/lockstep-apiops/lockstep/internal/cli"
	"github.com/lockstep-apiops/lockstep/internal/git"
	"github.com/lockstep-apiops/lockstep/internal/guard"
	"github.com/lockstep-apiops/lockstep/internal/report"
	"github.com/lockstep-apiops/lockstep/publisher/plan"
)

// A notice is what the run tells the forge about itself.
type notice struct {
	pull   int    // to comment on; 0: none
	commit string // to set a status on; "": none
	work   string // what the run is about: "plan/contoso"
}

// announce finds out where the forge is to be told about the run, makes sure
// that it may be, and says that the work has begun. The work is named by its
// command.
func (r *run) announce(ctx context.Context, command string) error {
	n := notice{work: command + "/" + r.scope("/")}
	comment, status := r.comments(), r.v.Bool("status")
	if !comment && !status {
		return nil
	}
	f, err := r.openForge(ctx)
	if err != nil {
		return err
	}
	if comment {
		if n.pull = r.v.Int("pull"); n.pull == 0 {
			n.pull = r.job.Pull
		}
		switch {
		case n.pull == 0 && !r.inCI:
			return cli.Usagef("--comment: say on which pull request with --pull N")
		case n.pull == 0:
			if err := r.say("no comment is written: this job is for no pull request\n"); err != nil {
				return err
			}
		}
	}
	if status {
		if _, ok := f.(forge.StatusSetter); !ok {
			return cli.Usagef("--status: the forge %s has no statuses of commits", r.forgeKind())
		}
		if n.commit, err = r.statusCommit(ctx); err != nil {
			return err
		}
	}
	if c, ok := f.(forge.Checker); ok {
		if err := c.Check(ctx, forge.Needs{PullRequests: n.pull > 0, Statuses: status}); err != nil {
			return err
		}
	}
	r.notice = &n
	return r.setStatus(ctx, forge.Pending, "under way")
}

// comments reports whether the run is one that comments, which a plan only is.
func (r *run) comments() bool { return r.dry && r.v.Bool("comment") }

// statusCommit returns the commit that people look at: of a pull request its
// head, and not the merge on trial that CI systems check out.
func (r *run) statusCommit(ctx context.Context) (string, error) {
	if r.job.Pull > 0 {
		if head := eventHead(r.sys.Getenv("GITHUB_EVENT_PATH")); head != "" {
			return head, nil
		}
		return r.job.Commit, nil
	}
	if r.place.repo == "" {
		if r.job.Commit == "" {
			return "", cli.Usagef("--status: say which commit it is for: name the repository with --repo")
		}
		return r.job.Commit, nil
	}
	repo, err := r.repository(ctx)
	if err != nil {
		return "", err
	}
	h, err := repo.Resolve(ctx, r.revision(""))
	return h.String(), err
}

// eventHead returns the head of the pull request that an event of GitHub is
// about, from the file that tells of it. There need not be one.
func eventHead(file string) string {
	text, err := os.ReadFile(file)
	if err != nil {
		return ""
	}
	var event struct {
		PullRequest struct {
			Head struct {
				SHA string `json:"sha"`
			} `json:"head"`
		} `json:"pull_request"`
	}
	if err := json.Unmarshal(text, &event); err != nil {
		return ""
	}
	if _, ok := git.ParseHash(event.PullRequest.Head.SHA); !ok {
		return ""
	}
	return event.PullRequest.Head.SHA
}

// lastWord is how long it may take to tell the forge how a run ended.
const lastWord = time.Minute

// conclude tells the forge how the run ended, though it may have been stopped.
// What could not be told makes the run fail: somebody waits for it.
func (r *run) conclude(ctx context.Context, err error) error {
	if r.notice == nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastWord)
	defer cancel()
	var untold []error
	if r.notice.pull > 0 {
		if text, cerr := r.comment(err); cerr != nil {
			untold = append(untold, cerr)
		} else {
			untold = append(untold, r.forge.Comment(ctx, r.notice.pull, "lockstep/"+r.notice.work, text))
		}
	}
	state, text := r.state(err)
	untold = append(untold, r.setStatus(ctx, state, text))
	if told := errors.Join(untold...); told != nil {
		if code, ok := errors.AsType[*cli.Error](err); ok && code.Err == nil {
			err = nil // a code for good ends
		}
		return errors.Join(err, told)
	}
	return err
}

// comment returns the plan, with what ended the run, as a page that takes the
// place of the one before, also where there is no plan or nothing in it.
func (r *run) comment(err error) (string, error) {
	p := r.stopped(err)
	o := r.linked()
	var tail strings.Builder
	for _, f := range r.findings {
		if f.Verdict != guard.Refused { // which is a problem of the plan
			fmt.Fprintf(&tail, "\n- %s: %s", f.Verdict, plainText(f.String()))
		}
	}
	if tail.Len() > 0 {
		tail.WriteByte('\n')
	}
	if env := r.v.String("environment"); env != "" {
		fmt.Fprintf(&tail, "\nEnvironment: %s\n", plainText(env))
	}
	if r.job.URL != "" {
		fmt.Fprintf(&tail, "\n[The job that planned this](%s)\n", r.job.URL)
	}
	can := r.forge.Abilities()
	if limit := cmp.Or(can.CommentLimit, can.BodyLimit); limit > 0 {
		const mark = 512 // what the forge adds to find the comment again
		o.Limit = limit - mark - tail.Len()
	}
	var b bytes.Buffer
	if err := report.Plan(&b, "markdown", p, o); err != nil {
		return "", err
	}
	return b.String() + tail.String(), nil
}

// plainText keeps names that people chose from being read as Markdown.
func plainText(s string) string {
	return strings.NewReplacer("\n", " ", "<", "&lt;", "@", "@\u200b", "`", "'", "[", "\\[", "*", "\\*", "_", "\\_", "|", "\\|").Replace(s)
}

// setStatus sets the status of the commit, if it is to have one.
func (r *run) setStatus(ctx context.Context, state forge.State, text string) error {
	if r.notice.commit == "" {
		return nil
	}
	s, ok := r.forge.(forge.StatusSetter)
	if !ok {
		return nil
	}
	return s.SetStatus(ctx, r.notice.commit, forge.Status{
		Context: "lockstep/" + r.notice.work, State: state, Description: text, URL: r.job.URL,
	})
}

// state says how a run ended: failed if the work says no, broken if it could
// not be done.
func (r *run) state(err error) (forge.State, string) {
	code, coded := errors.AsType[*cli.Error](err)
	switch {
	case coded && code.Err == nil:
		err = nil
	case r.made == nil && err != nil:
		return forge.Broken, "no plan could be made: see the log"
	}
	p := r.made
	if p == nil {
		return forge.Success, "nothing was done"
	}
	switch {
	case refused(r.findings):
		return forge.Failure, "refused: the commit is not fit to be published"
	case r.result != nil && err != nil:
		return forge.Failure, "not everything was done"
	case r.result != nil:
		c := r.result.Counts()
		return forge.Success, fmt.Sprintf("%d created, %d updated, %d deleted", c.Created, c.Updated, c.Deleted)
	case err != nil:
		return forge.Failure, "the plan can not be carried out as it is"
	case !pending(p):
		return forge.Success, "nothing to do"
	}
	return forge.Success, fmt.Sprintf("%d to create, %d to update, %d to delete, %d in conflict",
		p.Count(plan.Create), p.Count(plan.Update), p.Count(plan.Delete), len(p.Conflicts))
}

// refused reports whether a finding keeps the commit from being published.
func refused(list []guard.Finding) bool {
	for _, f := range list {
		if f.Verdict == guard.Refused {
			return true
		}
	}
	return false
}
