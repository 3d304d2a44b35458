#!/usr/bin/env bash
# fuzz.sh TIME - runs every fuzz target of the repository for that long. It
# ends with 1 at the first find, whose input `go test` has written by then.
set -euo pipefail
cd "$(dirname "$0")/.."
time=${1:?how long each, such as 10s}
out=$(mktemp)
trap 'rm -f "$out"' EXIT
grep -rlE '^func Fuzz' --include='*_test.go' . | while read -r file; do
  grep -oE '^func Fuzz[A-Za-z0-9_]*' "$file" | cut -c6- | while read -r target; do
    echo "fuzz $(dirname "$file") $target"
    go test "$(dirname "$file")" -run '^$' -fuzz "^$target\$" -fuzztime "$time" -fuzzminimizetime 10x >"$out" 2>&1 </dev/null && continue
    # Where the time runs out while a slow input is judged (the differential
    # target starts xmllint for each), go test fails with nothing else to say.
    # A find always says where its input was written.
    if grep -q 'context deadline exceeded' "$out" && ! grep -qE 'Failing input written|panic:|hung or terminated|failure while testing seed' "$out"; then
      echo "fuzz: the time ran out in the middle of an input: no find"
      continue
    fi
    cat "$out"
    exit 1
  done
done
