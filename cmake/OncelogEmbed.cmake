# Text files that become part of the program.

# oncelog_embed_text(<target> <file> <header> <function>): compiles `std::string_view <function>()`
# of namespace oncelog::api, which <header> declares, with the text of the file.
function(oncelog_embed_text target file header function)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${file}")
  file(READ "${file}" text)
  get_filename_component(name "${file}" NAME)
  set(generated "${CMAKE_BINARY_DIR}/embedded/${name}.cc")
  configure_file("${CMAKE_SOURCE_DIR}/cmake/embedded_text.cc.in" "${generated}" @ONLY)
  target_sources(${target} PRIVATE "${generated}")
endfunction()
