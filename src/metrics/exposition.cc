#include "metrics/exposition.h"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <limits>

#include "base/check.h"

namespace oncelog::metrics {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

MetricFamily Family(std::string_view name, std::string_view help, MetricType type) {
  return {.name = std::string(name), .help = std::string(help), .type = type, .metric = {}};
}

ClientMetric WithLabels(const Labels& labels) {
  ClientMetric metric;
  for (const Label& label : labels) {
    metric.label.push_back({std::string(label.name), std::string(label.value)});
  }
  return metric;
}

}  // namespace

struct Exposition::Families {
  MetricFamily& last() {
    Check(!list.empty(), "a sample belongs to a family");
    return list.back();
  }
  std::vector<MetricFamily> list;
};

Exposition::Exposition() : families_(std::make_unique<Families>()) {}
Exposition::~Exposition() = default;

void Exposition::BeginCounter(std::string_view name, std::string_view help) {
  families_->list.push_back(Family(name, help, MetricType::Counter));
}

void Exposition::BeginGauge(std::string_view name, std::string_view help) {
  families_->list.push_back(Family(name, help, MetricType::Gauge));
}

void Exposition::BeginHistogram(std::string_view name, std::string_view help) {
  families_->list.push_back(Family(name, help, MetricType::Histogram));
}

void Exposition::AddValue(double value, const Labels& labels) {
  MetricFamily& family = families_->last();
  ClientMetric metric = WithLabels(labels);
  (family.type == MetricType::Counter ? metric.counter.value : metric.gauge.value) = value;
  family.metric.push_back(std::move(metric));
}

void Exposition::Add(const HistogramFigures& figures, const Labels& labels) {
  ClientMetric metric = WithLabels(labels);
  uint64_t count = 0;
  for (size_t i = 0; i < figures.counts.size(); ++i) {
    count += figures.counts[i];
    const double bound =
        i < kBoundsSeconds.size() ? kBoundsSeconds[i] : std::numeric_limits<double>::infinity();
    metric.histogram.bucket.push_back({.cumulative_count = count, .upper_bound = bound});
  }
  metric.histogram.sample_count = count;
  metric.histogram.sample_sum = figures.sum_seconds;
  families_->last().metric.push_back(std::move(metric));
}

std::string Exposition::Text() const {
  return prometheus::TextSerializer().prometheus::Serializer::Serialize(families_->list);
}

}  // namespace oncelog::metrics
