// StartMessage: what `serve` prints once it is ready: where, what it found, and how to try it.
//
//   console.out << StartMessage("0.1.0", address, "data", opened);
//
// The first line is stable for scripts: `oncelog VERSION  URL`.
// Threads: pure function.
#pragma once

#include <string>
#include <string_view>

#include "app/config/host_port.h"
#include "ingest/engine.h"

namespace oncelog::app {

std::string StartMessage(std::string_view version, const HostPort& address,
                         const std::string& data_directory, const ingest::OpenReport& opened);

}  // namespace oncelog::app
