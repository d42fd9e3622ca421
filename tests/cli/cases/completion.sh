# The scripts parse in their shells, and bash offers what the tables say.
attune completion bash >bash.sh && bash -n bash.sh && echo "bash parses"
if command -v zsh >/dev/null; then attune completion zsh >zsh.sh && zsh -n zsh.sh || echo "zsh does not parse"; fi
if command -v fish >/dev/null; then attune completion fish >for_fish.sh && fish -n for_fish.sh || echo "fish does not parse"; fi
json attune completion bash --output json
offer() {
    echo "? $*"
    bash -c '. ./bash.sh; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _attune; printf "%s\n" "${COMPREPLY[@]}"' offer attune "$@" | sort | head -5
}
touch file1.jsonl file2.jsonl
offer tr
offer models pro
offer models promote --over
offer --output ""
offer import fi
offer train --forc
offer --home x st
offer completion ""
if command -v fish >/dev/null; then
    fish -c 'source for_fish.sh; complete -C "attune models promo"' | grep -q '^promote' || echo "fish does not offer promote"
fi
