// Little-endian loads and stores, and bounded readers and writers over byte strings: how every
// on-disk structure is encoded and decoded.
//
//   ByteWriter out(&buffer);
//   out.Put<uint32_t>(7);
//   out.PutString("sensor.temp");            // u32 length, then the bytes
//   ByteReader in(buffer);
//   uint32_t n = in.Get<uint32_t>();         // 0 once anything ran past the end
//   if (!in.ok()) return Error(Code::kDamaged, "...");
//
// Threads: values, no sharing. Ownership: neither owns the bytes. Units: bytes.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>

namespace oncelog {

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
              "on-disk integers are little endian and are copied as they are");

template <typename T>
requires std::is_integral_v<T> T LoadLe(const void* from) {
  T value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

template <typename T>
requires std::is_integral_v<T>
void StoreLe(void* to, T value) { std::memcpy(to, &value, sizeof value); }

class ByteWriter {
 public:
  explicit ByteWriter(std::string* out) : out_(out) {}

  template <typename T>
  requires std::is_integral_v<T>
  void Put(T value) { out_->append(reinterpret_cast<const char*>(&value), sizeof value); }
  void PutBytes(std::string_view bytes) { out_->append(bytes); }
  void PutString(std::string_view text) {
    Put(static_cast<uint32_t>(text.size()));
    out_->append(text);
  }

 private:
  std::string* out_;
};

class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : rest_(bytes) {}

  template <typename T>
  requires std::is_integral_v<T> T Get() {
    const std::string_view bytes = GetBytes(sizeof(T));
    return bytes.size() == sizeof(T) ? LoadLe<T>(bytes.data()) : T{};
  }
  std::string_view GetBytes(size_t count) {
    if (!ok_ || count > rest_.size()) {
      ok_ = false;
      return {};
    }
    const std::string_view bytes = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return bytes;
  }
  std::string_view GetString() { return GetBytes(Get<uint32_t>()); }

  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] size_t remaining() const { return rest_.size(); }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

}  // namespace oncelog
