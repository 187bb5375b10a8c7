#include "app/test_parts.h"

#include <chrono>

namespace oncelog::app {

void UseTestParts(uint64_t entries, ingest::EngineOptions* options) {
  options->index.table_entries_max = entries;
  options->log_file_bytes_min = options->log_file_bytes_max = entries << 10;
  options->sealing.group_bytes_max = entries << 10;
  options->retention_every = options->sealing.erase_within = std::chrono::milliseconds(100);
}

}  // namespace oncelog::app
