#!/bin/sh
# run.sh ATTUNE CASE.sh: runs a script of commands in an empty folder and compares what they print
# with CASE.out. UPDATE=1 writes CASE.out instead.
#
# A case is plain shell with these words:
#   run COMMAND...    shows the command, its standard output, its standard error (after "! ") and,
#                     unless it is 0, its exit code
#   runn COMMAND...   the same with every number shown as N and a line break kept; lines of which
#                     the data decides how many there are (bars, points of a curve) are left out
#   json COMMAND...   standard output must be one JSON document (python3 reads it); shows the code
#   lines COMMAND...  the same for JSON Lines; shows how many
#   want TEXT COMMAND...   standard output or error must contain TEXT
# A case that cannot run here prints "skip: REASON" through skip.
set -u
attune_dir=$(cd "$(dirname "$1")" && pwd)
case_file=$(cd "$(dirname "$2")" && pwd)/$(basename "$2")
golden=${case_file%.sh}.out
work=$(mktemp -d "${TMPDIR:-/tmp}/attune-cli.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
PATH=$attune_dir:$PATH
# shellcheck disable=SC2034 # the cases use it
cases=$(dirname "$case_file")
python=$(command -v /usr/bin/python3 || command -v python3 || :)
export PATH
unset ATTUNE_HOME ATTUNE_LOG ATTUNE_THREADS DATABASE_URL NO_COLOR
export ATTUNE_THREADS=2 LC_ALL=C.UTF-8 TERM=xterm
mkdir "$work/home" && cd "$work/home" || exit 1

show() {
    cat "$work/stdout"
    sed 's/^/! /' "$work/stderr"
    if [ "$code" -ne 0 ]; then echo "exit $code"; fi
}
call() {
    code=0
    "$@" >"$work/stdout" 2>"$work/stderr" </dev/null || code=$?
}
run() { echo "\$ $*"; call "$@"; show; }
runn() { echo "\$ $*"; call "$@"; show | sed -E 's/[-+]?[0-9]+([.,][0-9]+)*/N/g; s/ +N/ N/g
    s/\[[#.]+\]/[BAR]/; /^ *N N N +[#.]*\|[#.]*$/d; /^  the surest /d; s/^(kinds|features) +.*/\1 .../
    s/^(  confidence  calibrated by temperature N: ).*/\1.../; /^! attune: linear: /d'; }
json() {
    echo "\$ $*"
    call "$@"
    if [ -n "$python" ] && ! "$python" -c 'import json,sys; json.load(sys.stdin)' <"$work/stdout" 2>"$work/why"; then
        echo "not one JSON document: $(tail -1 "$work/why")"
    fi
    if [ "$code" -ne 0 ]; then echo "exit $code"; fi
}
lines() {
    echo "\$ $*"
    call "$@"
    if [ -n "$python" ] && ! "$python" -c 'import json,sys; [json.loads(l) for l in sys.stdin]' <"$work/stdout" 2>"$work/why"; then
        echo "not JSON Lines: $(tail -1 "$work/why")"
    fi
    echo "$(wc -l <"$work/stdout" | tr -d ' ') lines"
    if [ "$code" -ne 0 ]; then echo "exit $code"; fi
}
want() {
    text=$1
    shift
    echo "\$ $*"
    call "$@"
    if grep -qF -e "$text" "$work/stdout" "$work/stderr"; then echo "has: $text"; else echo "lacks: $text"; show; fi
    if [ "$code" -ne 0 ]; then echo "exit $code"; fi
}
skip() { echo "skip: $1" >"$work/skip"; exit 0; }

# shellcheck source=/dev/null
(. "$case_file") >"$work/got" 2>&1
if [ -f "$work/skip" ]; then cat "$work/skip"; exit 77; fi
sed "s|$work|WORK|g" "$work/got" >"$work/clean"
if [ "${UPDATE:-0}" = 1 ]; then
    cp "$work/clean" "$golden"
    exit 0
fi
diff -u "$golden" "$work/clean"
