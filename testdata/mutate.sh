#!/bin/sh
# Switches off one rule of mutations.txt at a time, in a copy, and expects that
# a test fails. Prints each rule that no test misses; status 1 if there is one.
# With "tables" each line of relay/disclosure/tables.go is left out in turn too;
# with a path, as relay/leak, only the rules of the files below it are tried.
# A leaf is tried with its own tests, the rest with those of relay and mailgw too.
set -eu
cd "$(dirname "$0")/.."
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
head=$(git rev-parse HEAD)
git archive "$head" | tar -x -C "$copy"
alive=0 count=0
passes() { # tests, packages
	tests=$1
	shift
	go test -short -failfast -count=1 -vet=off -run "$tests" "$@" >/dev/null 2>&1
}
try() { # file, tests, name
	count=$((count + 1))
	own=./$(dirname "$1") # first: most are missed there, and it is one package
	case $1 in relay/leak/* | mailgw/message/*) others='' ;; *) others='./relay/... ./mailgw' ;; esac
	# shellcheck disable=SC2086
	if (cd "$copy" && passes "$2" "$own" && { [ -z "$others" ] || passes "$2" $others; }); then
		alive=$((alive + 1))
		echo "nobody misses: $3"
	fi
	git show "$head:$1" >"$copy/$1"
}
while IFS='	' read -r file old new tests; do
	case $file in '' | '#'*) continue ;; esac
	case ${1:-} in */*) case $file in "$1"*) ;; *) continue ;; esac ;; esac
	OLD=$old NEW=$new awk 'BEGIN { old = ENVIRON["OLD"]; new = ENVIRON["NEW"] }
		!done && (i = index($0, old)) { $0 = substr($0, 1, i - 1) new substr($0, i + length(old)); done = 1 }
		{ print } END { exit !done }' "$copy/$file" >"$copy/mutant" || { echo "not found: $file: $old"; alive=$((alive + 1)); continue; }
	mv "$copy/mutant" "$copy/$file"
	(cd "$copy" && go build "./$(dirname "$file")" 2>/dev/null) || { echo "does not build: $file: $new"; alive=$((alive + 1)); git show "$head:$file" >"$copy/$file"; continue; }
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
