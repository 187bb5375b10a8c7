#include "app/commands/topics.h"

#include <CLI/CLI.hpp>

#include "app/output/numbers.h"
#include "app/output/table.h"

namespace oncelog::app {
namespace {

void AddRow(const Json& topic, Table* table) {
  table->Add({topic.Text("topic"), Grouped(topic.Count("events")),
              Grouped(topic.Count("duplicates")), Grouped(topic.Count("conflicts")),
              MiB(topic.Count("bytes")), topic.Text("last_received_at")});
}

}  // namespace

void TopicsCommand::Declare(CLI::App& app) {
  url_.Declare(app);
  app.add_option("--prefix", prefix_, "only topics that start like this")->type_name("TEXT");
  app.add_flag("--json", json_, "print the server's answers as they are, one page a line");
  app.footer(
      "Examples:\n"
      "  oncelog topics\n"
      "  oncelog topics --prefix sensor. --json");
}

int TopicsCommand::Run(Console& console) {
  Result<Connection> server = url_.Connect(console);
  if (!server.ok()) return console.FailUsage(server.error().message());
  Table table({{"topic"},
               {"events", Align::kRight},
               {"dropped", Align::kRight},
               {"of them conflicts", Align::kRight},
               {"size", Align::kRight},
               {"last received"}});
  uint64_t topics = 0;
  std::string after;
  for (bool has_more = true; has_more;) {
    const Result<std::string> body =
        server->Get(Target("/topics", {{"prefix", prefix_}, {"after", after}}));
    if (!body.ok()) return console.Fail(body.error().message());
    const Result<Json> page = Json::Parse(*body);
    if (!page.ok())
      return console.Fail("the answer is not JSON; is an oncelog server at that URL?");
    if (json_) console.out << *body;
    for (const Json& topic : (*page)["topics"].items()) AddRow(topic, &table);
    topics += (*page)["topics"].items().size();
    const std::string next = page->Text("next");
    has_more = (*page)["has_more"].is_true() && !next.empty() && next != after;
    after = next;
  }
  if (json_) return kExitOk;
  if (topics > 0) table.Print(console.out, console.colours());
  if (topics == 0) console.out << "no topics yet\n";
  return kExitOk;
}

}  // namespace oncelog::app
