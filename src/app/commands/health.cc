#include "app/commands/health.h"

#include <CLI/CLI.hpp>

#include "app/output/table.h"

namespace oncelog::app {

void HealthCommand::Declare(CLI::App& app) {
  url_.Declare(app);
  app.add_option("--for", purpose_, "what it must be able to do: read (default) or publish")
      ->type_name("PURPOSE")
      ->check(CLI::IsMember({"read", "publish"}).description(""));
  app.footer(
      "Exit code 0 if the server is ready, 1 if it is not or cannot be reached.\n"
      "\n"
      "Examples:\n"
      "  oncelog health\n"
      "  until oncelog health --for publish; do sleep 1; done");
}

int HealthCommand::Run(Console& console) {
  Result<Connection> server = url_.Connect(console);
  if (!server.ok()) return console.FailUsage(server.error().message());
  const Result<Json> ready = server->GetJson(Target("/readyz", {{"for", purpose_}}));
  if (!ready.ok()) return console.Fail(ForTerminal(ready.error().message()));
  if (ready->Text("status") != "ok") return console.Fail(kNotOncelog);
  console.out << "ready to " << purpose_ << "\n";
  return kExitOk;
}

}  // namespace oncelog::app
