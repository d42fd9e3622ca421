# Full disks and readers that go away; colours and bars on terminals only.
awk -v n=120 -f "$cases/../fans.awk" >fans.jsonl
echo '$ attune version >/dev/full'
attune version >/dev/full
echo "exit $?"
echo '$ attune help | head -1'
attune help | head -1
attune init >/dev/null
attune import fans.jsonl >/dev/null
attune train >out 2>err
echo "without a terminal"
grep -l "$(printf '\033')" out err
grep -l "$(printf '\r')" out err
echo '$ attune predict fans.jsonl >/dev/full'
attune predict fans.jsonl >/dev/full
echo "exit $?"
echo '$ attune predict fans.jsonl | head -1'
(attune predict fans.jsonl; echo "exit $?" >code) | head -1 | wc -l | tr -d ' '
cat code
bold=$(printf '\033')'\[1m'
at_terminal() { script -qec "$1" /dev/null </dev/null; }
if at_terminal true >/dev/null 2>&1; then
    at_terminal "attune help" | grep -q "$bold" || echo "no colours on a terminal"
    at_terminal "env NO_COLOR=1 attune help" | grep -q "$bold" && echo "colours in spite of NO_COLOR"
    at_terminal "env TERM=dumb attune help" | grep -q "$bold" && echo "colours on a dumb terminal"
    at_terminal "attune train --force --models forest --n-estimators 20" | grep -qF "[###" || echo "no bar"
    at_terminal "attune train --force --models forest --n-estimators 20 --quiet" | grep -qF "[###" && echo "a bar in spite of --quiet"
fi
echo "interrupted"
attune train --force --models forest --n-estimators 100000 2>err >/dev/null &
pid=$!
sleep 1
kill -INT $pid
wait $pid
echo "exit $?"
cat err
