# Exit codes and the messages that the guide promises.
awk -v n=25 -f "$cases/../fans.awk" >few.jsonl
awk -v n=120 -f "$cases/../fans.awk" >fans.jsonl
attune init >/dev/null
attune import few.jsonl >/dev/null
run attune train
want '"status": "not_enough"' attune train --output json
runn attune check
attune import fans.jsonl >/dev/null
attune train >/dev/null
want "not promoted" attune train --force --models majority
run attune train --target nothing
run attune train --force --models nothing
run attune train --force --models majority --max-depth 3
run attune evaluate --model-type nothing
run attune fit --data fans.jsonl --label nothing
run attune fit --data fans.jsonl --label personality --kind nothing
run attune fit --data fans.jsonl --label personality --max-features -1
run attune apply --model nowhere fans.jsonl
run attune status --set ml.min_confidence=7
run attune status --set ml.min_confidenc=0.7
run attune status --config missing.json
printf 'not json\n' >broken.jsonl
run attune predict broken.jsonl
run attune import broken.jsonl
