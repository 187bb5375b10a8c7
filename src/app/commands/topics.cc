#include "app/commands/topics.h"

#include <CLI/CLI.hpp>

#include "app/output/numbers.h"
#include "app/output/table.h"

namespace oncelog::app {
namespace {

constexpr size_t kNameColumns = 60;

void AddRow(const Json& topic, Table* table) {
  table->Add({NameForTable(topic.Text("topic"), kNameColumns), Grouped(topic.Count("events")),
              Grouped(topic.Count("duplicates")), Grouped(topic.Count("conflicts")),
              MiB(topic.Count("bytes")), topic.Text("last_received_at")});
}

}  // namespace

void TopicsCommand::Declare(CLI::App& app) {
  url_.Declare(app);
  app.add_option("--prefix", prefix_, "only topics that start like this")->type_name("TEXT");
  app.add_flag("--json", json_, "print the server's answers as they are, one page a line");
  app.footer(
      "A name is cut after 60 characters, and stands in quotes if it could be misread; --json has\n"
      "it whole.\n"
      "\n"
      "Examples:\n"
      "  oncelog topics\n"
      "  oncelog topics --prefix sensor. --json");
}

int TopicsCommand::Run(Console& console) {
  Result<Connection> server = url_.Connect(console);
  if (!server.ok()) return console.FailUsage(server.error().message());
  Table table({{"topic"},
               {"events", Align::kRight},
               {"duplicates", Align::kRight},
               {"conflicts", Align::kRight},
               {"size", Align::kRight},
               {"last received"}});
  uint64_t topics = 0;
  std::string after;
  for (bool has_more = true; has_more;) {
    const Result<std::string> body =
        server->Get(Target("/topics", {{"prefix", prefix_}, {"after", after}}));
    if (!body.ok()) return console.Fail(ForTerminal(body.error().message()));
    const Result<Json> page = Json::Parse(*body);
    if (!page.ok() || (*page)["topics"].is_null()) return console.Fail(kNotOncelog);
    if (json_) console.out << console.Shown(*body);
    for (const Json& topic : (*page)["topics"].items()) AddRow(topic, &table);
    topics += (*page)["topics"].items().size();
    const std::string next = page->Text("next");
    has_more = (*page)["has_more"].is_true() && !next.empty() && next != after;
    after = next;
  }
  if (json_) return kExitOk;
  if (topics > 0) table.Print(console.out, console.colours());
  if (topics == 0 && prefix_.empty()) console.out << "no topics yet\n";
  if (topics == 0 && !prefix_.empty()) {
    console.out << "no topic begins with \"" << ForTerminal(prefix_) << "\"\n";
  }
  return kExitOk;
}

}  // namespace oncelog::app
