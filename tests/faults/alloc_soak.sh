#!/usr/bin/env bash
# Every allocation of the main job fails once, under AddressSanitizer: about half an hour. See script/soak.
set -euo pipefail
cd "$(dirname "$0")/../.."
ATTUNE_ALLOC_FULL=1 "${ATTUNE_BUILD_DIR:-$PWD/build/asan}/bin/alloc_story_test"
