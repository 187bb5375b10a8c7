# How every file of oncelog is compiled: the target oncelog_compile carries it to all others.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_CXX_SCAN_FOR_MODULES OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
# The build type's own flags; NDEBUG changes nothing of ours (Check stays on), only libraries'.
set(CMAKE_CXX_FLAGS_RELEASE "-O3 -DNDEBUG -g1")
set(CMAKE_CXX_FLAGS_DEBUG "-O1 -g -D_GLIBCXX_ASSERTIONS")

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()

find_program(ONCELOG_CCACHE ccache)
if(ONCELOG_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_C_COMPILER_LAUNCHER "${ONCELOG_CCACHE}")
  set(CMAKE_CXX_COMPILER_LAUNCHER "${ONCELOG_CCACHE}")
endif()

add_library(oncelog_compile INTERFACE)
target_include_directories(oncelog_compile INTERFACE "${CMAKE_SOURCE_DIR}/src")
target_compile_definitions(oncelog_compile INTERFACE ONCELOG_VERSION="${PROJECT_VERSION}")
target_compile_options(oncelog_compile INTERFACE
  -Wall -Wextra -Wshadow -Wconversion -Wnon-virtual-dtor -Wimplicit-fallthrough
  # Sizes from the network and from disk are checked where they enter; signedness alone is noise.
  -Wno-sign-conversion)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # These two of GCC 12 see ghosts in std::string and std::variant once they are inlined, and
  # designated initialisers leave members to their defaults on purpose.
  target_compile_options(oncelog_compile INTERFACE
    -Wno-missing-field-initializers -Wno-maybe-uninitialized -Wno-restrict)
else()
  target_compile_options(oncelog_compile INTERFACE -Wno-missing-field-initializers)
endif()
if(ONCELOG_WERROR)
  target_compile_options(oncelog_compile INTERFACE -Werror)
endif()
# One binary for every x86-64 machine since about 2009 (SSE4.2, POPCNT: hardware CRC32C).
# Nothing is tuned to the machine that builds it, so that the binary runs elsewhere.
if(ONCELOG_X86_64_V2 AND CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  target_compile_options(oncelog_compile INTERFACE -march=x86-64-v2)
endif()
# The same sources give the same bytes in whatever folder they are built: paths are kept from the
# repository's root on. (Not for coverage, whose reports need to find the files.)
if(NOT CMAKE_CXX_FLAGS MATCHES "coverage")
  target_compile_options(oncelog_compile INTERFACE "-ffile-prefix-map=${CMAKE_SOURCE_DIR}/=")
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    target_compile_options(oncelog_compile INTERFACE "-fdebug-prefix-map=${CMAKE_BINARY_DIR}=.")
  else()
    target_compile_options(oncelog_compile INTERFACE -ffile-compilation-dir=.)
  endif()
endif()
