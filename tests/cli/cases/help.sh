# Help goes to standard output, exists for every command, and fits a terminal.
run attune --help
run attune models --help
run attune help models promote
json attune help train --output json
for command in $(attune help | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p'); do
    attune "$command" --help >long || echo "$command: no help"
    attune help "$command" | cmp - long
    awk -v c="$command" 'length($0) > 80 { print c ": too long: " $0 }' long
done
