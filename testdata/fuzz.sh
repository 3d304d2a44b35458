#!/usr/bin/env bash
# fuzz.sh TIME - runs every fuzz target of the repository for that long.
set -euo pipefail
cd "$(dirname "$0")/.."
time=${1:?how long each, such as 10s}
grep -rlE '^func Fuzz' --include='*_test.go' . | while read -r file; do
  grep -oE '^func Fuzz[A-Za-z0-9_]*' "$file" | cut -c6- | while read -r target; do
    echo "fuzz $(dirname "$file") $target"
    go test "$(dirname "$file")" -run '^$' -fuzz "^$target\$" -fuzztime "$time" -fuzzminimizetime 10x >/tmp/fuzz.$$ 2>&1 </dev/null || { cat /tmp/fuzz.$$; rm -f /tmp/fuzz.$$; exit 1; }
    rm -f /tmp/fuzz.$$
  done
done
