// Publisher: sends the events of an EventReader in batches and keeps the tally of the verdicts.
//
//   Publisher publisher(reader, sender, {.batch_events = 1000});
//   Status s = publisher.Run();          // until the end of the input, or a refusal
//   publisher.tally().accepted;
//
// A batch is sent again, byte for byte, until it has a verdict, so that nothing is lost or doubled;
// an event that was stored although its answer was lost counts as duplicate then.
// Threads: one. Ownership: reader and sender stay the caller's.
// Errors: kInvalid with the server's own words and the places in the input when a batch is
// refused; kTooLarge for an event that no server takes (with skip_invalid it is counted and left
// out); kIo when the server did not answer in time.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "app/client/event_reader.h"
#include "app/client/json.h"
#include "app/client/sender.h"
#include "base/result.h"

namespace oncelog::app {

struct PublisherOptions {
  size_t batch_events = 1000;
  size_t batch_bytes = size_t{8} << 20;  // a batch is closed here, too
  bool skip_invalid = false;
  bool compare_sequences = false;  // with those that the lines say (see event/render.h)
};

struct Tally {
  uint64_t accepted = 0;
  uint64_t duplicates = 0;
  uint64_t conflicts = 0;
  uint64_t invalid = 0;
  uint64_t renumbered = 0;  // of the first two: stored under another sequence than the line says
  uint64_t renumbered_lower = 0;  // of those: events before it are not in the input

  [[nodiscard]] uint64_t sent() const { return accepted + duplicates + conflicts + invalid; }
  [[nodiscard]] uint64_t refused() const { return conflicts + invalid; }
};

class Publisher {
 public:
  Publisher(EventReader& reader, Sender& sender, PublisherOptions options);

  // Called after each batch that has its verdicts.
  void OnProgress(std::function<void(const Tally&)> progress) { progress_ = std::move(progress); }
  Status Run();
  [[nodiscard]] const Tally& tally() const { return tally_; }
  [[nodiscard]] bool compares_sequences() const { return options_.compare_sequences; }
  // What was refused, for people: the first kRemarksMax.
  [[nodiscard]] const std::vector<std::string>& remarks() const { return remarks_; }
  static constexpr size_t kRemarksMax = 10;

 private:
  Status FillBatch();
  Status SendBatch();
  Status TakeAnswer(const net::ClientResponse& answer);
  Error Refused(const net::ClientResponse& answer);
  void Remark(const Json& about, uint64_t index);
  void AddRemark(const std::string& text);
  void TakeResult(const Json& result, size_t index);
  [[nodiscard]] std::string Place(uint64_t index) const;

  EventReader& reader_;
  Sender& sender_;
  PublisherOptions options_;
  std::function<void(const Tally&)> progress_;
  std::string body_;
  std::vector<uint64_t> places_;     // of each event of the batch
  std::vector<uint64_t> sequences_;  // likewise, as the lines say; 0: they do not
  Tally tally_;
  std::vector<std::string> remarks_;
};

}  // namespace oncelog::app
