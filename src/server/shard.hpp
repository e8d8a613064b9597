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
#include <jackfield/parent_nsp.hpp>
#include <jackfield/pending.hpp>
#include <jackfield/server.hpp>

#include <boost/unordered/unordered_flat_map.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <regex>
#include <string>
#include <string_view>
#include <vector>

namespace jackfield::srv {

class bus;
class parent;

class shard {
 public:
  /// Both outlive the shard.
  shard(base::host& host, const server_options& options);
  shard(const shard&) = delete;
  shard& operator=(const shard&) = delete;
  /// REQUIRES: no session is left open, or none will send anything more. Sockets end, without a word to their clients.
  ~shard();

  // --- for the gateway
  /// May one more session be opened? Sessions without a namespace are limited (S24).
  bool has_room() const noexcept { return pending_ < options_.limits.pending_sessions; }
  /// Takes a new session, before any of its packets.
  void on_session(engine::session& s);
  /// Every socket ends with "server shutting down", then every session is closed.
  void shutdown();
  /// Calls f once when no session is left: now, or at the end of the turn in which the last one ended.
  void when_empty(base::unique_function<void()> f);

  // --- for the server
  base::host& host() const noexcept { return environment_.host; }
  const server_options& options() const noexcept { return options_; }
  sio::environment& environment() noexcept { return environment_; }
  sio::decoding& decoding() noexcept { return decoding_; }
  /// Null: recovery is off.
  adapter::recovery_pool* recovery_pool() const noexcept { return recovery_pool_.get(); }
  std::size_t connections() const noexcept { return connections_.size(); }
  std::size_t pending_sessions() const noexcept { return pending_; }
  void count_pending(bool more) noexcept { more ? ++pending_ : --pending_; }
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

  /// Null: this server is alone. Set before the loop runs; outlives the shard.
  bus* road_to_peers() const noexcept { return bus_; }
  void set_road_to_peers(bus* b) noexcept { bus_ = b; }

  // Any thread.
  /// Sessions that are open.
  std::size_t clients() const noexcept { return clients_.load(std::memory_order_relaxed); }
  /// Made when it is new: by the first pattern that fits, else static.
  base::ref<nsp> of(std::string_view name);
  /// Null: there is none. The name is compared as it is (protocol.md 3.7).
  nsp* find(std::string_view name);
  /// A rule that makes namespaces; asked after those that were made before.
  parent& of(std::regex names);
  parent& of(detail::name_rule f);
  bool has_parents() const noexcept { return has_parents_.load(std::memory_order_acquire); }
  /// The rules in order. Null: there are no more.
  base::ref<parent> parent_at(std::size_t i);
  std::vector<base::ref<nsp>> children_of(parent& p);
  /// A client asks for this name and p agrees: the namespace, made when it is new. Null: there are too many.
  nsp* child(parent& p, std::string_view name);
  /// A child that nobody is in any more: its name is free. Worker's thread.
  void forget(nsp& n);
  void on_new_namespace(std::function<void(jackfield::nsp)> f);
  void on_fault(std::function<void(const fault&)> f);
  void on_engine_connection(std::function<void(jackfield::connection)> f);
  void report(const fault& f) noexcept;
  void after(std::chrono::milliseconds t, std::function<void()> f);
  std::uint64_t next_serial() noexcept { return serials_.fetch_add(1, std::memory_order_relaxed); }

 private:
  class delay;
  base::ref<nsp> add(std::string name, parent* p, nsp::wanted_by whom, std::unique_lock<std::mutex>& lock);
  void drop(nsp& n);
  bool make_room_for_child();
  void tell_of(connection& c);
  parent& add(base::ref<parent> p);

  const server_options& options_;
  sio::environment environment_;
  sio::decoding decoding_;
  std::unique_ptr<adapter::recovery_pool> recovery_pool_;
  std::vector<base::ref<connection>> connections_;
  std::size_t pending_ = 0;
  boost::unordered_flat_map<connection*, std::vector<drain_waiter>> drains_;
  std::atomic<std::size_t> clients_{0};
  bus* bus_ = nullptr;
  std::vector<base::unique_function<void()>> when_empty_;
  std::atomic<std::uint64_t> serials_{1};
  std::vector<std::unique_ptr<delay>> delays_;

  std::mutex mutex_;  // guards what follows
  std::map<std::string, base::ref<nsp>, std::less<>> nsps_;
  std::vector<base::ref<parent>> parents_;
  std::size_t children_ = 0;  // of all parents
  std::atomic<bool> has_parents_{false};
  std::shared_ptr<const std::function<void(jackfield::nsp)>> new_namespace_;
  std::shared_ptr<const std::function<void(const fault&)>> fault_;
  std::shared_ptr<const std::function<void(jackfield::connection)>> engine_connection_;
  std::atomic<bool> told_of_connections_{false};
};

}  // namespace jackfield::srv
