#!/bin/sh
# Tests what answers at an address, with the folder of the collection that has the name of its version: run.sh ADDRESS VERSION
# A version without a folder of its own fails: nothing is promoted that nobody tests.
set -eu
cd "$(dirname "$0")"
curl --silent --show-error --output /dev/null --max-time 5 --retry 60 --retry-delay 1 --retry-all-errors "$1/version"
command -v newman >/dev/null || newman() { npx --yes newman@6.2.1 "$@"; }
newman run orders.postman_collection.json --env-var "address=$1" --env-var "version=$2" --folder "every version" --folder "$2"
