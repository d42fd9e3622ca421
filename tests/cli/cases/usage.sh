# What is wrong on a command line is said once, with what to do, and ends in exit code 2.
run attune
run attune tran
run attune train --forse
run attune train --max-featurs 3
run attune --force train
run attune train --seed
run attune train --threads many
run attune import
run attune status now
run attune status --verbose --quiet
run attune models
run attune models promot
run attune models show personality first
run attune predict a.jsonl --fan f1
run attune fit --data a.jsonl
run attune apply a.jsonl
run attune completion tcsh
run attune help nothing
run attune status --set nonsense
run attune --output json tran
run attune status --output xml
