// Connection: one client's connection, from accept to close, as a machine that takes one step after
// the other until it has to wait:
//
//   reading → handling → writing → (streaming ⇄ writing) → reading … → draining → closed
//
// Plain callbacks rather than coroutines: an idle connection then costs under 3 KiB, for all
// connections of a loop read into the loop's one 64 KiB buffer. Only the first bytes of a request
// come into a small buffer of its own: Asio can wait for bytes without a system call only where it
// may also receive them.
// Threads: HasRoomFor, Answer and TakePiece from any; all else on its loop. What comes from another
// thread is put into posted_ and the loop is woken. At most one answer or piece is ever awaited, so
// posted_ needs no lock: Wake orders the two threads.
// Ownership: the loop holds it until Close, a Responder or an unfinished BodyStream::Next longer.
#pragma once

#include <array>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "net/body_memory.h"
#include "net/context.h"
#include "net/deadline.h"
#include "net/exchange.h"
#include "net/loop.h"
#include "net/output.h"
#include "net/request_parser.h"

namespace oncelog::net {

using Socket =
    boost::asio::basic_stream_socket<boost::asio::ip::tcp, boost::asio::io_context::executor_type>;

class Connection final : public Exchange,
                         public Loop::Member,
                         public std::enable_shared_from_this<Connection> {
 public:
  // `surplus`: over the cap; it is told 503 and closed without reading.
  static void Start(std::shared_ptr<LoopContext> context, Socket socket, bool surplus);

  Connection(std::shared_ptr<LoopContext> context, Socket socket);

  bool HasRoomFor(Response& response) override;
  void Answer(std::optional<Response> response) override;
  void TakePiece(bool ok, std::string piece);

  void OnTick(Loop::Clock::time_point now) override;
  void OnWake() override;
  void OnStopping() override;
  void OnAbort() override { Close(); }

 private:
  enum class Phase { kReading, kHandling, kWriting, kStreaming, kDraining, kClosed };
  enum class Stage { kIdle, kHead, kBody };  // of reading
  struct Arrival {
    enum What { kNothing, kAnswer, kPiece } what = kNothing;
    std::optional<Response> response;  // of an answer; none: the Responder was dropped
    bool ok = false;                   // of a piece
    std::string piece;
  };

  void Arrive(Arrival arrival);
  void Pump();
  bool Step();  // false: waits

  // connection_read.cc
  void NextRequest();
  bool Read();
  void Consume(std::string_view fresh);
  bool PassHead(bool body_has_begun);
  void KeepRest(std::string_view input);
  void SetStage(size_t fresh_bytes);
  void AcknowledgeAtOnce();
  void Dispatch();
  void Refuse(const Refusal& refusal);
  void RefuseSlow();
  bool Drain();
  void WaitForFirstBytes();
  void WaitReadable();

  // connection_write.cc
  bool BeginAnswer();
  Response TakeAnswer();
  void BeginWriting();
  bool Write();
  bool Stream();
  void Yield();
  void TakeUpPiece(Arrival piece);
  void BeginDraining();
  void WaitWritable();

  void Close();
  void Reset();  // close so that the client cannot take it for the end of a body
  void StartDeadline(std::chrono::milliseconds allowance, size_t rate = 0);

  const std::shared_ptr<LoopContext> context_;
  Socket socket_;
  Loop::Place place_;
  Phase phase_ = Phase::kReading;
  Stage stage_ = Stage::kIdle;
  Deadline deadline_;
  bool pumping_ = false;
  bool waits_readable_ = false;
  bool waits_writable_ = false;
  bool readable_ = false;     // the socket has bytes, or its end
  bool rest_is_new_ = false;  // the parser has not seen rest_ yet

  std::array<char, 1024> first_bytes_;
  size_t first_bytes_size_ = 0;  // received and not looked at yet
  BodyLease lease_;              // of the request's body
  BodyLease answer_lease_;       // of the answer's
  std::optional<RequestParser> parser_;
  std::string rest_;  // bytes from rest_at_ on were received, but not used up yet
  size_t rest_at_ = 0;
  size_t drained_bytes_ = 0;

  RequestName name_;  // of the request that is being handled
  bool is_head_ = false;
  bool is_read_ = false;  // GET or HEAD: may be refused even when it has been handled
  bool close_after_ = false;
  Arrival arrived_;
  Arrival posted_;  // see the head of this file

  Output out_;
  std::unique_ptr<BodyStream> stream_;
  bool chunked_ = false;
  bool piece_asked_ = false;
};

}  // namespace oncelog::net
