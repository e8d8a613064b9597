// recovery: connection state recovery of one namespace (protocol.md 4.12): stamps and keeps what is sent, keeps sockets that were
// cut, and gives a client that comes back its state and what it missed.
//
// What a client has is told by the offset that it sends; without one it has nothing that came after its CONNECT answer. A
// client may come back before its old connection is known to be dead: then that one ends first. Of several that come at once, to
// one worker or to many, the newest gets the state, and older ones end.
//
// Where there are several workers each keeps what its sockets may miss, in the order in which it came there. A client that comes
// back elsewhere is asked for on all workers, and gets its state from the one that has it (homecoming.cpp).
//
// Owner: the part of the namespace; made only when recovery is on. Thread: the worker's, but for what says otherwise.
#pragma once

#include "adapter/recovery_store.hpp"
#include "base/hash.hpp"
#include "engine/short_string.hpp"
#include "socket/endpoint.hpp"
#include "socket/sent_event.hpp"

#include <jackfield/broadcast.hpp>
#include <jackfield/recovery.hpp>

#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace jackfield::srv {

class nsp;
class shard;
class socket;

/// What a socket carries so that it may come back.
struct recoverable {
  /// Between the CONNECT packet and its answer: whose place the client takes.
  struct return_ticket {
    std::unique_ptr<adapter::saved_session> session;
    std::vector<adapter::kept_packet> missed;
    std::uint64_t upto = 0;  // the last packet that was looked at
  };

  engine::short_string pid;
  std::uint64_t since = 0;  // packet numbers: as in saved_session
  std::uint64_t last = 0;
  std::uint64_t last_mark = 0;
  std::uint64_t claim = 0;
  adapter::hole hole;
  adapter::room_journal changes;
  std::atomic<adapter::offset_trust> trust{adapter::offset_trust::sound};
  std::atomic<bool> away{false};  // it is gone and was saved
  std::unique_ptr<adapter::replay> replayed;
  std::unique_ptr<return_ticket> back;
  std::unique_ptr<const recovery_report> report;  // null: a new client
};

/// What fan_out leaves with each receiver.
struct sent_mark {
  std::uint64_t number = 0;  // of the packet; 0: it is not kept
  adapter::offset_trust trust = adapter::offset_trust::sound;
  std::uint64_t mark = 0;
  void leave(recoverable& r) const noexcept {
    if (number != 0) r.last = number, r.last_mark = mark;
    if (trust == adapter::offset_trust::forged) r.trust.store(trust, std::memory_order_relaxed);
  }
};

class recovery {
 public:
  recovery(nsp& n, std::unique_ptr<adapter::recovery_store> store);
  ~recovery();

  // --- packets
  /// An event for many. Any thread. Throws bad_result(too_many): attachments.
  static void broadcast(const broadcast_operator& to, const detail::emit_flags& f, packer& p);
  /// An event for one; also while its client is away. Any thread. False: dropped.
  bool emit(socket& to, const detail::emit_flags& f, packer& p);
  /// The mark of an event that is not kept: its last argument may pass for an offset. Any thread.
  static sent_mark mark_of(packer& p) noexcept;

  // --- sockets
  enum class search : std::uint8_t {
    done,
    goes_on,  // other workers are asked; then s enters by itself
  };
  /// Looks for what the client left behind; s is not known to anybody yet. Other sockets may end, and call handlers.
  search look_up(socket& s);
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
    sent_mark mark;
  };
  class sending;
  /// What a client says that it is, and has.
  struct claim {
    std::string pid;
    std::optional<std::string> offset;  // nothing: it brought none; one that is no text is empty, and none of ours
    std::uint64_t number = 0;           // crew::next_claim: the newer connection of a client is the one that lives
    static std::optional<claim> of(const value& auth);
  };
  /// Which packets a client has: those up to this number, and of those that it was sent when it came here so many.
  struct position {
    std::uint64_t number;
    std::size_t replayed = static_cast<std::size_t>(-1);
  };
  /// The numbers of the last packets of all workers, each its own.
  using frontier = std::vector<std::uint64_t>;
  struct luggage;
  struct whereabouts;

  bool now() const noexcept;
  void put_off(std::unique_ptr<parcel> p);
  void run(const parcel& p);
  made record(packer& p, const detail::emit_flags& f, adapter::addressees to, adapter::reach r);
  void broadcast_now(const broadcast_operator& to, const detail::emit_flags& f, packer& p);
  void repeat_elsewhere(const broadcast_operator& to, const made& packet);
  void repeat_here(const broadcast_operator& to, const sio::sent_event& event, std::uint64_t mark);
  bool emit_now(socket& to, const detail::emit_flags& f, packer& p);
  bool emit_to(socket* reader, std::string_view sid, const detail::emit_flags& f, packer& p);
  void emit_elsewhere(const socket& gone, const detail::emit_flags& f, packer& p);

  void supersede(std::string_view pid, const socket* newer);
  std::unique_ptr<recoverable::return_ticket> find(const claim& c, recovery_report& r);
  std::optional<position> position_of(const adapter::saved_session& known, const claim& c) const noexcept;
  std::unique_ptr<recoverable::return_ticket> trace(std::unique_ptr<adapter::saved_session> known, position p,
                                                    recovery_report& r);
  void take_place(socket& s, std::unique_ptr<recoverable::return_ticket> t, std::uint64_t number);
  void send_connect(socket& s);

  bool has(std::string_view pid) noexcept;
  std::uint64_t last_claim(std::string_view pid) noexcept;
  void ask_others(socket& s, claim c, int asked);
  void lend(const std::string& pid);
  void hand_out(luggage l, shard& to, const base::ref<socket>& s);
  void pack(luggage& l, shard& to);
  void arrive(socket& s, luggage l);
  bool unpack(luggage& l);
  void send_back(luggage& l);
  void remember_replay(socket& s);
  void forget_replays();

  nsp& nsp_;
  std::unique_ptr<adapter::recovery_store> store_;
  boost::unordered_flat_map<std::string_view, socket*, base::string_hash, std::equal_to<>> live_;  // by pid
  std::deque<std::unique_ptr<parcel>> waiting_;  // emitted while another was on its way to its receivers
  bool busy_ = false;
  std::atomic<bool> over_{false};
  boost::unordered_flat_set<std::string, base::string_hash, std::equal_to<>> lent_;  // pids, handed out a moment ago
  std::deque<std::pair<base::time_point, std::string>> lent_since_;
  std::deque<std::pair<base::time_point, base::ref<socket>>> replays_;  // that may have arrived in part, the oldest first
  base::member_timer<recovery, &recovery::forget_replays> replay_timer_{*this};
};

}  // namespace jackfield::srv
