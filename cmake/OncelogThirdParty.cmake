# Other people's libraries, from Debian 12 packages, found only where a module uses them.
# oncelog_third_party_<module> is an INTERFACE library with what that module needs.

find_package(Threads REQUIRED)
find_package(simdjson REQUIRED)
find_package(Boost 1.81 REQUIRED)  # headers only: Asio and Beast
find_package(ZLIB REQUIRED)
find_package(zstd REQUIRED)
find_package(CLI11 REQUIRED)
find_package(tomlplusplus REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
# Only the core of prometheus-cpp: its CMake package wants libraries for parts that are not used.
find_path(ONCELOG_PROMETHEUS_INCLUDE prometheus/text_serializer.h REQUIRED)
find_library(ONCELOG_PROMETHEUS_CORE prometheus-cpp-core REQUIRED)
find_path(ONCELOG_XXHASH_INCLUDE xxhash.h REQUIRED)  # used as a header (XXH_INLINE_ALL)

function(oncelog_third_party module)
  add_library(oncelog_third_party_${module} INTERFACE)
  target_link_libraries(oncelog_third_party_${module} INTERFACE ${ARGN})
endfunction()

add_library(oncelog_xxhash INTERFACE)
target_include_directories(oncelog_xxhash SYSTEM INTERFACE "${ONCELOG_XXHASH_INCLUDE}")

# Asio asks for these: one executor type (smaller, faster code) and no deprecated parts.
add_library(oncelog_beast INTERFACE)
target_link_libraries(oncelog_beast INTERFACE Boost::headers Threads::Threads)
target_compile_definitions(oncelog_beast INTERFACE BOOST_ASIO_NO_DEPRECATED)

add_library(oncelog_prometheus INTERFACE)
target_include_directories(oncelog_prometheus SYSTEM INTERFACE "${ONCELOG_PROMETHEUS_INCLUDE}")
target_link_libraries(oncelog_prometheus INTERFACE "${ONCELOG_PROMETHEUS_CORE}")

oncelog_third_party(base oncelog_xxhash)
oncelog_third_party(metrics oncelog_prometheus)
oncelog_third_party(event simdjson::simdjson oncelog_xxhash)
oncelog_third_party(store zstd::libzstd_shared Threads::Threads)
oncelog_third_party(ingest Threads::Threads)
oncelog_third_party(net oncelog_beast)
oncelog_third_party(api ZLIB::ZLIB zstd::libzstd_shared)
oncelog_third_party(app CLI11::CLI11 tomlplusplus::tomlplusplus spdlog::spdlog fmt::fmt
                    Threads::Threads)
