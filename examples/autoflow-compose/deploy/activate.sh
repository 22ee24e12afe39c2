#!/bin/sh
# Restarts API AutoFlow, so that it takes the configuration that lies in its data directory, and tests what then runs:
# activate.sh ENVIRONMENT
#
# The publisher calls it after it wrote. If it fails, the publisher puts back what was there, and calls it again: then it
# tests the version that is in that.
set -eu
cd "$(dirname "$0")/.."
. "./deploy/$1.env"
docker compose --env-file "deploy/$1.env" --file deploy/docker-compose.yaml up --detach --force-recreate
version=$(node -p 'JSON.parse(require("fs").readFileSync(process.argv[1])).Server.find(s => s.id === "orders").currentVersion' "$DATA/data/config.json")
sh tests/run.sh "http://localhost:$PORT" "$version"
