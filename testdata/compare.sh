#!/usr/bin/env bash
# compare.sh [REPORTS [MAILS [WAITS]]] - the gateway beside a careful script
# (glue.py) that does less, and how soon an idle gateway tells of a report.
# REPORTS (2000) signed reports of 6 to 10 KB go through the real daemon from a
# real Dovecot to an SMTP server that keeps nothing, MAILS (300) of the same
# through the script; WAITS (200) come one by one. Prints the CPU of each and
# their ratio. Needs root, the packages of `servers.sh deps`, python3, gpgv,
# libxml2-utils, and ../shared/iodef for the schema.
set -euo pipefail
cd "$(dirname "$0")/.."
export IODEFGW_COMPARE="${1:-2000} ${2:-300}" IODEFGW_WAITS="${3:-200}"
exec go test -count=1 -timeout 20m -v -run 'TestBesideAScript|TestLatencyOfAnIdleGateway' ./cmd/iodefgw/
