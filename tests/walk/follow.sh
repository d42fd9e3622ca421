#!/bin/sh
# Follows a how-to literally: copies the tree, runs every ```sh block of the page in it, in one shell
# for all; the last line printed must hold EXPECT: follow.sh PAGE SOURCE_DIR WORK_DIR EXPECT
set -eu
page=$1 source=$2 work=$3 expect=$4
rm -rf "$work"
mkdir -p "$work"
(cd "$source" && tar cf - --exclude=./build --exclude=./.git --exclude='./attune-data*' .) | tar xf - -C "$work"
awk '/^```sh$/ { on = 1; next } /^```$/ { on = 0 } on' "$source/$page" >"$work/commands.sh"
[ -s "$work/commands.sh" ] || { echo "no sh block in $page"; exit 1; }
cd "$work"
if ! sh -eu ./commands.sh >walk.log 2>&1 || ! tail -n 1 walk.log | grep -qF "$expect"; then
  tail -n 60 walk.log
  exit 1
fi
tail -n 1 walk.log
