#include "app/commands/erase.h"

#include <CLI/CLI.hpp>

#include "app/output/table.h"

namespace oncelog::app {

void EraseCommand::Declare(CLI::App& app) {
  url_.Declare(app);
  app.add_option("TOPIC", topic_, "the event's topic")->required();
  app.add_option("EVENT_ID", event_id_, "its event_id")->required();
  app.add_flag("--json", json_, "print the server's receipt as it is");
  app.footer(
      "The event cannot be read any more, for good. Its id stays known: publishing it again is a\n"
      "duplicate. Its bytes leave the disk by the time that is printed. Safe to repeat.\n"
      "\n"
      "Examples:\n"
      "  oncelog erase sensor.temp evt_001\n"
      "  oncelog erase sensor.temp evt_001 --json | jq -r .bytes_gone_by");
}

int EraseCommand::Run(Console& console) {
  Result<Connection> server = url_.Connect(console);
  if (!server.ok()) return console.FailUsage(server.error().message());
  ClientRequest request = JsonRequest(PathOf({"events", topic_, event_id_}));
  request.method = "DELETE";
  const Result<std::string> body = BodyOf(server->Send(request), server->url());
  if (!body.ok()) return console.Fail(ForTerminal(body.error().message()));
  const Result<Json> receipt = Json::Parse(*body);
  if (!receipt.ok() || (*receipt)["sequence"].is_null()) return console.Fail(kNotOncelog);
  if (json_) {
    console.out << console.Shown(*body);
    return kExitOk;
  }
  const bool before = receipt->Text("status") == "already_gone";
  console.out << "sequence " << receipt->Count("sequence") << " of " << ForTerminal(topic_)
              << (before ? " had gone before" : " is erased");
  if ((*receipt)["bytes_gone_by"].is_null()) {
    console.out << "; its bytes stay on the disk, as the server does not seal its log\n";
  } else {
    console.out << "; its bytes leave the disk by " << receipt->Text("bytes_gone_by") << "\n";
  }
  return kExitOk;
}

}  // namespace oncelog::app
