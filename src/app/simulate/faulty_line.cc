#include "app/simulate/faulty_line.h"

#include "app/client/json.h"
#include "net/client_socket.h"

namespace oncelog::app::simulate {
namespace {

bool SaysNotStored(const net::ClientResponse& answer) {
  const Result<Json> problem = Json::Parse(answer.body);
  return problem.ok() && (*problem)["stored"].text() == "no";
}

}  // namespace

FaultyLine::FaultyLine(const HostPort& server, LossRates rates, uint64_t seed,
                       std::chrono::milliseconds patience)
    : server_(server),
      rates_(rates),
      patience_(patience),
      client_(server.host, server.port, patience),
      random_(seed) {}

FaultyLine::Delivery FaultyLine::Send(const ClientRequest& request) {
  const double chance = random_.Unit();
  if (chance < rates_.answers) return LoseAnswer(request);
  if (chance < rates_.answers + rates_.requests) return LoseRequest(request);
  Result<net::ClientResponse> answer =
      client_.Send(request.method, request.target, request.fields, request.body);
  const bool maybe_stored = !answer.ok() || (answer->status >= 500 && !SaysNotStored(*answer));
  return {.answer = std::move(answer), .maybe_stored = maybe_stored};
}

FaultyLine::Delivery FaultyLine::LoseAnswer(const ClientRequest& request) {
  Result<net::ClientSocket> socket =
      net::ClientSocket::Connect(server_.host, server_.port, patience_);
  if (!socket.ok()) return {.answer = socket.error()};
  const Status sent = socket->Send(Bytes(request));
  // Half of them are gone before the server has even decided, half after it has answered.
  char first = 0;
  if (sent.ok() && random_.Below(2) == 0) static_cast<void>(socket->Receive(&first, 1).ok());
  return {.answer = Error(Code::kIo, "the answer was lost on purpose"),
          .maybe_stored = true,
          .loss = Loss::kAnswer};
}

FaultyLine::Delivery FaultyLine::LoseRequest(const ClientRequest& request) {
  Result<net::ClientSocket> socket =
      net::ClientSocket::Connect(server_.host, server_.port, patience_);
  if (!socket.ok()) return {.answer = socket.error()};
  const std::string bytes = Bytes(request);
  static_cast<void>(
      socket->Send(std::string_view(bytes).substr(0, random_.Below(bytes.size()))).ok());
  return {.answer = Error(Code::kIo, "the request was lost on purpose"), .loss = Loss::kRequest};
}

std::string FaultyLine::Bytes(const ClientRequest& request) const {
  std::string bytes = request.method + " " + request.target +
                      " HTTP/1.1\r\nHost: " + server_.ToString() +
                      "\r\nContent-Length: " + std::to_string(request.body.size()) + "\r\n";
  for (const net::Field& field : request.fields) bytes += field.name + ": " + field.value + "\r\n";
  return bytes.append("\r\n").append(request.body);
}

}  // namespace oncelog::app::simulate
