# The main job from an empty folder to an answer, as a newcomer types it.
awk -v n=120 -f "$cases/../fans.awk" >fans.jsonl
awk -v n=130 -f "$cases/../fans.awk" | tail -10 >new.jsonl
head -3 fans.jsonl >bad.jsonl
printf '%s\n' '{"fan_id":"x","messages":[1]}' '{"fan_id":"cut' >>bad.jsonl
run attune status
run attune init
run attune init
runn attune status
run attune predict new.jsonl
runn attune import --dry-run bad.jsonl
runn attune import bad.jsonl
runn attune import fans.jsonl
runn attune import fans.jsonl
runn attune check
runn attune train
want "not trained: champion version 1" attune train
runn attune train --force --verbose
runn attune status
runn attune models list
runn attune models list engagement
want "aliases: champion" attune models show personality
want "aliases: previous" attune models show personality v0001
runn attune models compare personality 1 2
runn attune models rollback personality --reason "a test"
runn attune models promote personality 2 --reason "a test"
run attune models verify
run attune models delete personality 1
run attune models show personality 77
runn attune evaluate --model-type engagement
want "left out" attune evaluate --on fans.jsonl --model-type personality --verbose
want "cross-validated" attune evaluate --on cv --model-type personality
want "personality" attune predict --fan f1 --output text
want "personality" attune --output text predict new.jsonl
run attune predict --fan nobody
runn attune fan show f0
want '"fan_id": "f1"' attune fan export f1
want "ml.min_confidence" attune config show
want "option" attune config show --origin --set ml.min_confidence=0.7
want "Everything is in order." attune doctor
runn attune fit --data fans.jsonl --label personality --save mood --kind forest --n-estimators 20
want "personality" attune --output text apply --model mood new.jsonl
