// nsp: a namespace on one worker: who is connected, rooms, middlewares, handlers of new sockets, questions to many.
// Owner: the shard; the program's handles. Thread: the worker's, but for what says otherwise.
#pragma once

#include "adapter/rooms.hpp"
#include "base/ref.hpp"
#include "server/broadcast_acks.hpp"
#include "server/hooks.hpp"
#include "server/peer_call.hpp"
#include "server/socket.hpp"

#include <jackfield/nsp.hpp>

#include <atomic>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace jackfield::srv {

class parent;
class recovery;
class shard;

class nsp final : public base::ref_counted<nsp> {
 public:
  enum class wanted_by : std::uint8_t { program, client };

  nsp(shard& s, std::string name);
  /// A child: begins with what its parent has.
  nsp(shard& s, std::string name, parent& of, wanted_by whom);
  ~nsp();

  // Any thread.
  const std::string& name() const noexcept { return name_; }
  shard& home() const noexcept { return shard_; }
  /// Null: it is not a child.
  parent* made_by() const noexcept { return parent_; }
  wanted_by wanted() const noexcept { return wanted_; }
  std::uint64_t next_ack_id() noexcept { return ack_ids_.fetch_add(1, std::memory_order_relaxed); }
  registrations& registered() noexcept { return registered_; }
  void on_room(hooks::room_fn f);

  adapter::rooms& rooms() noexcept { return rooms_; }
  broadcast_acks& acks() noexcept { return acks_; }
  /// Null: recovery is off.
  class recovery* recovery() const noexcept {
    return recovery_.get();
  }

  /// A client asks to join: middlewares, then welcome or refusal (protocol.md 3.7).
  void admit(socket& s);
  /// One more socket wants to be here, is, or was: a child that nobody is in may go.
  void arrive() noexcept { ++present_; }
  void depart();
  bool idle() const noexcept { return present_ == 0; }
  /// An event of another server. `answer`, unless empty, gets the first argument of what a handler answers. False: nobody
  /// listens to it.
  bool on_peer_event(std::string_view name, const args& a, peer_call::answer_fn answer);
  /// The end of admit(): calls the handlers of new sockets.
  void welcome(socket& s, const hooks& h);
  /// The namespace or its worker ends: nobody waits any more.
  void end();

 private:
  class admission;
  void open_recovery();
  void watch_rooms(hooks::room_fn f);

  shard& shard_;
  std::string name_;
  parent* parent_ = nullptr;  // outlives us while the shard does
  wanted_by wanted_ = wanted_by::program;
  registrations registered_;
  std::size_t present_ = 0;
  std::atomic<std::uint64_t> ack_ids_{0};
  adapter::rooms rooms_;
  broadcast_acks acks_;
  std::unique_ptr<class recovery> recovery_;
  std::vector<detail::ref<detail::chain>> at_door_;  // admissions whose middlewares take their time
};

}  // namespace jackfield::srv
