#!/bin/sh
# Fails if a version that production runs is not what it was at a commit: frozen.sh COMMIT
#
# Development and staging test the version that they run. An edit of an older one would get to production untested, so
# a change is a new version.
set -eu
status=0
for version in $(git show "$1:lockstep/environments/production.yaml" | sed -n 's/^ *currentVersion: *//p' | sort -u); do
	if ! git diff --exit-code --stat "$1" -- ":(glob)artifacts/*/*/versions/$version/**"; then
		echo "$version runs in production: make a new version of it, and change that" >&2
		status=1
	fi
done
exit $status
