# --output json: one document on standard output whatever happens, JSON Lines where there are many.
awk -v n=120 -f "$cases/../fans.awk" >fans.jsonl
json attune --output json status
json attune --output json init
json attune --output json import fans.jsonl
json attune --output json check
json attune --output json train --models forest --n-estimators 20
json attune --output json train
json attune --output json train --force --models majority
json attune --output json status
json attune --output json models list
json attune --output json models show personality
json attune --output json models compare personality 1 2
json attune --output json models promote personality 2
json attune --output json models verify
json attune --output json evaluate
json attune --output json fan show f1
json attune --output json fan show nobody
json attune --output json config show
json attune --output json doctor
json attune --output json help
json attune --output json version
json attune --output json fit --data fans.jsonl --label personality --save mood --kind forest --n-estimators 20
lines attune --output json apply --model mood fans.jsonl
lines attune apply --model mood fans.jsonl
lines attune predict fans.jsonl --explain
lines attune --output json predict --fan f1
lines attune --output json predict missing.jsonl
json attune --output json import missing.jsonl
json attune --output json nonsense
