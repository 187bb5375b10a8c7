# The targets of oncelog: modules, tests, fuzz targets, benchmarks.

# One static library oncelog_<module> from src/<module>, linked with the modules named in its file
# DEPS (which tools/check_layers compares with the #includes) and with its third-party libraries.
function(oncelog_add_module module)
  set(folder "${CMAKE_SOURCE_DIR}/src/${module}")
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${folder}/DEPS")
  file(STRINGS "${folder}/DEPS" line LIMIT_COUNT 1)
  separate_arguments(deps UNIX_COMMAND "${line}")
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${folder}/*.cc")
  list(REMOVE_ITEM sources "${CMAKE_SOURCE_DIR}/src/app/main.cc")

  if(sources)
    add_library(oncelog_${module} STATIC ${sources})
    set(scope PUBLIC)
    set(third_party_scope PRIVATE)  # nobody else gets to know them
  else()
    add_library(oncelog_${module} INTERFACE)
    set(scope INTERFACE)
    set(third_party_scope INTERFACE)
  endif()
  target_link_libraries(oncelog_${module} ${scope} oncelog_compile)
  foreach(dep IN LISTS deps)
    target_link_libraries(oncelog_${module} ${scope} oncelog_${dep})
  endforeach()
  if(TARGET oncelog_third_party_${module})
    target_link_libraries(oncelog_${module} ${third_party_scope}
                          oncelog_third_party_${module})
  endif()
endfunction()

# oncelog_add_tests(<name> <label> <folder> <libraries…>): one GoogleTest executable of all *.cc
# under the folder, each TEST registered with CTest. Nothing if there are none.
function(oncelog_add_tests name label folder)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${folder}/*.cc")
  if(NOT sources)
    return()
  endif()
  add_executable(${name} ${sources})
  target_link_libraries(${name} PRIVATE ${ARGN} oncelog_test_support GTest::gmock GTest::gtest_main)
  target_include_directories(${name} PRIVATE "${CMAKE_SOURCE_DIR}")
  add_dependencies(tests ${name})
  gtest_discover_tests(${name} TEST_PREFIX "${label}/" DISCOVERY_TIMEOUT 60
                       PROPERTIES LABELS ${label} TIMEOUT 300)
endfunction()

# oncelog_add_fuzz_target(<file> <libraries…>): libFuzzer under the fuzz preset; elsewhere an
# ordinary test that replays tests/fuzz/corpus/<name>.
function(oncelog_add_fuzz_target file)
  get_filename_component(name "${file}" NAME_WE)
  set(corpus "${CMAKE_SOURCE_DIR}/tests/fuzz/corpus/${name}")
  add_executable(${name} "${file}")
  target_link_libraries(${name} PRIVATE ${ARGN})
  target_include_directories(${name} PRIVATE "${CMAKE_SOURCE_DIR}")
  add_dependencies(tests ${name})
  if(ONCELOG_LIBFUZZER)
    target_link_options(${name} PRIVATE -fsanitize=fuzzer)
  else()
    target_sources(${name} PRIVATE "${CMAKE_SOURCE_DIR}/tests/support/replay_main.cc")
    add_test(NAME fuzz/${name} COMMAND ${name} "${corpus}")
    set_tests_properties(fuzz/${name} PROPERTIES LABELS unit TIMEOUT 300)
  endif()
endfunction()

# Each bench/*.cc is an executable of its own.
function(oncelog_add_benchmarks folder)
  file(GLOB sources CONFIGURE_DEPENDS "${folder}/*.cc")
  foreach(file IN LISTS sources)
    get_filename_component(name "${file}" NAME_WE)
    add_executable(${name} "${file}")
    target_link_libraries(${name} PRIVATE ${ARGN})
    target_include_directories(${name} PRIVATE "${CMAKE_SOURCE_DIR}")
    add_dependencies(benchmarks ${name})
  endforeach()
endfunction()
