#!/bin/sh
# Tests what answers at an address: run.sh ADDRESS
#
# The publisher calls it when API AutoFlow has started with what was written, and tells in LOCKSTEP_SERVERS which version of
# each server that runs: the collection has a folder for each version of orders. If it fails, the publisher puts back what was
# there, restarts that, and calls it again. A version without a folder of its own fails: nothing is promoted that nobody tests.
set -eu
cd "$(dirname "$0")"
version=$(node -p 'JSON.parse(process.env.LOCKSTEP_SERVERS).orders')
curl --silent --show-error --output /dev/null --max-time 5 --retry 60 --retry-delay 1 --retry-all-errors "$1/version"
command -v newman >/dev/null || newman() { npx --yes newman@6.2.1 "$@"; }
newman run orders.postman_collection.json --env-var "address=$1" --env-var "version=$version" --folder "every version" --folder "$version"
