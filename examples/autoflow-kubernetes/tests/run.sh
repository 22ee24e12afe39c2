#!/bin/sh
# Tests what answers at an address, with the folder of the collection that has the name of the version that answers:
# run.sh ADDRESS
#
# The publisher calls it when the restart is through. If it fails, the publisher puts back what was there, restarts that, and
# calls it again: then the version before is tested. A version without a folder of its own fails.
set -eu
cd "$(dirname "$0")"
curl --silent --show-error --output /dev/null --max-time 5 --retry 60 --retry-delay 1 --retry-all-errors "$1/version"
version=$(curl --silent --show-error --fail "$1/version" | node -p 'JSON.parse(require("fs").readFileSync(0)).version')
command -v newman >/dev/null || newman() { npx --yes newman@6.2.1 "$@"; }
newman run orders.postman_collection.json --env-var "address=$1" --env-var "version=$version" --folder "every version" --folder "$version"
