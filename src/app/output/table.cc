#include "app/output/table.h"

#include <algorithm>
#include <array>

#include "app/output/terminal.h"
#include "base/check.h"

namespace oncelog::app {
namespace {

constexpr const char* kBold = "\x1b[1m";
constexpr const char* kPlain = "\x1b[0m";

bool Continues(char byte) { return (static_cast<unsigned char>(byte) & 0xc0) == 0x80; }

size_t Width(const std::string& text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return !Continues(c); }));
}

std::string Line(const std::vector<Column>& columns, const std::vector<std::string>& cells,
                 const std::vector<size_t>& widths) {
  std::string line;
  for (size_t i = 0; i < cells.size(); ++i) {
    if (i > 0) line += "  ";
    const std::string padding(widths[i] - Width(cells[i]), ' ');
    line += columns[i].align == Align::kRight ? padding + cells[i] : cells[i] + padding;
  }
  line.erase(line.find_last_not_of(' ') + 1);
  return line;
}

}  // namespace

Table::Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

void Table::Add(std::vector<std::string> cells) {
  Check(cells.size() == columns_.size(), "a row has a cell for each column");
  for (std::string& cell : cells) cell = ForTerminal(cell);
  rows_.push_back(std::move(cells));
}

void Table::Print(std::ostream& out, bool colours) const {
  std::vector<std::string> titles;
  std::vector<size_t> widths;
  for (const Column& column : columns_) {
    titles.push_back(column.title);
    widths.push_back(Width(column.title));
  }
  for (const std::vector<std::string>& row : rows_) {
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], Width(row[i]));
  }
  const bool has_head =
      std::any_of(titles.begin(), titles.end(), [](const auto& title) { return !title.empty(); });
  if (has_head) {
    out << (colours ? kBold : "") << Line(columns_, titles, widths) << (colours ? kPlain : "")
        << "\n";
  }
  for (const std::vector<std::string>& row : rows_) out << Line(columns_, row, widths) << "\n";
}

std::string NameForTable(const std::string& name, size_t columns) {
  size_t end = 0;
  for (size_t width = 0; end < name.size(); ++end) {
    if (!Continues(name[end]) && ++width > columns) break;
  }
  std::string shown = name.substr(0, end);
  if (end < name.size()) shown += "…";
  // The last three begin blanks that are no spaces, such as U+00A0, U+200B and U+3000.
  constexpr std::array<const char*, 5> kOdd = {"  ", "\"", "\xc2\xa0", "\xe2\x80", "\xe3\x80\x80"};
  const bool odd = name.empty() || name.front() == ' ' || name.back() == ' ' ||
                   std::any_of(kOdd.begin(), kOdd.end(), [&](const char* part) {
                     return name.find(part) != std::string::npos;
                   });
  return odd ? '"' + shown + '"' : shown;
}

std::string ForTerminal(const std::string& text) {
  std::string safe;
  for (size_t i = 0; i < text.size();) {
    const TerminalTrick trick = TrickAt(text, i);
    safe += trick.bytes == 0 ? text[i] : '?';
    i += std::max<size_t>(trick.bytes, 1);
  }
  return safe;
}

}  // namespace oncelog::app
