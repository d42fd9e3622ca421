# The first steps of a newcomer without data.
run attune init
runn attune demo --fans 120
runn attune demo --fans 120
want "promoted" attune train
want "personality" attune predict --fan demo-000001
json attune demo --fans 5 --output json
run attune demo --languages klingon
