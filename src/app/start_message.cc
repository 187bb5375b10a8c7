#include "app/start_message.h"

#include "app/output/numbers.h"

namespace oncelog::app {
namespace {

// An address a client on this machine can use.
HostPort Reachable(HostPort address) {
  if (address.IsWildcard()) address.host = address.host == "::" ? "::1" : "127.0.0.1";
  return address;
}

std::string Found(const ingest::OpenReport& opened) {
  if (opened.events == 0) return "none yet";
  std::string found = Grouped(opened.events) + " in " + Plural(opened.topics, "topic");
  if (opened.replayed_events > 0) {
    found += "; " + Grouped(opened.replayed_events) + " replayed from the log";
  }
  return found;
}

}  // namespace

std::string StartMessage(std::string_view version, const HostPort& address,
                         const std::string& data_directory, const ingest::OpenReport& opened) {
  const std::string url = "http://" + address.ToString();
  std::string text = "oncelog " + std::string(version) + "  " + url + "\n";
  text += "  data    " + data_directory + "\n";
  text += "  sync    every answer after fdatasync\n";
  text += "  events  " + Found(opened) + "\n";
  if (!opened.torn_file.empty()) {
    text += "  torn    " + Plural(opened.torn_bytes, "byte") +
            " of a write that was cut off and never answered, saved in " + opened.torn_file + "\n";
  }
  text += "  try it  curl -H 'Content-Type: application/json' http://" +
          Reachable(address).ToString() +
          R"(/publish -d '{"topic":"demo","event_id":"1","timestamp":"2025-10-22T10:00:00Z",)" +
          R"("source":"curl","payload":{"hello":"world"}}')" + "\n";
  return text;
}

}  // namespace oncelog::app
