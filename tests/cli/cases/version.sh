run attune --version
json attune version --output json
want "attune $(attune --version | cut -d' ' -f2)" attune version
