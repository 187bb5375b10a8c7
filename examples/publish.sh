#!/usr/bin/env bash
# Publishes events to oncelog so that each of them is stored exactly once. Needs curl 7.84 and jq.
#
#   publish.sh [--url URL] [FILE]     one event a line (NDJSON); without FILE, from standard input
#
# It may be stopped and run again on the same events at any time: what is stored already counts as a
# duplicate. Exit code 0: every event is stored. 1: some are not, and stderr says which and why.
set -euo pipefail

batch_events=500  # in one request: oncelog takes 10,000
batch_bytes=8M    # and 32 MiB
try_seconds=60    # to wait for an answer
first_wait_ms=100 # before the first retry, at most; twice as long before each further one
wait_ms_max=10000
retry_seconds=300 # for one batch in all

# may_mend STATUS ERROR: may the same bytes be taken later? The table in docs/publishing.md.
may_mend() {
  case $1:$2 in
    501:* | 505:* | *:too_many_topics) return 1 ;;
    000:* | 408:* | 429:* | 5??:*) return 0 ;; # 000: there was no answer
    *) return 1 ;;
  esac
}

member() { jq -r ".$1 // \"\"" "$work/answer" 2>/dev/null || true; } # of the last answer

# send BATCH: leaves the verdicts in $work/answer. Until there are some, the same bytes are sent again
# and again: if they were stored and only the answer was lost, oncelog calls them duplicates.
send() {
  local give_up=$((SECONDS + retry_seconds)) longest=$first_wait_ms line status after trouble wait
  while true; do
    : >"$work/answer"
    if line=$(curl --silent --show-error --max-time "$try_seconds" --data-binary "@$1" \
      --header 'Content-Type: application/x-ndjson' --output "$work/answer" \
      --write-out '%{http_code} %header{retry-after}' \
      "${url%/}/publish?on_invalid=skip" 2>"$work/trouble"); then
      read -r status after <<<"$line"
      [ "$status" != 200 ] || return 0
      trouble="$status $(member error): $(member detail)"
    else
      status=000 after='' trouble="no answer: $(<"$work/trouble")"
    fi
    [[ $after =~ ^[0-9]{1,6}$ ]] || after=0
    wait=$((10#$after * 1000 + longest * RANDOM / 32768)) # at random, so that not all come at once
    may_mend "$status" "$(member error)" || fail "$trouble"
    [ $((SECONDS + wait / 1000)) -lt $give_up ] || fail "$trouble; gave up"
    wait=$((wait / 1000)).$(printf %03d $((wait % 1000)))
    echo "$trouble; trying again in $wait s" >&2
    sleep "$wait"
    longest=$((2 * longest < wait_ms_max ? 2 * longest : wait_ms_max))
  done
}

fail() {
  printf '%s\nnot all was sent; it is safe to run this again\n' "$1" >&2
  summary
  exit 1
}

summary() {
  echo "$accepted accepted, $duplicate duplicate, $conflict conflict, $invalid invalid"
}

# Batches of whole lines, each in a file, whose names are printed.
cut_into_batches() {
  split --lines="$batch_events" - "$work/batch." <"$1" --filter="split --line-bytes=$batch_bytes \
    --filter='cat >\"\$FILE\" && echo \"\$FILE\"' - \"\$FILE.\""
}

publish() {
  local accepted=0 duplicate=0 conflict=0 invalid=0 before=0 batch a d c i
  while read -r batch; do
    # The numbers of the lines with events: oncelog does not count empty lines.
    { LC_ALL=C grep -an $'[^ \t\r]' "$batch" || true; } | cut -d: -f1 >"$work/lines"
    if [ -s "$work/lines" ]; then
      send "$batch"
      [ "$(member received)" = "$(wc -l <"$work/lines")" ] ||
        fail "the answer does not fit the request; is that an oncelog server?"
      jq -r --rawfile lines "$work/lines" --argjson before "$before" '($lines | split("\n")) as $line
        | .results | to_entries[] | "line \($before + ($line[.key] | tonumber)): " +
        (.value | if .status == "invalid" then "invalid: \(.field): \(.detail)"
        elif .status == "conflict" then "conflict: event_id \(.event_id) is stored with other " +
        "content, as sequence \(.sequence)" else empty end)' "$work/answer" >&2
      read -r a d c i <<<"$(jq -r '"\(.accepted) \(.duplicates) \(.conflicts) \(.invalid)"' "$work/answer")"
      accepted=$((accepted + a)) duplicate=$((duplicate + d))
      conflict=$((conflict + c)) invalid=$((invalid + i))
    fi
    before=$((before + $(wc -l <"$batch")))
    rm "$batch"
  done
  summary
  [ $((conflict + invalid)) = 0 ]
}

url=http://127.0.0.1:8080
if [ "${1:-}" = --url ] && [ $# -ge 2 ]; then
  url=$2
  shift 2
fi
if [ $# -gt 1 ] || [[ ${1:-} = -?* ]]; then
  echo "usage: publish.sh [--url URL] [FILE]" >&2
  exit 2
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cut_into_batches "${1:-/dev/stdin}" | publish
