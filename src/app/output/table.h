// Table: aligned columns of text for a terminal.
//
//   Table table({{"topic"}, {"events", Align::kRight}});
//   table.Add({"sensor.temp", "1,234"});
//   table.Print(console.out, console.colours());
//
// Cells are UTF-8; a code point counts as one column. Control characters, which could play tricks
// on a terminal, are shown as '?'. Without a single title no head line is printed.
// Threads: one at a time.
#pragma once

#include <ostream>
#include <string>
#include <vector>

namespace oncelog::app {

enum class Align { kLeft, kRight };

struct Column {
  std::string title;
  Align align = Align::kLeft;
};

class Table {
 public:
  explicit Table(std::vector<Column> columns);
  void Add(std::vector<std::string> cells);  // as many as there are columns
  void Print(std::ostream& out, bool colours) const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

// `text` without anything that a terminal would act on.
std::string ForTerminal(const std::string& text);

}  // namespace oncelog::app
