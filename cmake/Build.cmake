# Warnings, language level, sanitizers, coverage.
set(ATTUNE_SANITIZE "" CACHE STRING "address,undefined or thread")
option(ATTUNE_COVERAGE "Count lines and branches (gcc)" OFF)
option(ATTUNE_FUZZ "Build libFuzzer targets (clang only)" OFF)
option(ATTUNE_SHARED "Build the shared library too" ON)
option(ATTUNE_WERROR "Warnings are errors" ON)

# Include directories, warnings and flags of one of our own targets.
function(attune_target target)
  target_compile_features(${target} PUBLIC c_std_17)
  set_target_properties(${target} PROPERTIES C_EXTENSIONS OFF C_VISIBILITY_PRESET hidden POSITION_INDEPENDENT_CODE ON)
  target_compile_definitions(${target} PRIVATE _POSIX_C_SOURCE=200809L)
  target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/src)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wstrict-prototypes
    -Wmissing-prototypes -Wvla -Wpointer-arith -Wcast-qual -Wwrite-strings
    # the same sums on every machine: no multiply-add that rounds once instead of twice
    -ffp-contract=off)
  if(ATTUNE_WERROR)
    target_compile_options(${target} PRIVATE -Werror)
  endif()
  if(ATTUNE_SANITIZE)
    target_compile_options(${target} PRIVATE -fsanitize=${ATTUNE_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
    target_link_options(${target} PUBLIC -fsanitize=${ATTUNE_SANITIZE})
    if(CMAKE_C_COMPILER_ID STREQUAL "GNU")
      # what these say depends on the optimiser, which instrumentation confuses; release has them
      target_compile_options(${target} PRIVATE -Wno-maybe-uninitialized -Wno-format-truncation)
    endif()
  endif()
  if(ATTUNE_FUZZ)
    target_compile_options(${target} PRIVATE -fsanitize=fuzzer-no-link)
  endif()
  if(ATTUNE_COVERAGE)
    target_compile_options(${target} PRIVATE --coverage -fprofile-update=atomic)
    target_link_options(${target} PUBLIC --coverage)
  endif()
endfunction()
