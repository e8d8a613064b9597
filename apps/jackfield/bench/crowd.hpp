// crowd: the peers of one thread and the epoll set that they are in. Works in turns: wait, read, hand out, write. Nothing here
// decides what is sent: that is its watcher's. One owner, one thread. System errors at the start throw std::runtime_error.
#pragma once

#include "packet.hpp"
#include "peer.hpp"
#include "target.hpp"
#include "tls_line.hpp"

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

namespace jackfield::bench {

/// Hears what happens to the peers of a crowd. All calls come from within turn(), open() or peer::send()'s flush.
class crowd_watcher {
 public:
  virtual void on_ready(peer&, nanos when) = 0;
  virtual void on_packet(peer&, const packet&, nanos when) = 0;
  /// It failed to connect, or its line ended; it is off.
  virtual void on_down(peer&, trouble) = 0;

 protected:
  ~crowd_watcher() = default;
};

struct crowd_settings {
  target to;
  road by = road::websocket;
  std::string nsp = "/";
  std::string auth;                   // JSON for CONNECT; empty: none
  nanos connect_limit = 10 * second;  // from connect() to the namespace
  tls_client_options tls;             // when the target is https://
  bool park = false;                  // polling: a GET waits at the server whenever nothing else is to be done
};

class crowd {
 public:
  crowd(const crowd_settings& settings, crowd_watcher& watcher);
  ~crowd();
  crowd(const crowd&) = delete;
  crowd& operator=(const crowd&) = delete;

  /// A new peer, off.
  peer& add();
  peer& at(std::size_t index) noexcept { return *peers_[index]; }
  std::size_t size() const noexcept { return peers_.size(); }
  std::size_t ready() const noexcept { return ready_; }
  std::size_t connecting() const noexcept { return connecting_; }
  /// Connects a peer that is off. `meant`: the moment from which its connecting counts.
  void open(peer& p, nanos meant);
  /// Waits for something to happen, at most until then, and handles it.
  void turn(nanos until);
  /// Writes what peers were given outside of a turn.
  void flush();
  void close_all() noexcept;

  std::uint64_t heartbeats() const noexcept { return heartbeats_; }
  /// Of the first failure of each kind, in words: from the server or the system, not to be trusted.
  const std::array<std::string, troubles>& words() const noexcept { return words_; }
  std::uint64_t bytes_in() const noexcept { return bytes_in_; }
  std::uint64_t bytes_out() const noexcept { return bytes_out_; }

 private:
  friend class peer;
  struct connecting_peer {
    nanos since;
    std::uint32_t index;
  };

  int wait(nanos until);
  void expire(nanos when);
  void touch(peer& p);
  void explain(trouble t, std::string_view words);

  const crowd_settings settings_;
  crowd_watcher& watcher_;
  packet_reader reader_;
  std::string connect_packet_, connect_frame_, upgrade_request_, accept_;
  int epoll_ = -1;
  std::vector<std::unique_ptr<peer>> peers_;
  std::vector<peer*> dirty_;
  std::deque<connecting_peer> waiting_;  // in the order in which they began
  std::size_t ready_ = 0, connecting_ = 0;
  std::uint64_t serial_ = 0;  // of lines: which local address they come from
  std::uint64_t heartbeats_ = 0, bytes_in_ = 0, bytes_out_ = 0;
  std::array<std::string, troubles> words_;
  std::unique_ptr<tls_lines> tls_;
  wire::ws_limits limits_;
  std::vector<char> buffer_;
};

}  // namespace jackfield::bench
