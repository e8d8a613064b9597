// stream: one connected byte pipe of the operating system (TCP or Unix), non-blocking; plain, or with TLS on it.
// Reads into the worker's buffer, gathers output, writes once at the end of the turn.
// Owner: the connection that speaks on it (a unique_ptr that moves from HTTP to WebSocket at an upgrade),
// the worker while it says farewell. Thread: the worker's.
#pragma once

#include "net/out_queue.hpp"
#include "net/tls_channel.hpp"
#include "net/worker.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace jackfield::net {

/// Why a stream ended without our doing.
enum class stream_end : std::uint8_t {
  closed,     // the peer closed its side
  reset,      // the connection broke
  stalled,    // output made no progress for the time allowed (S5)
  truncated,  // TLS: the peer went without saying that it is the end; what came last may have been cut off
};

/// How a speaker is told that the server is leaving.
enum class retirement : std::uint8_t {
  last_answer,  // who waits for requests ends with the answer to the next one
  now,          // who waits for requests ends now
};

/// Whoever speaks on a stream.
class stream_handler {
 public:
  /// Bytes arrived; they may be changed in place and are gone after the call.
  virtual void on_data(std::span<char> data) = 0;
  /// Over: once, and nothing follows.
  virtual void on_end(stream_end how) = 0;
  /// The output queue has become empty; when want_drain() asked for it.
  virtual void on_drained() {}
  /// The server is leaving: say goodbye when what is under way is done.
  virtual void on_retire(retirement) {}
  /// The handshake can go on: call stream::shake(). After start_shaking() only.
  virtual void on_shake() {}

 protected:
  ~stream_handler() = default;
};

class stream final : public pollable {
 public:
  /// Takes the descriptor over. Call start() once the owner is ready for callbacks.
  stream(worker& w, int fd, std::chrono::milliseconds stall_limit);
  ~stream();

  void start(stream_handler& h);
  void set_handler(stream_handler& h) noexcept { handler_ = &h; }
  /// Instead of start(): nothing is read; the handler hears when there is something to shake hands about (on_shake).
  void start_shaking(stream_handler& h);
  worker& on() const noexcept { return *worker_; }
  bool open() const noexcept { return fd_ >= 0; }

  /// TLS from now on; before anything was read or sent. The handshake is done by shake(), or was done elsewhere.
  void secure(std::unique_ptr<tls_channel> c) noexcept;
  /// As far as it goes now. After `done` start() the next speaker; all else than `again` is the end of it.
  tls_channel::outcome shake();
  /// Plain again: for a last word to who does not understand TLS, or after an alert.
  void give_up_tls() noexcept;
  /// Null: plain.
  tls_channel* tls() const noexcept { return tls_.get(); }
  int descriptor() const noexcept { return fd_; }

  /// Output; leaves at the end of the turn. Ignored once closed.
  out_queue& out() noexcept { return out_; }
  void touch() {
    if (!touched_) {
      touched_ = true;
      told_ = worker_->reading_mail();
      worker_->touch(*this);
    }
  }
  void send(std::string_view bytes) {
    out_.append(bytes);
    touch();
  }

  void want_drain(bool wanted) noexcept { drain_wanted_ = wanted; }

  /// Stops reading; the peer's end is noticed all the same. Going on resumes with what waits in the kernel.
  void pause(bool paused);
  /// Nothing waits to be read, the peer's end neither, as far as it has come to us. Asks the kernel.
  bool silent() const noexcept;
  bool paused() const noexcept { return paused_; }
  /// The handler has input left that it did not handle: nothing is read until it was called again, with
  /// nothing new, in the next turn (later while paused).
  void ask_again();

  /// Orderly end: what is queued goes out, then our side is shut, input is read and thrown away until the
  /// peer closes too or 2 s pass (so that no reset overtakes our last words). No callback follows.
  static void finish(std::unique_ptr<stream> s);
  /// The end at once. No callback follows.
  static void drop(std::unique_ptr<stream> s);

  // --- from one worker to another, with what was read and what was not sent yet
  /// Leaves its worker: nothing happens to it until attach(). REQUIRES: open, behind a turn (worker::after_turn).
  void detach();
  /// On the thread of `w`.
  void attach(worker& w, stream_handler& h);

  /// "127.0.0.1", "::1", …; empty when unknown.
  std::string remote_address() const;

  /// For the end of the worker: the handler hears that the stream is gone.
  void abandon() { end(stream_end::reset); }
  void retire(retirement r) {
    if (!leaving_ && handler_) handler_->on_retire(r);
  }

  // --- for the worker
  void on_events(std::uint32_t events) override;
  void on_resume() override;
  void flush();
  /// What flush() would do by one plain send alone; empty: it would do something else. Valid until anything is called.
  std::string_view ready() noexcept;
  /// So much of ready() was sent. flush() is due all the same.
  void was_sent(std::size_t n) noexcept { out_.consume(n); }
  /// Its output may wait: others said something to the peer, which has said nothing itself since the last flush().
  bool may_be_held() const noexcept { return told_ && !spoke_ && !leaving_ && !blocked_ && fd_ >= 0; }
  /// Waits with the worker (held_output.hpp), not for the kernel.
  void hold(bool on) noexcept { held_ = on; }
  bool held() const noexcept { return held_; }
  /// Into the cache, soon to be flushed.
  void fetch() const noexcept {
    __builtin_prefetch(&worker_);
    __builtin_prefetch(&fd_);
  }

 private:
  friend class worker;
  struct patience;  // timer of a stalled write or of a farewell
  enum class sent : std::uint8_t { all, blocked, broken };
  void yield();
  void read();
  void read_records();
  sent send_plain();
  sent send_records();
  void wait_for_room();
  void throw_away();
  void end(stream_end how);
  void shut_if_done();
  void close_now() noexcept;
  void lose_patience();

  worker* worker_;          // null: between two
  stream* next_ = nullptr;  // of all streams of the worker
  stream** link_ = nullptr;
  stream_handler* handler_ = nullptr;
  out_queue out_;
  std::unique_ptr<patience> patience_;
  std::unique_ptr<tls_channel> tls_;
  int fd_;
  std::uint32_t stall_ms_;
  // Bits: an idle connection is mostly such objects.
  bool touched_ : 1 = false;  // flush() is due at the end of the turn
  bool blocked_ : 1 = false;  // the kernel takes no more for now
  bool paused_ : 1 = false;
  bool readable_ : 1 = false;  // the kernel has, or may have, input
  bool leaving_ : 1 = false;   // says farewell; nobody listens
  bool shut_ : 1 = false;      // our side is shut
  bool again_ : 1 = false;     // read_again() is due in the next turn
  bool peer_ended_ : 1 = false;
  bool asked_ : 1 = false;  // the handler has input left
  bool drain_wanted_ : 1 = false;
  bool spoke_ : 1 = false;  // the peer, since the last flush()
  bool told_ : 1 = false;   // what touched it first came from another worker
  bool held_ : 1 = false;
  bool shaking_ : 1 = false;  // on_shake() instead of reading
};

}  // namespace jackfield::net
