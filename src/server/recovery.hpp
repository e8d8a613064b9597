// recovery: connection state recovery of one namespace (protocol.md 4.12): stamps and keeps what is sent, keeps sockets that were
// cut, and gives a client that comes back its state and what it missed.
//
// What a client has is told by the offset that it sends; without one it has nothing that came after its CONNECT answer. A
// client may come back before its old connection is known to be dead: then that one ends first. Owner: the namespace; made
// only when recovery is on. Thread: the worker's, but for what says otherwise.
#pragma once

#include "adapter/recovery_store.hpp"
#include "base/hash.hpp"
#include "engine/short_string.hpp"
#include "socket/endpoint.hpp"
#include "socket/sent_event.hpp"

#include <jackfield/broadcast.hpp>
#include <jackfield/recovery.hpp>

#include <boost/unordered/unordered_flat_map.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace jackfield::srv {

class nsp;
class socket;

/// What a socket carries so that it may come back.
struct recoverable {
  /// Between the CONNECT packet and its answer: whose place the client takes.
  struct return_ticket {
    std::unique_ptr<adapter::saved_session> session;
    std::vector<engine::outgoing_ref> missed;
    std::uint64_t upto;  // the last packet that was looked at
  };

  engine::short_string pid;
  std::uint64_t since = 0;  // packet numbers: as in saved_session
  std::uint64_t last = 0;
  adapter::hole hole;
  adapter::room_journal changes;
  std::atomic<adapter::offset_trust> trust{adapter::offset_trust::sound};
  std::atomic<bool> away{false};  // it is gone and was saved
  std::unique_ptr<return_ticket> back;
  std::unique_ptr<const recovery_report> report;  // null: a new client
};

/// What fan_out leaves with each receiver.
struct sent_mark {
  std::uint64_t number = 0;  // of the packet; 0: it is not kept
  adapter::offset_trust trust = adapter::offset_trust::sound;
  void leave(recoverable& r) const noexcept {
    if (number != 0) r.last = number;
    if (trust == adapter::offset_trust::forged) r.trust.store(trust, std::memory_order_relaxed);
  }
};

class recovery {
 public:
  recovery(nsp& n, std::unique_ptr<adapter::recovery_store> store);
  ~recovery();

  // --- packets
  /// An event for many. Any thread. Throws bad_result(too_many): attachments.
  void broadcast(const broadcast_operator& to, const detail::emit_flags& f, packer& p);
  /// An event for one; also while its client is away. Any thread. False: dropped.
  bool emit(socket& to, const detail::emit_flags& f, packer& p);
  /// The mark of an event that is not kept: its last argument may pass for an offset. Any thread.
  static sent_mark mark_of(packer& p) noexcept;

  // --- sockets
  /// Looks for what the client left behind; s is not known to anybody yet. Other sockets may end, and call handlers.
  void look_up(socket& s);
  /// The CONNECT answer and what was missed. False: what is missed has gone meanwhile, and the connection is closed.
  bool greet(socket& s);
  /// s did not get in: what it would have got back is kept again.
  void give_back(socket& s);
  /// Between disconnecting and disconnect: saved, when the reason allows it.
  void leave(socket& s, disconnect_reason why);
  /// Behind disconnect: the application's data goes to what was saved.
  void left(socket& s);
  void forget(socket& s) noexcept;
  void note(socket& s, std::string_view room, adapter::move what);

  /// The worker ends.
  void end() noexcept;
  /// Any thread.
  bool over() const noexcept { return over_.load(std::memory_order_acquire); }
  adapter::recovery_store& store() noexcept { return *store_; }

 private:
  struct parcel;
  struct made {
    sio::sent_event event;
    std::uint64_t number;
  };
  class sending;

  bool now() const noexcept;
  void put_off(std::unique_ptr<parcel> p);
  void run(const parcel& p);
  made record(packer& p, const detail::emit_flags& f, adapter::addressees to);
  void broadcast_now(const broadcast_operator& to, const detail::emit_flags& f, packer& p);
  bool emit_now(socket& to, const detail::emit_flags& f, packer& p);

  void supersede(socket& s, std::string_view pid);
  std::optional<std::uint64_t> position_of(const adapter::saved_session& known, const value& auth) const noexcept;
  std::unique_ptr<recoverable::return_ticket> trace(std::unique_ptr<adapter::saved_session> known, std::uint64_t position,
                                                    recovery_report& r);
  void take_place(socket& s, std::unique_ptr<recoverable::return_ticket> t);
  void send_connect(socket& s);

  nsp& nsp_;
  std::unique_ptr<adapter::recovery_store> store_;
  boost::unordered_flat_map<std::string_view, socket*, base::string_hash, std::equal_to<>> live_;  // by pid
  std::deque<std::unique_ptr<parcel>> waiting_;  // emitted while another was on its way to its receivers
  bool busy_ = false;
  std::atomic<bool> over_{false};
};

}  // namespace jackfield::srv
