package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
)

// operations is how many each API has.
const operations = 10

// peak is the promise for memory, in megabytes.
const peak = 200

// large extracts a large service into a repository, and then once more.
func (b *bench) large(ctx context.Context) error {
	s, err := b.sandbox(ctx, b.apis)
	if err != nil {
		return err
	}
	defer s.stop()
	repo, err := b.repository(ctx, "large.git")
	if err != nil {
		return err
	}
	for _, what := range []string{"extract", "extract again"} {
		m, err := b.measure(ctx, s, fmt.Sprintf("%s %d APIs × %d operations to git", what, b.apis, operations), "extractor", "--repo", repo, "--output", "artifacts")
		if err != nil {
			return err
		}
		b.promise(m.megabytes <= peak, "%s: the extractor took %d MB, want at most %d", what, m.megabytes, peak)
		b.promise(m.gets <= 9*b.apis+80, "%s: %d requests, want at most 9 for each API and 80", what, m.gets)
	}
	return nil
}

// slow extracts a large service that takes its time.
func (b *bench) slow(ctx context.Context) error {
	s, err := b.sandbox(ctx, b.apis, "--latency", "20ms")
	if err != nil {
		return err
	}
	defer s.stop()
	m, err := b.measure(ctx, s, fmt.Sprintf("extract %d APIs at 20 ms latency, 16 workers", b.apis), "extractor", "--output", b.path("slow"), "--workers", "16")
	b.promise(m.peak >= 8, "at 20 ms latency: at most %d requests at once, want 8", m.peak)
	return err
}

// rationed extracts a service that grants what Azure Resource Manager does.
func (b *bench) rationed(ctx context.Context) error {
	s, err := b.sandbox(ctx, 60, "--read-rate", "25", "--read-burst", "250")
	if err != nil {
		return err
	}
	defer s.stop()
	_, err = b.measure(ctx, s, "extract 60 APIs at 25 reads a second", "extractor", "--output", b.path("rationed"))
	return err
}

// unchanged publishes trees that say what the service does.
func (b *bench) unchanged(ctx context.Context) error {
	for _, n := range []int{200, b.apis} {
		s, err := b.sandbox(ctx, n)
		if err != nil {
			return err
		}
		tree := b.path(fmt.Sprint("unchanged-", n))
		if _, err = b.measure(ctx, s, fmt.Sprintf("extract %d APIs to a folder", n), "extractor", "--output", tree); err == nil {
			var m measured
			m, err = b.measure(ctx, s, fmt.Sprintf("publish %d APIs, nothing changed", n), "publisher", "--input", tree, "--delete")
			b.promise(m.writes == 0, "publish of an unchanged tree: %d writes, want none", m.writes)
		}
		s.stop()
		if err != nil {
			return err
		}
	}
	return nil
}

// oneChange publishes the one policy that a commit changed.
func (b *bench) oneChange(ctx context.Context) error {
	s, err := b.sandbox(ctx, 200)
	if err != nil {
		return err
	}
	defer s.stop()
	repo := b.path("work")
	if err := os.CopyFS(repo, os.DirFS(b.path("unchanged-200"))); err != nil {
		return err
	}
	if err := b.git(ctx, repo, "init", "--quiet", "--initial-branch=main"); err != nil {
		return err
	}
	if err := b.commit(ctx, repo); err != nil {
		return err
	}
	policy := filepath.Join(repo, "apis", "api-0042", "policy.xml")
	if err := os.WriteFile(policy, []byte(policyText("changed")), 0o600); err != nil {
		return err
	}
	if err := b.commit(ctx, repo); err != nil {
		return err
	}
	m, err := b.measure(ctx, s, "publish one changed policy of 200 APIs, --since", "publisher", "--repo", repo, "--since", "HEAD~1")
	b.promise(m.writes == 1 && m.gets+m.writes <= 3, "publish of one policy: %d reads and %d writes, want 3 requests at most and 1 write", m.gets, m.writes)
	return err
}
