#!/bin/sh
# A backup to a disk that is too small, and a restore onto one: refused with the reason, nothing left
# behind, the store as it was. As root, in a mount namespace of its own:
#   unshare -m sh backup_disk_full.sh BINARY DIRECTORY
# Exit code: 0 right, 1 wrong, 77 could not mount.
set -eu
oncelog=$1
cd "$2"
mkdir small
mount -t tmpfs -o size=6m tmpfs small || exit 77

fail() { echo "$*"; exit 1; }
files() { find "$1" -type f ! -name LOCK | wc -l; }

# 16 MB of events that do not compress; the server is stopped cleanly.
"$oncelog" serve --data data --listen 127.0.0.1:0 >out 2>log &
server=$!
trap 'kill -9 $server 2>/dev/null || true' EXIT
i=0
until grep -q http:// out; do i=$((i + 1)); [ $i -lt 600 ] || fail "no server"; sleep 0.1; done
url=$(grep -o 'http://127[^ /]*' out | head -n 1)
head -c 9000000 /dev/urandom | base64 -w 1200 | awk '{
  printf "{\"topic\":\"t\",\"event_id\":\"%d\",\"timestamp\":\"2025-10-22T10:00:00Z\",\"source\":\"s\",\"payload\":{\"x\":\"%s\"}}\n", NR, $0 }' >lines
"$oncelog" publish --url "$url" lines >/dev/null

# Seen before anything is written, and the server goes on.
"$oncelog" backup small/b --data data >said 2>&1 && fail "a backup on 6 MB: $(cat said)"
grep -q "no space" said || fail "does not name the reason: $(cat said)"
[ "$(files small)" = 0 ] || fail "left behind: $(find small)"
head -n 1 lines | "$oncelog" publish --url "$url" - >/dev/null || fail "the server does not go on"
kill -TERM $server && wait $server

"$oncelog" backup whole --data data >/dev/null
"$oncelog" restore whole --data small/r >said 2>&1 && fail "a restore on 6 MB: $(cat said)"
grep -q "no space" said || fail "does not name the reason: $(cat said)"
[ "$(files small)" = 0 ] || fail "left behind: $(find small)"

# Not seen before: room for all bytes, but not for all files, so it shows when one is copied already.
# (That bytes run out in the middle: tests/model/backup_fault_test.)
umount small
mount -t tmpfs -o size=64m,nr_inodes=10 tmpfs small
for words in "backup small/b --data data" "restore whole --data small/r"; do
  "$oncelog" $words >said 2>&1 && fail "on a disk for 10 files: $words: $(cat said)"
  grep -q "No space" said || fail "$words does not name the reason: $(cat said)"
  [ "$(files small)" = 0 ] || fail "left behind: $(find small)"
  rm -r small/*
done
"$oncelog" verify --data whole >/dev/null || fail "the backup was changed"
"$oncelog" restore whole --data again >/dev/null && "$oncelog" verify --data again >/dev/null
