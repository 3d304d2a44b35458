#!/usr/bin/env bash
# crash.sh [N] - kills the real daemon N times (2000 unless given) at random
# moments, between a real Dovecot and a real Postfix that are killed too, and
# prints what became of every report and every message. Root and the packages
# of `servers.sh deps` are needed; 2000 take about half an hour.
set -euo pipefail
cd "$(dirname "$0")/.."
IODEFGW_KILLS="${1:-2000}" exec nice -n 19 go test -count=1 -timeout 0 -v -run 'TestCase_1_KilledAtRandomMoments' ./cmd/iodefgw/
