#include "api/content_coding.h"

#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#include <algorithm>
#include <new>

#include "api/media_type.h"
#include "event/utf8.h"

namespace oncelog::api {
namespace {

constexpr size_t kFirstGuessBytes = size_t{64} << 10;
// The JSON parser wants some bytes behind the body; room for them saves it a copy.
constexpr size_t kPaddingBytes = 64;
constexpr int kGzipWindow = 15 + 16;  // 32 KiB, gzip header and trailer

Problem Corrupt(std::string_view coding, std::string_view what) {
  return {.id = ErrorId::kBadEncoding,
          .detail = "the body is not whole " + std::string(coding) + ": " + std::string(what)};
}

Problem NoMemory() {
  return {.id = ErrorId::kBusy, .detail = "there is no memory to unpack the body; try again soon"};
}

// One output buffer for both codings: it doubles as needed, up to one byte over the limit, which is
// how going over it is noticed.
class Output {
 public:
  Output(size_t compressed_bytes, size_t bytes_max) : bytes_max_(bytes_max) {
    Grow(std::max(kFirstGuessBytes, compressed_bytes * 4));
  }

  char* free() { return text_.data() + used_; }
  [[nodiscard]] size_t free_bytes() const { return text_.size() - used_; }
  void Use(size_t bytes) { used_ += bytes; }
  [[nodiscard]] bool over() const { return used_ > bytes_max_; }
  void MakeRoom() {
    if (free_bytes() == 0) Grow(text_.size() * 2);
  }
  std::string Take() {
    text_.resize(used_);
    return std::move(text_);
  }
  [[nodiscard]] Problem TooLarge() const {
    return {
        .id = ErrorId::kBodyTooLarge,
        .detail = "the body is over " + std::to_string(bytes_max_) + " bytes after decompression"};
  }

 private:
  void Grow(size_t wanted) {
    const size_t size = std::min(wanted, bytes_max_ + 1);
    text_.reserve(size + kPaddingBytes);
    text_.resize(size);
  }

  size_t bytes_max_;
  std::string text_;
  size_t used_ = 0;
};

}  // namespace

class Decompressor::Impl {
 public:
  explicit Impl(size_t bytes_max) : bytes_max_(bytes_max) {}
  ~Impl() {
    if (gzip_made_) inflateEnd(&gzip_);
    ZSTD_freeDCtx(zstd_);
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  OrProblem<std::string> Gzip(std::string_view body);
  OrProblem<std::string> Zstd(std::string_view body);

 private:
  bool PrepareGzip();

  size_t bytes_max_;
  z_stream gzip_{};
  bool gzip_made_ = false;
  ZSTD_DCtx* zstd_ = nullptr;
};

bool Decompressor::Impl::PrepareGzip() {
  if (gzip_made_) return inflateReset(&gzip_) == Z_OK;
  gzip_made_ = inflateInit2(&gzip_, kGzipWindow) == Z_OK;
  return gzip_made_;
}

OrProblem<std::string> Decompressor::Impl::Gzip(std::string_view body) {
  if (body.empty()) return Corrupt("gzip", "it is empty");
  if (!PrepareGzip()) return NoMemory();
  Output output(body.size(), bytes_max_);
  z_stream& stream = gzip_;
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(body.data()));
  stream.avail_in = static_cast<uInt>(body.size());
  while (true) {
    output.MakeRoom();
    const size_t room = output.free_bytes();
    stream.next_out = reinterpret_cast<Bytef*>(output.free());
    stream.avail_out = static_cast<uInt>(room);
    const int code = inflate(&stream, Z_NO_FLUSH);
    output.Use(room - stream.avail_out);
    if (output.over()) return output.TooLarge();
    if (code == Z_MEM_ERROR) return NoMemory();
    if (code == Z_STREAM_END) {
      if (stream.avail_in == 0) return output.Take();
      if (inflateReset(&stream) != Z_OK) return Corrupt("gzip", "a member cannot be read");
    } else if (code != Z_OK && !(code == Z_BUF_ERROR && stream.avail_out == 0)) {
      // Z_BUF_ERROR with room left: the input ended too soon.
      return Corrupt("gzip", stream.msg != nullptr ? stream.msg : "it is cut off");
    } else if (stream.avail_in == 0 && stream.avail_out != 0) {
      return Corrupt("gzip", "it is cut off");
    }
  }
}

OrProblem<std::string> Decompressor::Impl::Zstd(std::string_view body) {
  if (body.empty()) return Corrupt("zstd", "it is empty");
  if (zstd_ == nullptr) zstd_ = ZSTD_createDCtx();
  if (zstd_ == nullptr) return NoMemory();
  ZSTD_DCtx_reset(zstd_, ZSTD_reset_session_only);
  Output output(body.size(), bytes_max_);
  ZSTD_inBuffer in{body.data(), body.size(), 0};
  while (true) {
    output.MakeRoom();
    ZSTD_outBuffer out{output.free(), output.free_bytes(), 0};
    const size_t wanted = ZSTD_decompressStream(zstd_, &out, &in);
    if (ZSTD_getErrorCode(wanted) == ZSTD_error_memory_allocation) return NoMemory();
    if (ZSTD_isError(wanted) != 0) return Corrupt("zstd", ZSTD_getErrorName(wanted));
    output.Use(out.pos);
    if (output.over()) return output.TooLarge();
    // 0: a frame has ended and was flushed; the next call begins another one.
    if (in.pos == in.size && wanted == 0) return output.Take();
    if (in.pos == in.size && out.pos < out.size) return Corrupt("zstd", "it is cut off");
  }
}

Decompressor::Decompressor(size_t bytes_max) : impl_(std::make_unique<Impl>(bytes_max)) {}
Decompressor::~Decompressor() = default;

bool Decompressor::IsIdentity(std::string_view coding) {
  coding = Trim(coding);
  return coding.empty() || EqualsIgnoringCase(coding, "identity");
}

OrProblem<std::string> Decompressor::Decode(std::string_view coding, std::string_view body) {
  coding = Trim(coding);
  try {
    if (EqualsIgnoringCase(coding, "gzip") || EqualsIgnoringCase(coding, "x-gzip")) {
      return impl_->Gzip(body);
    }
    if (EqualsIgnoringCase(coding, "zstd")) return impl_->Zstd(body);
  } catch (const std::bad_alloc&) {
    return NoMemory();
  }
  return Problem{.id = ErrorId::kUnsupportedEncoding,
                 .detail = "Content-Encoding " + event::Excerpt(coding) +
                           " is not taken; send gzip, zstd or none",
                 .fields = {{"Accept-Encoding", "gzip, zstd"}}};
}

}  // namespace oncelog::api
