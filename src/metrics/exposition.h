// Exposition: what one scrape gets: families of samples, written in the Prometheus text format by
// prometheus-cpp. It is filled at scrape time from figures that are kept anyway.
//
//   Exposition exposition;
//   exposition.BeginCounter("oncelog_frames_total", "Frames written.");
//   exposition.Add(7);
//   exposition.BeginGauge("oncelog_store_status", "1 for the state the store is in.");
//   exposition.Add(1, {{"status", "ok"}});
//   std::string text = exposition.Text();
//
// Samples belong to the family begun last. Counts beyond 2^53 lose their last digits, as in any
// Prometheus. Threads: a plain value. Errors: none.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "metrics/histogram.h"

namespace oncelog::metrics {

inline constexpr std::string_view kTextMediaType = "text/plain; version=0.0.4; charset=utf-8";

struct Label {
  std::string_view name;
  std::string_view value;
};
using Labels = std::vector<Label>;

class Exposition {
 public:
  Exposition();
  ~Exposition();
  Exposition(const Exposition&) = delete;
  Exposition& operator=(const Exposition&) = delete;

  void BeginCounter(std::string_view name, std::string_view help);
  void BeginGauge(std::string_view name, std::string_view help);
  void BeginHistogram(std::string_view name, std::string_view help);

  template <typename Number>
  void Add(Number value, const Labels& labels = {}) {
    AddValue(static_cast<double>(value), labels);
  }
  void Add(const HistogramFigures& figures, const Labels& labels = {});

  // A family of one sample without labels.
  template <typename Number>
  void Counter(std::string_view name, std::string_view help, Number value) {
    BeginCounter(name, help);
    Add(value);
  }
  template <typename Number>
  void Gauge(std::string_view name, std::string_view help, Number value) {
    BeginGauge(name, help);
    Add(value);
  }

  [[nodiscard]] std::string Text() const;

 private:
  void AddValue(double value, const Labels& labels);

  struct Families;
  std::unique_ptr<Families> families_;
};

}  // namespace oncelog::metrics
