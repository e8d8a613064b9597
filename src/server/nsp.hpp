// nsp: the part of a namespace on one worker: who is connected there, rooms, clients before the door, questions to many.
// Owner: the shard; its sockets. Thread: the worker's, but for what says otherwise.
#pragma once

#include "adapter/rooms.hpp"
#include "base/ref.hpp"
#include "server/broadcast_acks.hpp"
#include "server/hooks.hpp"
#include "server/peer_call.hpp"
#include "server/socket.hpp"

#include <jackfield/nsp.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace jackfield::srv {

class realm;
class recovery;
class shard;

class nsp final : public base::ref_counted<nsp> {
 public:
  nsp(shard& s, realm& of);
  ~nsp();

  // Any thread.
  const std::string& name() const noexcept;
  shard& home() const noexcept { return shard_; }
  /// On all workers.
  realm& whole() const noexcept { return *realm_; }
  std::uint64_t next_ack_id() noexcept;
  registrations& registered() const noexcept;

  /// Begins, or ends, to tell what happens to rooms, as it is registered now.
  void watch_rooms();

  adapter::rooms& rooms() noexcept { return rooms_; }
  broadcast_acks& acks() noexcept { return acks_; }
  /// Null: recovery is off.
  class recovery* recovery() const noexcept {
    return recovery_.get();
  }

  /// A client asks to join: middlewares, then welcome or refusal (protocol.md 3.7).
  void admit(socket& s);
  /// Somebody entered the rooms, or left them.
  void note_size() noexcept;
  /// One socket less wants to be here, is or was: a child that nobody is in may go.
  void depart();
  /// An event of another server. `answer`, unless empty, gets the first argument of what a handler answers. False: nobody
  /// listens to it.
  bool on_peer_event(std::string_view name, const args& a, peer_call::answer_fn answer);
  /// The end of admit(): calls the handlers of new sockets.
  void welcome(socket& s, const hooks& h);
  /// The namespace or its worker ends: nobody waits any more.
  void end();

 private:
  class admission;
  void tell_room(const hooks::room_fn& f, adapter::room_change what, std::string_view room, std::string_view id);

  shard& shard_;
  base::ref<realm> realm_;
  adapter::rooms rooms_;
  bool rooms_counted_ = false;  // in the realm's census
  broadcast_acks acks_;
  std::unique_ptr<class recovery> recovery_;
  std::vector<detail::ref<detail::chain>> at_door_;  // admissions whose middlewares take their time
};

}  // namespace jackfield::srv
