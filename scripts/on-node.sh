#!/usr/bin/env bash
# Runs a command with another release of Node.js, which npm installs into build/: scripts/on-node.sh 22 .ci/run
set -euo pipefail

if [ "$#" -lt 2 ]; then
  echo "usage: $0 MAJOR COMMAND [ARGUMENT...], such as: $0 22 .ci/run" >&2
  exit 2
fi
major=$1
shift
folder=$(cd "$(dirname "$0")/.." && pwd)/build/node-$major

if [ ! -x "$folder/node_modules/node/bin/node" ]; then
  mkdir -p "$folder"
  # A folder with a package.json of its own, or npm would install into the repository.
  echo '{ "private": true }' >"$folder/package.json"
  # The package `node` fetches the program for this system by a script.
  npm install --no-audit --no-fund --no-save --foreground-scripts --loglevel=error --prefix "$folder" "node@$major"
fi
PATH=$folder/node_modules/node/bin:$PATH
export PATH
echo "Node.js $(node --version)" >&2
exec "$@"
