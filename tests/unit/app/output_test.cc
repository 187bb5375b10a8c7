#include <gtest/gtest.h>

#include <sstream>

#include "app/output/numbers.h"
#include "app/output/table.h"

namespace oncelog::app {
namespace {

TEST(Numbers, AreGrouped) {
  EXPECT_EQ(Grouped(0), "0");
  EXPECT_EQ(Grouped(999), "999");
  EXPECT_EQ(Grouped(1000), "1,000");
  EXPECT_EQ(Grouped(123456), "123,456");
  EXPECT_EQ(Grouped(1234567), "1,234,567");
  EXPECT_EQ(Grouped(UINT64_MAX), "18,446,744,073,709,551,615");
}

TEST(Numbers, BytesAreMiB) {
  EXPECT_EQ(MiB(0), "0.0 MiB");
  EXPECT_EQ(MiB(1), "< 0.1 MiB");
  EXPECT_EQ(MiB(5 << 20), "5.0 MiB");
  EXPECT_EQ(MiB((5 << 20) + (1 << 19)), "5.5 MiB");
  EXPECT_EQ(MiB((2 << 20) - 1), "2.0 MiB");
  EXPECT_EQ(MiB(uint64_t{2048} << 20), "2,048.0 MiB");
  EXPECT_EQ(MiB(UINT64_MAX), "17,592,186,044,416.0 MiB");
}

TEST(Numbers, OneIsNotPlural) {
  EXPECT_EQ(Plural(1, "event"), "1 event");
  EXPECT_EQ(Plural(0, "event"), "0 events");
  EXPECT_EQ(Plural(2000, "event"), "2,000 events");
}

std::string Printed(const Table& table, bool colours = false) {
  std::ostringstream out;
  table.Print(out, colours);
  return out.str();
}

TEST(Table, AlignsItsColumns) {
  Table table({{"topic"}, {"events", Align::kRight}, {"last"}});
  table.Add({"sensor.temp", "1,234", "now"});
  table.Add({"a", "7", ""});
  EXPECT_EQ(Printed(table),
            "topic        events  last\n"
            "sensor.temp   1,234  now\n"
            "a                 7\n");
}

TEST(Table, CountsCharactersNotBytes) {
  Table table({{"a"}, {"b"}});
  table.Add({"käse", "1"});
  table.Add({"brot", "2"});
  EXPECT_EQ(Printed(table), "a     b\nkäse  1\nbrot  2\n");
}

TEST(Table, WithoutTitlesThereIsNoHead) {
  Table table({{""}, {"", Align::kRight}});
  table.Add({"accepted", "3"});
  EXPECT_EQ(Printed(table), "accepted  3\n");
}

TEST(Table, OnlyTheHeadIsBold) {
  Table table({{"a"}});
  table.Add({"x"});
  EXPECT_EQ(Printed(table, true), "\x1b[1ma\x1b[0m\nx\n");
}

TEST(Table, NamesAreCutAndQuotedWhereTheyCouldBeMisread) {
  EXPECT_EQ(NameForTable("sensor.temp", 11), "sensor.temp");
  EXPECT_EQ(NameForTable("sensor.temp2", 11), "sensor.temp…");
  EXPECT_EQ(NameForTable("üüü", 2), "üü…");
  EXPECT_EQ(NameForTable("a b", 9), "a b");
  for (const std::string odd : {"", " ", "a ", " a", "a  b", "a\"", "\u00a0", "\u3000", "\u200b"}) {
    EXPECT_EQ(NameForTable(odd, 9), '"' + odd + '"');
  }
}

TEST(Table, CellsCannotPlayWithTheTerminal) {
  Table table({{"a"}});
  table.Add(
      {"\x1b[31mred\n\xc2\x9b"
       "31m\x7f"
       "ä"});
  EXPECT_EQ(Printed(table), "a\n?[31mred??31m?ä\n");
}

}  // namespace
}  // namespace oncelog::app
