// peer: one simulated client, from connect() to its namespace and on: WebSocket, long-polling, or polling that upgrades.
// Owner: its crowd, whose thread is the only one. A peer may be opened again after it went down. Errors go to the watcher as a
// trouble. Idle it costs some 300 bytes; a message sent is a copy into its output, which its crowd writes once per turn.
#pragma once

#include "clock.hpp"
#include "tls_line.hpp"
#include "trouble.hpp"
#include "wire/http_reply_parser.hpp"
#include "wire/ws_decoder.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace jackfield::bench {

class crowd;

enum class road : std::uint8_t {
  websocket,  // at once
  polling,    // HTTP long-polling, and nothing else
  upgrade,    // polling first, then WebSocket, as browsers do unless told otherwise
};

class peer {
 public:
  peer(crowd& of, std::uint32_t index) noexcept : crowd_(of), index_(index) {}
  peer(const peer&) = delete;
  peer& operator=(const peer&) = delete;

  std::uint32_t index() const noexcept { return index_; }
  bool off() const noexcept { return stage_ == stage::off; }
  bool connecting() const noexcept { return stage_ == stage::connecting; }
  bool ready() const noexcept { return stage_ == stage::ready; }
  /// The moment from which its connecting is counted.
  nanos meant() const noexcept { return meant_; }

  /// An Engine.IO packet as text, `42["echo",…]`. REQUIRES: ready().
  void send(std::string_view packet);
  /// As hang_up(), but a polling session is ended first: nothing else would tell the server before its heartbeat does.
  void leave() noexcept;
  /// Closes the line as a program that ends does (FIN), or by RST, as when the network is gone. Nobody is told.
  void hang_up() noexcept;
  void cut() noexcept;

 private:
  friend class crowd;
  enum class stage : std::uint8_t {
    off,
    connecting,  // the TCP connection is under way
    polling,     // the session is being opened over HTTP
    upgrading,   // 101 is awaited
    opening,     // the open packet is awaited on WebSocket
    probing,     // "3probe" is awaited
    joining,     // CONNECT was sent
    ready,
  };
  enum class request : std::uint8_t { none, open, post, get };  // which HTTP answer is awaited

  void open(nanos meant);
  void start_line();
  void on_connected();
  void on_events(std::uint32_t events);
  void on_readable();
  void on_data(std::span<char> data);
  void on_line_closed(trouble why);
  void on_readable_tls();
  void flush();
  void flush_tls();
  void on_tls_end(tls_line::outcome how);
  void arm(bool write);
  void close_line() noexcept;
  void down(trouble why);
  void down(trouble why, std::string_view words);

  // peer_ws.cpp
  void ask_upgrade();
  void on_frames(std::span<char> data);
  bool on_frame(const wire::ws_event& e);
  void on_packet(std::string_view text);
  void on_message(std::string_view sio);
  void frame(std::string_view text);
  void join();

  // peer_poll.cpp
  void expect(wire::http_request_kind kind);
  void ask(request what);
  void pump();
  void on_answers(std::string_view data);
  void on_answer();
  void down_for_status();
  void on_open(std::string_view body);
  void on_payload(std::string_view body);

  crowd& crowd_;
  const std::uint32_t index_;
  std::uint32_t life_ = 0;  // how often a line was opened: events of a former one are known by it
  int fd_ = -1;
  stage stage_ = stage::off;
  request request_ = request::none;
  bool on_ws_ = false;
  bool wants_write_ = false;
  bool dirty_ = false;  // stands in the crowd's list of those to be written
  nanos meant_ = 0;
  nanos started_ = 0;
  std::string out_;
  std::size_t out_at_ = 0;
  std::string sid_;
  std::uint32_t awaited_ = 0;  // polling: answers to what was sent
  std::string posts_;          // polling: packets that wait for the next POST
  std::unique_ptr<tls_line> tls_;
  std::optional<wire::ws_decoder> decoder_;
  std::unique_ptr<wire::http_reply_parser> answer_;
};

}  // namespace jackfield::bench
