// Packed integers: how the columns of a segment's blocks are written. A varint holds seven bits a
// byte, the lowest first, the top bit set but in the last byte; differences are folded (zigzag) so
// that small negative ones are short too.
//
//   PutVarint(&out, 300);
//   PutSigned(&out, -2);
//   PackedReader in(out);
//   uint64_t n = in.Varint();           // 0 once anything ran past the end
//   if (!in.ok()) return Error(Code::kDamaged, "...");
//
// Threads: values. Ownership: the reader borrows the bytes. Units: bytes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace oncelog::store {

inline void PutVarint(std::string* out, uint64_t value) {
  for (; value >= 0x80; value >>= 7) out->push_back(static_cast<char>(value | 0x80));
  out->push_back(static_cast<char>(value));
}

inline void PutSigned(std::string* out, int64_t value) {
  PutVarint(out, static_cast<uint64_t>(value) << 1 ^ static_cast<uint64_t>(value >> 63));
}

class PackedReader {
 public:
  explicit PackedReader(std::string_view bytes) : rest_(bytes) {}

  uint64_t Varint() {
    uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      if (rest_.empty()) break;
      const auto byte = static_cast<uint8_t>(rest_.front());
      rest_.remove_prefix(1);
      value |= static_cast<uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    ok_ = false;
    rest_ = {};
    return 0;
  }
  // Nothing, and not ok, if it is more than `max`.
  uint32_t VarintUpTo(uint64_t max) {
    const uint64_t value = Varint();
    if (value <= max && value <= UINT32_MAX) return static_cast<uint32_t>(value);
    ok_ = false;
    return 0;
  }
  int64_t Signed() {
    const uint64_t folded = Varint();
    return static_cast<int64_t>(folded >> 1 ^ (~(folded & 1) + 1));
  }
  std::string_view Bytes(size_t count) {
    if (count > rest_.size()) {
      ok_ = false;
      rest_ = {};
      return {};
    }
    const std::string_view bytes = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return bytes;
  }

  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] size_t remaining() const { return rest_.size(); }
  [[nodiscard]] std::string_view rest() const { return rest_; }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

}  // namespace oncelog::store
