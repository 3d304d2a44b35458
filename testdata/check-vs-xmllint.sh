#!/usr/bin/env bash
# check-vs-xmllint.sh - the CPU (user and system) of `iodefgw check -json`
# beside that of `xmllint --noout --schema`, one process each over the same
# thousands of documents: 3,000 valid ones of 6 KB, and the generated ones of
# ../shared many times, with dozens of findings each.
#
# Prints the ratio of each set, the best of three runs of either side, taken in
# turns since the machine may be busy. Fails above 0.6: half is asked, and the machine may be busy.
set -euo pipefail
cd "$(dirname "$0")/.."
shared=$PWD/../shared/iodef
schema=$shared/schema/iodef-2.0-errata.xsd
[ -f "$schema" ] || { echo "no ../shared beside the repository, where the RFCs' schemas lie: nothing compared"; exit 0; }
command -v xmllint >/dev/null || { echo "no xmllint here (package libxml2-utils): nothing compared"; exit 0; }

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
go build -o "$dir/iodefgw" ./cmd/iodefgw
mkdir "$dir/valid" "$dir/faulty"

event() { # event NUMBER
  cat <<XML
    <EventData>
      <Description>attempt $1</Description>
      <StartTime>2026-01-31T00:00:0$1+09:00</StartTime>
      <Flow>
        <System category="source" spoofed="no">
          <Node>
            <Address category="ipv4-addr">192.0.2.$1</Address>
          </Node>
          <Service ip-protocol="6"><Port>$((40000 + $1))</Port></Service>
        </System>
        <System category="target">
          <Node>
            <Address category="ipv4-addr">198.51.100.$1</Address>
          </Node>
          <Service ip-protocol="6"><Port>25</Port></Service>
        </System>
      </Flow>
      <Expectation action="investigate" severity="medium"/>
      <Record>
        <RecordData>
          <RecordItem dtype="string">Jan 31 00:00:0$1 mx1 smtpd[471$1]: warning: unknown[192.0.2.$1]: login failed</RecordItem>
        </RecordData>
      </Record>
    </EventData>
XML
}
document=$(
  cat <<XML
<?xml version="1.0" encoding="UTF-8"?>
<IODEF-Document version="2.00" xml:lang="en" xmlns="urn:ietf:params:xml:ns:iodef-2.0">
  <Incident purpose="reporting" restriction="private">
    <IncidentID name="csirt.example.com">NUMBER</IncidentID>
    <GenerationTime>2026-01-31T09:30:00+09:00</GenerationTime>
    <Description>Login attempts against our mail hosts</Description>
    <Assessment>
      <SystemImpact severity="low" completion="failed" type="takeover-account"/>
    </Assessment>
    <Contact role="creator" type="organization">
      <ContactName>Example CSIRT</ContactName>
      <Email><EmailTo>cert@csirt.example.com</EmailTo></Email>
    </Contact>
XML
  for i in 1 2 3 4 5 6; do event "$i"; done
  printf '  </Incident>\n</IODEF-Document>'
)
for i in $(seq 3000); do
  printf '%s\n' "${document/NUMBER/$i}" >"$dir/valid/$i.xml"
done
for i in $(seq 60); do
  mkdir "$dir/faulty/$i"
  cp "$shared"/generated/gen-v2-*.xml "$dir/faulty/$i"
done

# cpu COMMAND... - its CPU in milliseconds; its verdict does not matter here.
cpu() {
  local TIMEFORMAT='%3U %3S'
  { time "$@" >/dev/null 2>&1 || true; } 2>&1 | awk '{ print int(1000 * ($1 + $2)) }'
}

status=0
for set in valid faulty; do
  cd "$dir/$set"
  mapfile -t files < <(find . -name '*.xml')
  ours=1000000 theirs=1000000
  for _ in 1 2 3; do
    t=$(cpu "$dir/iodefgw" check -json "${files[@]}"); ((t < ours)) && ours=$t
    t=$(cpu xmllint --noout --nonet --schema "$schema" "${files[@]}"); ((t < theirs)) && theirs=$t
  done
  awk -v set="$set" -v n="${#files[@]}" -v a="$ours" -v b="$theirs" 'BEGIN {
    printf "%-6s %d documents: iodefgw check %d ms, xmllint %d ms of CPU: %.2f\n", set, n, a, b, a / b
    exit a / b > 0.6 }' || status=1
done
[ $status = 0 ] || echo "check takes more than 0.6 of xmllint's CPU"
exit $status
