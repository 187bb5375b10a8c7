#include "net/loop.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <utility>

#include "base/thread_name.h"

namespace oncelog::net {

void Loop::Start() {
  ArmTimer();
  thread_ = std::thread([this] {
    NameThread("io");
    thread_id_ = std::this_thread::get_id();
    io_.run();
    ended_.set_value();
  });
}

void Loop::BeginStop() {
  Post([this] {
    stopping_ = true;
    ArmTimer();
    TellMembers([](Member& member) { member.OnStopping(); });
  });
}

void Loop::Abort() {
  Post([this] { TellMembers([](Member& member) { member.OnAbort(); }); });
}

bool Loop::EndsBefore(Clock::time_point deadline) {
  return ended_.get_future().wait_until(deadline) == std::future_status::ready;
}

void Loop::Join() {
  if (thread_.joinable()) thread_.join();
}

template <typename Put>
void Loop::Announce(Put put) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (inbox_.closed) return;
  put(inbox_);
  if (inbox_.announced) return;
  inbox_.announced = true;
  boost::asio::post(io_, [this] { Drain(); });
}

void Loop::Post(std::function<void()> work) {
  Announce([&](Inbox& inbox) { inbox.works.push_back(std::move(work)); });
}

void Loop::Wake(std::shared_ptr<Member> member) {
  Announce([&](Inbox& inbox) { inbox.woken.push_back(std::move(member)); });
}

void Loop::Drain() {
  Inbox mine;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    std::swap(mine.woken, inbox_.woken);
    std::swap(mine.works, inbox_.works);
    inbox_.announced = false;
  }
  for (const std::shared_ptr<Member>& member : mine.woken) member->OnWake();
  for (const std::function<void()>& work : mine.works) work();
}

Loop::Place Loop::Add(std::shared_ptr<Member> member) {
  return members_.insert(members_.end(), std::move(member));
}

void Loop::Remove(Place place) {
  members_.erase(place);
  CloseIfEmpty();
}

// Without members and timer the io_context runs out of work, once what is posted has run.
void Loop::CloseIfEmpty() {
  if (!stopping_ || telling_ || !members_.empty()) return;
  const std::lock_guard<std::mutex> lock(mutex_);
  inbox_.closed = true;
  timer_.cancel();
}

// A member may remove itself, but no other one, while it is told.
template <typename Tell>
void Loop::TellMembers(Tell tell) {
  telling_ = true;
  for (auto place = members_.begin(); place != members_.end();) {
    const std::shared_ptr<Member> member = *place++;
    tell(*member);
  }
  telling_ = false;
  CloseIfEmpty();
}

void Loop::Tick() {
  now_ = Clock::now();
  TellMembers([this](Member& member) { member.OnTick(now_); });
  if (!stopping_ || !members_.empty()) ArmTimer();
}

void Loop::ArmTimer() {
  // While stopping someone waits for the end: look more often.
  const auto period = stopping_ ? std::min(tick_, std::chrono::milliseconds(20)) : tick_;
  timer_.expires_after(period);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) Tick();
  });
}

}  // namespace oncelog::net
