#!/bin/sh
# Runs a page literally: follow_page.sh ATTUNE PAGE [ROOT]
#
# Every ```sh block of the page is run, in one shell for all, in an empty folder, with ATTUNE first on
# the PATH; a command that fails ends the test. An ```output block tells what the ```sh block before it
# prints: each of its lines must be there, in this order. What it leaves out may be there as well.
# A date, a number with a decimal point and a percentage stand for any other, blanks for any blanks,
# and ... for any text. Blocks of other names are for the eye only.
#
# ROOT is where `DESTDIR=ROOT cmake --install` put attune, for pages that compile something.
set -eu
attune_dir=$(cd "$(dirname "$1")" && pwd)
page=$(cd "$(dirname "$2")" && pwd)/$(basename "$2")
root=${3:-}
work=$(mktemp -d "${TMPDIR:-/tmp}/attune-docs.XXXXXX")
trap 'rm -rf "$work"' EXIT
mkdir "$work/blocks" "$work/empty"

# blocks/N.sh is a block to run, blocks/N.want what it prints.
awk -v dir="$work/blocks" '
  /^```sh$/ { to = dir "/" ++n ".sh"; print NR + 1 >(dir "/" n ".line"); next }
  /^```output$/ { if (!n) exit 1; to = dir "/" n ".want"; next }
  /^```/ { to = "" }
  to { print >to }
  END { print n + 0 >(dir "/count") }' "$page"
count=$(cat "$work/blocks/count")
[ "$count" -gt 0 ] || { echo "$page has no sh block"; exit 1; }

run_blocks() {
  i=0
  while [ $i -lt "$count" ]; do
    i=$((i + 1))
    echo "$i" >"$work/current"
    # shellcheck source=/dev/null
    . "$work/blocks/$i.sh" >"$work/blocks/$i.got" 2>&1
  done
  echo end >"$work/current"
}

unset ATTUNE_HOME ATTUNE_LOG DATABASE_URL
export PATH="$attune_dir:$PATH" LC_ALL=C.UTF-8 ATTUNE_THREADS=2
if [ -n "$root" ]; then
  libdir=$(dirname "$(find "$root" -name attune.pc | head -n 1)")
  export PKG_CONFIG_PATH="$libdir" PKG_CONFIG_SYSROOT_DIR="$root" LD_LIBRARY_PATH="${libdir%/pkgconfig}"
fi
code=0
(cd "$work/empty" && set -eu && run_blocks) </dev/null || code=$?
at=$(cat "$work/current")
if [ "$at" != end ]; then
  echo "${page##*/}, line $(cat "$work/blocks/$at.line"): the block ended with code $code and printed"
  cat "$work/blocks/$at.got"
  exit 1
fi

loose() {
  sed -E 's/[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?Z?)?/DATE/g
    s/[0-9]+(\.[0-9]+)? %/PERCENT/g; s/[0-9]+\.[0-9]+(e-?[0-9]+)?/NUMBER/g; s/\[#*\.*\]/BAR/g
    s/[[:blank:]]+/ /g; s/^ //; s/ $//' "$1"
}

bad=0
for want in "$work"/blocks/*.want; do
  [ -f "$want" ] || continue
  block=${want%.want}
  loose "$want" >"$work/want"
  loose "$block.got" >"$work/got"
  awk '
    function holds(line, pattern,  n, part, i, at) {
      n = split(pattern, part, /\.\.\.+/)
      if (n < 2) return line == pattern
      if (substr(line, 1, length(part[1])) != part[1]) return 0
      line = substr(line, length(part[1]) + 1)
      for (i = 2; i < n; i++) {
        if (!(at = index(line, part[i])) && part[i] != "") return 0
        if (part[i] != "") line = substr(line, at + length(part[i]))
      }
      return length(line) >= length(part[n]) && substr(line, length(line) - length(part[n]) + 1) == part[n]
    }
    NR == FNR { got[++n] = $0; next }
    $0 == "" || $0 == "..." { next }
    { from = at; while (++at <= n && !holds(got[at], $0)); if (at > n) { print "not printed: " $0; at = from; bad = 1 } }
    END { exit bad }' "$work/got" "$work/want" || {
    echo "${page##*/}, line $(cat "$block.line"): the block printed"
    cat "$block.got"
    bad=1
  }
done
exit $bad
