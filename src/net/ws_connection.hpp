// ws_connection: a WebSocket spoken on a stream, as its server or its client: frames, pings, the closing handshake, limits. A
// client masks what it sends, and refuses what is masked. Owner: itself while its stream is open (so that a closing handshake
// ends after the listener has gone), and whoever holds a ref. Thread: the worker's.
#pragma once

#include "base/ref.hpp"
#include "net/stream.hpp"
#include "wire/ws_decoder.hpp"
#include "wire/ws_deflate.hpp"
#include "wire/ws_encoder.hpp"

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>

namespace jackfield::net {

/// How a WebSocket ended.
enum class ws_end : std::uint8_t {
  closed,     // the closing handshake, or the peer just went
  broken,     // reset, or stalled
  violation,  // the peer broke the protocol or a limit; `code` is what we told it
};

class ws_handler {
 public:
  /// A whole message; the data is gone after the call.
  virtual void on_text(std::string_view text) = 0;
  virtual void on_binary(std::string_view data) = 0;
  /// Once; nothing follows. code: the peer's close code (1005: none given, 1006: it just went).
  virtual void on_ws_closed(ws_end how, std::uint16_t code, std::string_view reason) = 0;
  /// All output has left; when want_drain() asked for it.
  virtual void on_ws_drained() {}

 protected:
  ~ws_handler() = default;
};

/// Shared by all connections of a server, which outlives them, or of a client, which they may outlive.
struct ws_settings {
  wire::ws_limits limits;
  std::chrono::milliseconds close_time{30000};  // S15
  std::size_t deflate_threshold = 1024;
  std::shared_ptr<std::atomic<std::size_t>>
      window_bytes{};  // sum of what zlib keeps for open connections (S17), which may outlive the server; null: not counted
};

class ws_connection final : public base::ref_counted<ws_connection>, stream_handler {
 public:
  /// The opening handshake is done; `agreed` when permessage-deflate was. Call start() when ready.
  ws_connection(std::unique_ptr<stream> s, const ws_settings& settings, const wire::deflate_params* agreed = nullptr);
  /// A client's, over an opening handshake that it asked for.
  ws_connection(std::unique_ptr<stream> s, std::shared_ptr<const ws_settings> settings, const wire::deflate_params* agreed);
  ~ws_connection();

  /// `early`: bytes that came behind the handshake (S10).
  void start(ws_handler& h, std::string_view early = {});
  /// No callback from now on.
  void silence() noexcept { handler_ = nullptr; }

  bool open() const noexcept { return state_ == state::open; }
  /// Nothing waits for the peer to take more. What the worker holds back for a moment would have gone.
  bool idle() const noexcept { return !stream_ || stream_->out().empty() || stream_->held(); }
  std::size_t unsent_bytes() const noexcept { return stream_ ? stream_->out().size() : 0; }
  /// What send_frames() needs, into the cache: 0: of the stream, 1: of its queue, when 0 has come.
  void fetch(std::size_t step) const noexcept {
    if (!stream_) return;
    step == 0 ? stream_->fetch() : stream_->out().fetch_end();
  }
  /// The window that our deflated messages may use; 0: none are agreed on.
  int deflate_bits() const noexcept { return deflate_bits_; }
  std::size_t deflate_threshold() const noexcept { return settings_.deflate_threshold; }

  /// Sends one message made of two parts (a type digit and text, say). `compress`: allowed when agreed and big enough.
  void send(wire::ws_opcode op, std::string_view head, std::string_view body, bool compress = false);
  /// Sends frames that were built before.
  void send_frames(const base::shared_bytes& frames);
  /// The same, and some of them hold messages that were deflated each by itself. REQUIRES: deflate_bits() are enough for them.
  void send_packed_frames(const base::shared_bytes& frames);
  /// Sends a close frame (code 0: without one) and waits for the peer's. on_ws_closed follows.
  void close(std::uint16_t code = 0, std::string_view reason = {});
  /// The end at once, without a word; on_ws_closed is not called.
  void drop();
  void pause(bool paused);
  void want_drain(bool wanted);

 private:
  static constexpr std::uint16_t going_away = 1001;  // S47
  enum class state : std::uint8_t { open, closing /* our close frame is out */, done };
  struct deflate;
  struct close_timer;
  struct extras;
  extras& more();
  ws_connection(std::unique_ptr<stream> s, const ws_settings& settings, wire::ws_role role);
  void agree(const wire::deflate_params& ours);
  void send_frame(wire::ws_opcode op, std::string_view head, std::string_view body, bool deflated);
  void send_masked(wire::ws_opcode op, std::string_view head, std::string_view body, bool deflated);

  void on_data(std::span<char> data) override;
  void on_end(stream_end how) override;
  void on_drained() override;
  void on_retire(retirement) override { close(going_away); }
  void handle(std::span<char> data);
  bool deliver(const wire::ws_event& e);
  void answer_ping(std::string_view payload);
  void peer_closed(std::uint16_t code, std::string_view reason);
  void fail(std::uint16_t code, std::string_view why);
  base::ref<ws_connection> let_go() noexcept;
  void over(ws_end how, std::uint16_t code, std::string_view reason);
  void close_timed_out();

  state state_ = state::open;  // the small ones first: they fit behind the count
  bool drain_wanted_ : 1 = false;
  bool holds_itself_ : 1 = false;  // while the stream is open
  wire::ws_role role_;
  std::uint8_t deflate_bits_ = 0;
  std::unique_ptr<stream> stream_;
  ws_handler* handler_ = nullptr;
  const ws_settings& settings_;
  wire::ws_decoder decoder_;
  std::unique_ptr<extras> extras_;  // what an idle connection does without
};

}  // namespace jackfield::net
