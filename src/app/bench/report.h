// What a benchmark found, for people and for programs.
//
//   console.out << ReportJson(options, totals, driver.Judge(totals));
//
// Threads: pure functions. Units: in the members' names.
#pragma once

#include <string>

#include "app/bench/driver.h"
#include "app/output/console.h"

namespace oncelog::app::bench {

void PrintReport(const LoadOptions& options, const LoadTotals& totals, Console& console);

// One line; the server's figures are null where its process is not known. `wrong` as Judge says it.
std::string ReportJson(const LoadOptions& options, const LoadTotals& totals,
                       const std::string& wrong);

}  // namespace oncelog::app::bench
