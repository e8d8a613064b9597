// mux: one Engine.IO session and the namespaces on it: decodes messages, keeps packets together, finds the endpoint of a
// namespace. What the packets mean is the role's business: the server's connection and the client's manager derive.
// protocol.md 3.5, 3.6. Owner: the role. Thread: the worker's.
#pragma once

#include "engine/session.hpp"
#include "protocol/sio_text.hpp"
#include "socket/endpoint.hpp"
#include "socket/unfinished.hpp"

#include <jackfield/parser.hpp>

#include <boost/container/small_vector.hpp>

#include <atomic>
#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>

namespace jackfield::sio {

/// What the muxes of one worker share.
struct decoding {
  /// `held`: of all workers, which the budget is for; null: of this one.
  decoding(const protocol::sio_limits& l, const protocol::sio_limits& old, std::size_t budget_bytes, const parser* p,
           std::atomic<std::size_t>* held = nullptr);

  protocol::sio_limits limits;
  protocol::sio_limits old_limits;  // of revision 3, where a query stands behind the namespace (protocol.md 3.9)
  protocol::sio_scratch scratch;
  unfinished_budget budget;
  const parser* packets;                           // null: the built-in text
  parser_limits packet_limits, old_packet_limits;  // the same, for parsers
};

class mux : public engine::session_listener, public holder {
 public:
  mux(engine::session& session, decoding& shared);
  virtual ~mux() = default;

  /// Null after the close.
  engine::session* session() const noexcept { return over_ ? nullptr : session_.get(); }
  /// What session() reads, into the cache.
  void fetch() const noexcept {
    __builtin_prefetch(&session_);
    __builtin_prefetch(&over_);
  }

 protected:
  enum class standing : std::uint8_t {
    pending,  // CONNECT is not answered yet
    joined,
    dismissed,  // we left it; what the peer sent before it knew is ignored
  };
  struct slot {
    std::string_view nsp;        // of the namespace, which the role keeps as long as the slot
    base::ref<endpoint> socket;  // null: dismissed
    standing is;
  };

  slot* find(std::string_view nsp) noexcept;
  boost::container::small_vector<slot, 1>& slots() noexcept { return slots_; }
  const boost::container::small_vector<slot, 1>& slots() const noexcept { return slots_; }
  bool unfinished() const noexcept { return foreign_ != nullptr ? foreign_->held_bytes() > 0 : decoder_.unfinished(); }
  /// No packet is looked at any more.
  void stop_listening() noexcept;
  /// The session as it was given to us, also after the close. Null: it was taken.
  const engine::session_ref& given_session() const noexcept { return session_; }
  /// It is over: session() is null from now on.
  engine::session_ref drop_session() noexcept {
    over_ = true;
    return session_;
  }
  /// The same, and we let go of it.
  engine::session_ref take_session() noexcept {
    over_ = true;
    return std::move(session_);
  }

  virtual void receive(const protocol::sio_packet& p) = 0;
  virtual void on_undecodable(protocol::sio_error e, std::string_view why) = 0;
  /// A packet began to wait for attachments, or got one.
  virtual void on_unfinished() = 0;

 private:
  void on_message(engine::session&, protocol::payload_kind kind, std::string_view data) final;
  void on_foreign_message(wire_message m);
  decoded ask_decoder(const wire_message* m);
  bool note_held(std::size_t& before);
  void refuse(protocol::sio_error e, std::string_view why);

  engine::session_ref session_;
  decoding& shared_;
  protocol::sio_decoder decoder_;
  std::unique_ptr<packet_decoder> foreign_;  // of a parser other than the built-in; null: decoder_ is used
  boost::container::small_vector<slot, 1> slots_;
  bool deaf_ = false;
  bool over_ = false;
};

}  // namespace jackfield::sio
