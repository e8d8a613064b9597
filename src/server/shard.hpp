// shard: the server's state on one worker: its namespaces, its connections, what they share. The gateway gives it sessions.
// Owner: the server. Thread: the worker's, but for what says otherwise.
#pragma once

#include "adapter/memory_recovery.hpp"
#include "base/host.hpp"
#include "engine/session.hpp"
#include "server/connection.hpp"
#include "server/nsp.hpp"
#include "socket/endpoint.hpp"
#include "socket/mux.hpp"

#include <jackfield/options.hpp>
#include <jackfield/pending.hpp>
#include <jackfield/server.hpp>

#include <boost/unordered/unordered_flat_map.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace jackfield::srv {

class crew;
class realm;

class shard {
 public:
  /// One of several; its number is the host's. All outlive the shard.
  shard(crew& c, base::host& host);
  /// The only one of its server.
  shard(base::host& host, const server_options& options);
  shard(const shard&) = delete;
  shard& operator=(const shard&) = delete;
  /// REQUIRES: no session is left open, or none will send anything more. Sockets end, without a word to their clients.
  ~shard();

  // --- for the gateway
  /// May one more session be opened? Sessions without a namespace are limited, those of all workers together (S24).
  bool has_room() const noexcept;
  /// Takes a new session, before any of its packets.
  void on_session(engine::session& s);
  /// Every socket ends with "server shutting down", then every session is closed.
  void shutdown();
  /// Calls f once when no session is left: now, or at the end of the turn in which the last one ended.
  void when_empty(base::unique_function<void()> f);

  // --- for the server
  crew& of_server() const noexcept { return crew_; }
  std::size_t number() const noexcept { return number_; }
  base::host& host() const noexcept { return environment_.host; }
  const server_options& options() const noexcept { return options_; }
  sio::environment& environment() noexcept { return environment_; }
  sio::decoding& decoding() noexcept { return decoding_; }
  /// Null: recovery is off.
  adapter::recovery_pool* recovery_pool() const noexcept { return recovery_pool_.get(); }
  std::size_t connections() const noexcept { return connections_.size(); }
  void count_pending(bool more) noexcept { pending_ += more ? 1u : ~std::size_t{0}; }
  void remove(connection& c) noexcept;
  using drain_waiter = detail::ref<detail::pending_state<void>>;
  /// Who waits for a connection to have sent all. Few do, so that they are kept here.
  void wait_for_drain(connection& c, drain_waiter who) { drains_[&c].push_back(std::move(who)); }
  std::vector<drain_waiter> take_drain_waiters(connection& c);
  /// Keeps it until the end of the turn: its functions may be on the stack.
  template <class T>
  void bury(base::ref<T> r) {
    host().defer([r = std::move(r)] {});
  }

  // --- namespaces
  /// The part here of a namespace that there is, or that the program asks for; made when it is new here.
  base::ref<nsp> of(std::string_view name);
  /// Null: there is no such namespace. The name is compared as it is (protocol.md 3.7).
  nsp* find(std::string_view name);
  nsp& part_of(realm& r);
  /// It was given up.
  void forget(realm& r);

  // Any thread.
  /// Sessions that are open here.
  std::size_t clients() const noexcept { return clients_.load(std::memory_order_relaxed); }
  /// Those of them without a namespace.
  std::size_t pending_sessions() const noexcept { return pending_.load(std::memory_order_relaxed); }
  void report(const fault& f) noexcept;
  void after(std::chrono::milliseconds t, std::function<void()> f);
  std::uint64_t next_serial() noexcept { return serials_.fetch_add(1, std::memory_order_relaxed); }

 private:
  class delay;
  shard(std::unique_ptr<crew> own, base::host& host);
  void tell_of(connection& c);

  std::unique_ptr<crew> own_crew_;  // of one that is alone
  crew& crew_;
  std::size_t number_;
  const server_options& options_;
  sio::environment environment_;
  sio::decoding decoding_;
  std::unique_ptr<adapter::recovery_pool> recovery_pool_;
  std::vector<base::ref<connection>> connections_;
  std::atomic<std::size_t> pending_{0};  // written here
  boost::unordered_flat_map<connection*, std::vector<drain_waiter>> drains_;
  std::atomic<std::size_t> clients_{0};
  std::vector<base::unique_function<void()>> when_empty_;
  std::atomic<std::uint64_t> serials_{1};
  std::vector<std::unique_ptr<delay>> delays_;
  std::map<std::string_view, base::ref<nsp>, std::less<>> parts_;  // those that somebody here asked for
};

}  // namespace jackfield::srv
