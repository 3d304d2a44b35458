#!/bin/sh
# Switches off one rule of mutations.txt at a time, in a copy, and expects that
# a test fails. Prints each rule that no test misses; status 1 if there is one.
# With "tables" each line of relay/disclosure/tables.go is left out in turn too.
set -eu
cd "$(dirname "$0")/.."
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
git archive HEAD | tar -x -C "$copy"
alive=0 count=0
try() { # file, package tests, name
	count=$((count + 1))
	if (cd "$copy" && go vet "./$(dirname "$1")" >/dev/null 2>&1) || true; then
		if (cd "$copy" && go test -short -count=1 -run "$2" ./relay/... ./mailgw >/dev/null 2>&1); then
			alive=$((alive + 1))
			echo "nobody misses: $3"
		fi
	fi
	git show "HEAD:$1" >"$copy/$1"
}
while IFS='	' read -r file old new tests; do
	case $file in '' | '#'*) continue ;; esac
	OLD=$old NEW=$new awk 'BEGIN { old = ENVIRON["OLD"]; new = ENVIRON["NEW"] }
		!done && (i = index($0, old)) { $0 = substr($0, 1, i - 1) new substr($0, i + length(old)); done = 1 }
		{ print } END { exit !done }' "$copy/$file" >"$copy/mutant" || { echo "not found: $file: $old"; alive=$((alive + 1)); continue; }
	mv "$copy/mutant" "$copy/$file"
	(cd "$copy" && go build ./relay/... 2>/dev/null) || { echo "does not build: $file: $new"; alive=$((alive + 1)); git show "HEAD:$file" >"$copy/$file"; continue; }
	try "$file" "$tests" "$file: $old"
done <testdata/mutations.txt
if [ "${1:-}" = tables ]; then
	file=relay/disclosure/tables.go
	grep -n '^	{"' "$copy/$file" | cut -d: -f1 | while read -r line; do
		sed -i "${line}d" "$copy/$file"
		try "$file" . "$file:$line"
	done
fi
echo "$count rules, $alive that no test misses"
[ "$alive" = 0 ]
