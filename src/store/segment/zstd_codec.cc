#include "store/segment/zstd_codec.h"

#include <zstd.h>
#include <zstd_errors.h>

#include <new>
#include <utility>

#include "base/check.h"

namespace oncelog::store {
namespace {

// The context that zstd made.
template <typename Context>
Context* Made(Context* context) {
  if (context == nullptr) throw std::bad_alloc();
  return context;
}

// What zstd returned, unless it had no memory.
size_t Done(size_t result) {
  if (ZSTD_getErrorCode(result) == ZSTD_error_memory_allocation) throw std::bad_alloc();
  return result;
}

}  // namespace

void Compressor::Free::operator()(ZSTD_CCtx_s* context) const { ZSTD_freeCCtx(context); }
void Decompressor::Free::operator()(ZSTD_DCtx_s* context) const { ZSTD_freeDCtx(context); }

Compressor::Compressor() : context_(Made(ZSTD_createCCtx())) {}

void Compressor::Append(std::string_view raw, std::string* out) {
  const size_t at = out->size();
  out->resize(at + ZSTD_compressBound(raw.size()));
  const size_t bytes = Done(ZSTD_compressCCtx(context_.get(), out->data() + at, out->size() - at,
                                              raw.data(), raw.size(), kLevel));
  Check(ZSTD_isError(bytes) == 0, "zstd compresses whatever fits its bound");
  out->resize(at + bytes);
}

Status Decompressor::Run(std::string_view packed, size_t raw_bytes, std::string* raw) {
  if (ZSTD_getFrameContentSize(packed.data(), packed.size()) != raw_bytes) {
    return Error(Code::kDamaged, "its compressed bytes are not of the size the index says");
  }
  Context context = Take();
  raw->resize(raw_bytes);
  const size_t got = Done(
      ZSTD_decompressDCtx(context.get(), raw->data(), raw_bytes, packed.data(), packed.size()));
  GiveBack(std::move(context));
  if (ZSTD_isError(got) != 0 || got != raw_bytes) {
    return Error(Code::kDamaged, "its compressed bytes cannot be decompressed");
  }
  return OkStatus();
}

Decompressor::Context Decompressor::Take() {
  {
    const std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      Context context = std::move(idle_.back());
      idle_.pop_back();
      return context;
    }
  }
  return Context(Made(ZSTD_createDCtx()));
}

void Decompressor::GiveBack(Context context) {
  const std::lock_guard lock(mutex_);
  idle_.push_back(std::move(context));
}

}  // namespace oncelog::store
