# attune_embed(TARGET symbol file): the bytes of a file as `const unsigned char symbol[]` and
# `const size_t symbol_size`, NUL-terminated (the NUL is not counted).
function(attune_embed target symbol file)
  set(out ${CMAKE_CURRENT_BINARY_DIR}/${symbol}.embed.c)
  add_custom_command(OUTPUT ${out}
    COMMAND ${CMAKE_COMMAND} -DIN=${file} -DOUT=${out} -DSYMBOL=${symbol} -P ${PROJECT_SOURCE_DIR}/cmake/EmbedScript.cmake
    DEPENDS ${file} ${PROJECT_SOURCE_DIR}/cmake/EmbedScript.cmake VERBATIM)
  # the target may belong to another folder, which does not see this folder's commands by itself
  add_custom_target(${symbol}_embed DEPENDS ${out})
  add_dependencies(${target} ${symbol}_embed)
  set_source_files_properties(${out} TARGET_DIRECTORY ${target} PROPERTIES GENERATED ON)
  target_sources(${target} PRIVATE ${out})
endfunction()
