#include "net/request_id.h"

#include <array>
#include <charconv>
#include <random>
#include <string_view>

namespace oncelog::net {

RequestIdMaker::RequestIdMaker() {
  constexpr std::string_view kAlphabet = "0123456789abcdefghijklmnopqrstuvwxyz";
  std::random_device random;
  std::uniform_int_distribution<size_t> pick(0, kAlphabet.size() - 1);
  for (int i = 0; i < 8; ++i) prefix_ += kAlphabet[pick(random)];
  prefix_ += '-';
}

std::string RequestIdMaker::Make() {
  std::array<char, 16> digits;
  const auto end = std::to_chars(digits.begin(), digits.end(), ++count_, 36).ptr;
  std::string id = prefix_;
  id.append(digits.begin(), end);
  return id;
}

}  // namespace oncelog::net
