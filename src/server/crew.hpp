// crew: the shards of one server, one on each worker, and what they share: the namespaces by name, the rules that make some, and
// what the program registered on the server. Looked into when a client asks for a namespace that its worker does not
// know yet; nothing on the way of a message comes here.
//
// Owner: the server, which outlives its shards with it. Thread: any; names and registrations are under a lock.
#pragma once

#include "base/ref.hpp"
#include "base/shared_function.hpp"
#include "server/hooks.hpp"

#include <jackfield/options.hpp>
#include <jackfield/parent_nsp.hpp>
#include <jackfield/server.hpp>

#include <atomic>
#include <cstddef>
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
class realm;
class shard;

class crew {
 public:
  /// `size` shards will join. The options outlive the crew.
  crew(const server_options& options, std::size_t size);
  crew(const crew&) = delete;
  crew& operator=(const crew&) = delete;
  ~crew();

  const server_options& options() const noexcept { return options_; }
  /// What the offsets of this server's packets begin with.
  const std::string& recovery_tag() const noexcept { return recovery_tag_; }

  /// Clients that come back, in the order in which their connections do.
  std::uint64_t next_claim() noexcept { return claims_.fetch_add(1, std::memory_order_relaxed) + 1; }

  // --- shards; all have joined before the first client comes
  std::size_t size() const noexcept { return size_; }
  void join(shard& s) { shards_.push_back(&s); }
  const std::vector<shard*>& shards() const noexcept { return shards_; }
  shard& first() const noexcept { return *shards_.front(); }
  /// Whose turn this thread is in. Null: none of ours.
  shard* here() const noexcept;
  shard& here_or_first() const noexcept;

  /// Sessions that are open.
  std::size_t clients() const noexcept;
  /// Sessions without a namespace (S24).
  std::size_t pending_sessions() const noexcept;
  /// Of unfinished packets (S26).
  std::atomic<std::size_t>& attachment_bytes() noexcept { return attachment_bytes_; }

  /// Null: this server is alone. Set before the loops run; outlives the crew. Its thread is the first shard's.
  bus* road_to_peers() const noexcept { return bus_; }
  void set_road_to_peers(bus* b) noexcept { bus_ = b; }

  // --- namespaces
  /// Made when it is new: by the first pattern that fits, else static.
  base::ref<realm> of(std::string_view name);
  /// Null: there is none. The name is compared as it is (protocol.md 3.7).
  base::ref<realm> find(std::string_view name);
  /// A rule that makes namespaces; asked after those that were made before.
  parent& of(std::regex names);
  parent& of(detail::name_rule f);
  bool has_parents() const noexcept { return has_parents_.load(std::memory_order_acquire); }
  /// The rules in order. Null: there are no more.
  base::ref<parent> parent_at(std::size_t i);
  std::vector<base::ref<realm>> children_of(parent& p);
  /// A client asks for this name and p agrees: the namespace, made when it is new. Null: there are too many.
  base::ref<realm> child(parent& p, std::string_view name);
  /// A child that nobody is in any more: its name is free.
  void forget(realm& r);

  // --- what the program registered
  void on_new_namespace(std::function<void(jackfield::nsp)> f);
  void on_fault(std::function<void(const fault&)> f);
  void on_engine_connection(std::function<void(jackfield::connection)> f);
  bool tells_of_connections() const noexcept { return told_of_connections_.load(std::memory_order_acquire); }
  std::shared_ptr<const std::function<void(jackfield::connection)>> engine_connection() const { return engine_connection_.get(); }
  void report(const fault& f) noexcept;

 private:
  base::ref<realm> add(std::string name, parent* p, bool for_client, std::unique_lock<std::mutex>& lock);
  void drop(realm& r);
  bool make_room_for_child();
  parent& add(base::ref<parent> p);

  const server_options& options_;
  std::string recovery_tag_;
  std::size_t size_;
  std::vector<shard*> shards_;
  std::atomic<std::size_t> attachment_bytes_{0};
  std::atomic<std::uint64_t> claims_{0};
  bus* bus_ = nullptr;
  std::atomic<bool> has_parents_{false}, told_of_connections_{false};
  base::shared_function<void(jackfield::nsp)> new_namespace_;
  base::shared_function<void(const fault&)> fault_;
  base::shared_function<void(jackfield::connection)> engine_connection_;

  mutable std::mutex mutex_;  // guards what follows
  std::map<std::string, base::ref<realm>, std::less<>> realms_;
  std::vector<base::ref<parent>> parents_;
  std::size_t children_ = 0;  // of all parents
};

}  // namespace jackfield::srv
