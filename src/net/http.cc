#include "net/http.h"

#include <optional>

#include "base/check.h"
#include "net/exchange.h"
#include "net/text.h"

namespace oncelog::net {

std::string_view Request::path() const {
  return std::string_view(target).substr(0, target.find('?'));
}

std::string_view Request::query() const {
  const size_t mark = target.find('?');
  return mark == std::string::npos ? std::string_view() : std::string_view(target).substr(mark + 1);
}

std::string_view Request::Find(std::string_view name) const { return FindField(fields, name); }

Responder::Responder(std::shared_ptr<Exchange> exchange) : exchange_(std::move(exchange)) {}
Responder::Responder(Responder&&) noexcept = default;

Responder& Responder::operator=(Responder&& other) noexcept {
  if (this != &other) {
    if (exchange_) exchange_->Answer(std::nullopt);
    exchange_ = std::move(other.exchange_);
  }
  return *this;
}

Responder::~Responder() {
  if (exchange_) exchange_->Answer(std::nullopt);
}

bool Responder::HasRoomFor(Response& response) {
  Check(exchange_ != nullptr, "what is answered was not sent yet");
  return exchange_->HasRoomFor(response);
}

void Responder::Send(Response response) {
  Check(exchange_ != nullptr, "a Responder sends once");
  const std::shared_ptr<Exchange> exchange = std::move(exchange_);
  exchange->Answer(std::move(response));
}

}  // namespace oncelog::net
