#include "api/publish.h"

#include <string_view>
#include <utility>

#include "api/media_type.h"
#include "api/publish_answer.h"
#include "api/query_params.h"

namespace oncelog::api {
namespace {

struct PublishHeaders {
  std::string_view content_type;
  std::string_view content_encoding;
  bool minimal = false;
};

OrProblem<PublishHeaders> ReadHeaders(const net::Request& request) {
  PublishHeaders headers;
  for (const net::Field& field : request.fields) {
    if (EqualsIgnoringCase(field.name, "content-type")) {
      headers.content_type = field.value;
    } else if (EqualsIgnoringCase(field.name, "content-encoding")) {
      if (!headers.content_encoding.empty()) {
        return Problem{.id = ErrorId::kUnsupportedEncoding,
                       .detail = "one Content-Encoding at most",
                       .fields = {{"Accept-Encoding", "gzip, zstd"}}};
      }
      headers.content_encoding = field.value;
    } else if (EqualsIgnoringCase(field.name, "prefer")) {
      headers.minimal = headers.minimal || PrefersMinimal(field.value);
    }
  }
  return headers;
}

// The decoder puts its code in front of the message's first colon.
Problem DecodeProblem(const Error& error) {
  const std::string& message = error.message();
  const size_t colon = message.find(':');
  const auto id = ErrorOfName(std::string_view(message).substr(0, colon));
  if (!id || colon == std::string::npos) {
    const bool too_many = error.code() == Code::kTooLarge;
    return {.id = too_many ? ErrorId::kTooManyEvents : ErrorId::kMalformedJson, .detail = message};
  }
  return {.id = *id, .detail = std::string(Trim(std::string_view(message).substr(colon + 1)))};
}

net::Response OkAnswer(const event::Batch& batch, std::span<const ingest::EventVerdict> verdicts,
                       bool minimal) {
  net::Response response;
  AppendPublishAnswer(&response.body, batch, verdicts, minimal);
  if (minimal) response.fields.push_back({"Preference-Applied", "return=minimal"});
  return response;
}

}  // namespace

Publisher::Publisher(const HashKey& key, size_t body_bytes_max,
                     std::atomic<uint64_t>* invalid_count)
    : decoder_(key), decompressor_(body_bytes_max), invalid_count_(invalid_count) {}

OrProblem<Publisher::Begun> Publisher::Begin(net::Request& request) {
  bool skip_invalid = false;
  if (const std::string_view query = request.query(); !query.empty()) {
    OrProblem<QueryParams> params = QueryParams::Parse(query, {"on_invalid"});
    if (!params.ok()) return params.problem();
    OrProblem<size_t> word = params->Word("on_invalid", {"reject", "skip"});
    if (!word.ok()) return word.problem();
    skip_invalid = *word == 1;
  }
  OrProblem<PublishHeaders> headers = ReadHeaders(request);
  if (!headers.ok()) return headers.problem();
  OrProblem<event::BodyFormat> format = BodyFormatOf(headers->content_type);
  if (!format.ok()) return format.problem();
  if (!Decompressor::IsIdentity(headers->content_encoding)) {
    OrProblem<std::string> plain = decompressor_.Decode(headers->content_encoding, request.body);
    if (!plain.ok()) return plain.problem();
    request.body = std::move(*plain);
  }

  Result<event::Batch> batch = decoder_.Decode(request.body, *format);
  if (!batch.ok()) return DecodeProblem(batch.error());
  if (!batch->invalid.empty()) {
    invalid_count_->fetch_add(batch->invalid.size(), std::memory_order_relaxed);
    if (!skip_invalid) return InvalidProblem(*batch);
    if (batch->submissions.empty()) return Begun(OkAnswer(*batch, {}, headers->minimal));
  }
  auto work = std::make_unique<PublishWork>();
  work->batch = batch.Take();
  work->loop = request.loop;
  work->minimal = headers->minimal;
  return Begun(std::move(work));
}

OrProblem<net::Response> Publisher::Finish(const PublishWork& work) {
  if (!work.outcome.status.ok()) {
    const Error& error = work.outcome.status.error();
    return Problem{.id = ErrorOf(error.code()),
                   .detail = error.message(),
                   .stores_nothing = error.code() != Code::kReadOnly};
  }
  const auto& verdicts = work.outcome.verdicts;
  if (work.batch.bare_object && verdicts.size() == 1 &&
      verdicts[0].verdict == ingest::Verdict::kConflict) {
    return ConflictProblem(work.batch, verdicts);
  }
  return OkAnswer(work.batch, verdicts, work.minimal);
}

}  // namespace oncelog::api
