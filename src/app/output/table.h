// Table: aligned columns of text for a terminal.
//
//   Table table({{"topic"}, {"events", Align::kRight}});
//   table.Add({"sensor.temp", "1,234"});
//   table.Print(console.out, console.colours());
//
// Cells are UTF-8; a code point counts as one column. Control characters and those that turn the
// direction of writing become '?' (see terminal.h). Without a single title there is no head line.
// Threads: one at a time.
#pragma once

#include <cstddef>
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

// A name that somebody else chose, for a cell: cut behind `columns` characters, and in quotes if it
// begins or ends with a blank, holds two in a row or a quote, or is empty.
std::string NameForTable(const std::string& name, size_t columns);

}  // namespace oncelog::app
