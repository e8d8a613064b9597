// nsp: a namespace on one worker: who is connected, rooms, middlewares, handlers of new sockets, questions to many.
// Owner: the shard; the program's handles. Thread: the worker's, but for what says otherwise.
#pragma once

#include "adapter/rooms.hpp"
#include "base/ref.hpp"
#include "server/broadcast_acks.hpp"
#include "server/socket.hpp"

#include <jackfield/nsp.hpp>

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace jackfield::srv {

class recovery;
class shard;

class nsp final : public base::ref_counted<nsp> {
 public:
  using connection_fn = std::function<void(jackfield::socket)>;
  using middleware_fn = std::function<void(jackfield::socket, next)>;
  using bad_event_fn = std::function<void(const bad_event&)>;

  /// What the program registered. Replaced, never changed: a connection procedure keeps what it began with.
  struct hooks {
    std::vector<std::shared_ptr<const connection_fn>> connected;
    std::vector<std::shared_ptr<const middleware_fn>> middlewares;
    std::shared_ptr<const bad_event_fn> bad_event;
  };

  nsp(shard& s, std::string name);
  ~nsp();

  // Any thread.
  const std::string& name() const noexcept { return name_; }
  shard& home() const noexcept { return shard_; }
  std::uint64_t next_ack_id() noexcept { return ack_ids_.fetch_add(1, std::memory_order_relaxed); }
  std::shared_ptr<const hooks> registered() const;
  void on_connection(connection_fn f);
  void use(middleware_fn f);
  void on_bad_event(bad_event_fn f);

  adapter::rooms& rooms() noexcept { return rooms_; }
  broadcast_acks& acks() noexcept { return acks_; }
  /// Null: recovery is off.
  class recovery* recovery() const noexcept {
    return recovery_.get();
  }

  /// A client asks to join: middlewares, then welcome or refusal (protocol.md 3.7).
  void admit(socket& s);
  /// The end of admit(): calls the handlers of new sockets.
  void welcome(socket& s, const hooks& h);
  /// The worker ends: nobody waits any more.
  void end();

 private:
  class admission;
  template <class Change>
  void change(Change&& c);

  shard& shard_;
  std::string name_;
  mutable std::mutex mutex_;  // guards hooks_
  std::shared_ptr<const hooks> hooks_;
  std::atomic<std::uint64_t> ack_ids_{0};
  adapter::rooms rooms_;
  broadcast_acks acks_;
  std::unique_ptr<class recovery> recovery_;
  std::vector<detail::ref<detail::chain>> at_door_;  // admissions whose middlewares take their time
};

}  // namespace jackfield::srv
