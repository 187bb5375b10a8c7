#include "store/segment/zstd_codec.h"

#include <zstd.h>

#include <utility>

#include "base/check.h"

namespace oncelog::store {

void Compressor::Free::operator()(ZSTD_CCtx_s* context) const { ZSTD_freeCCtx(context); }
void Decompressor::Free::operator()(ZSTD_DCtx_s* context) const { ZSTD_freeDCtx(context); }

Compressor::Compressor() : context_(ZSTD_createCCtx()) {
  Check(context_ != nullptr, "there is memory for a zstd context");
}

void Compressor::Append(std::string_view raw, std::string* out) {
  const size_t at = out->size();
  out->resize(at + ZSTD_compressBound(raw.size()));
  const size_t bytes = ZSTD_compressCCtx(context_.get(), out->data() + at, out->size() - at,
                                         raw.data(), raw.size(), kLevel);
  Check(ZSTD_isError(bytes) == 0, "zstd compresses whatever fits its bound");
  out->resize(at + bytes);
}

Status Decompressor::Run(std::string_view packed, size_t raw_bytes, std::string* raw) {
  if (ZSTD_getFrameContentSize(packed.data(), packed.size()) != raw_bytes) {
    return Error(Code::kDamaged, "its compressed bytes are not of the size the index says");
  }
  Context context = Take();
  raw->resize(raw_bytes);
  const size_t got =
      ZSTD_decompressDCtx(context.get(), raw->data(), raw_bytes, packed.data(), packed.size());
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
  Context made(ZSTD_createDCtx());
  Check(made != nullptr, "there is memory for a zstd context");
  return made;
}

void Decompressor::GiveBack(Context context) {
  const std::lock_guard lock(mutex_);
  idle_.push_back(std::move(context));
}

}  // namespace oncelog::store
