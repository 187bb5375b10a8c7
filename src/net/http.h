// The plain face of the HTTP/1.1 server: what a handler sees. No Asio or Beast type appears here,
// so that the rest of oncelog compiles quickly and could be driven by a test without a socket.
//
//   class Hello : public Handler {
//     void Handle(Request request, Responder responder) override {
//       responder.Send({.status = 200, .content_type = "text/plain", .body = "hello\n"});
//     }
//   };
//
// Threads: Handle is called on the connection's I/O loop and must not block. A Responder may be
// moved to any thread; Send may be called on any thread, once. Answers of one connection leave in
// the order of its requests (pipelining: the next request is read after the answer was written).
// Ownership: Request and Response own their bytes. A Responder dropped without Send answers 500.
// Errors: what HTTP itself forbids (bad framing, oversized heads, …) is answered by the server with
// the handler's Problem() and never reaches Handle.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "net/body_memory.h"

namespace oncelog::net {

struct Field {
  std::string name;
  std::string value;
};

// What a log says of a request.
struct RequestName {
  std::string id;
  std::string method;  // empty: it did not come as far
  std::string path;    // without the query; as sent
};

struct Request {
  std::string method;  // "GET", "POST", … as sent
  std::string target;  // as sent: path and query, percent-encoded
  std::vector<Field> fields;
  std::string body;  // dechunked, still Content-Encoded
  std::string id;    // X-Request-Id of the answer: the client's own if it is sane, else made here
  int loop = 0;      // which I/O loop it came from

  [[nodiscard]] std::string_view path() const;   // target up to '?', still percent-encoded
  [[nodiscard]] std::string_view query() const;  // behind '?', may be empty
  [[nodiscard]] RequestName name() const { return {id, method, std::string(path())}; }
  // The value of the first field of that name (case-insensitive), or empty.
  [[nodiscard]] std::string_view Find(std::string_view name) const;
};

// A body made piece by piece while it is being sent (NDJSON streams): constant memory.
class BodyStream {
 public:
  virtual ~BodyStream() = default;
  // Make the next piece and give it to `done`, on any thread; an empty piece ends the body; `ok`
  // false breaks the connection off, so that the client sees that the body is not whole.
  // Called again only after the last piece was written. The stream lives until `done` was called or
  // dropped (which breaks off too), also if the client is gone by then; so do not keep `done` in
  // the stream itself.
  virtual void Next(std::function<void(bool ok, std::string piece)> done) = 0;
};

struct Response {
  int status = 200;
  std::string content_type = "application/json";
  std::vector<Field>
      fields;  // besides Content-Type/-Length, Date, Server, X-Request-Id, Connection
  std::string body;
  std::unique_ptr<BodyStream> stream;  // if set, `body` is not used; sent chunked
  bool close = false;                  // close the connection behind this answer
  // For the log: a problem's code (a literal), and what the server failed at.
  std::string_view error = {};
  std::string detail = {};
  BodyLease lease = {};  // of the body, if there was room for it: see Responder
};

class Exchange;  // one request on its connection (inside net)

class Responder {
 public:
  explicit Responder(std::shared_ptr<Exchange> exchange);
  Responder(Responder&&) noexcept;
  Responder& operator=(Responder&&) noexcept;
  ~Responder();

  // Whether the body may be held until the client has read it: many may ask for large ones and
  // then read slowly. If not, something small is to be sent in its place. What was published must
  // be answered all the same, so there is room for it always.
  [[nodiscard]] bool HasRoomFor(Response& response);
  void Send(Response response);

 private:
  std::shared_ptr<Exchange> exchange_;
};

class Handler {
 public:
  virtual ~Handler() = default;
  virtual void Handle(Request request, Responder responder) = 0;
  // The answer for a request that the server itself refuses; `error` is a stable code such as
  // "bad_request", "header_too_large", "body_too_large", "timeout", "misdirected", "overloaded"
  // (503: the answer should carry Retry-After).
  virtual Response Problem(const RequestName& request, int status, std::string_view error,
                           std::string_view detail) = 0;
};

}  // namespace oncelog::net
