// gateway_group: what the gateways of one server, one on each worker, know of each other: on which worker a session lives, and
// what is counted for all of them together.
//
// A session lives on the worker that its id names: a keyed hash of the id, modulo the workers. Ids of ours are drawn until
// they name the worker that was asked for one, so that a new session needs no move; an id of the program's (generate_id) names
// whichever it names, and its connection goes there. So there is no table of sessions that several threads share, and an
// id says nothing to those who do not have the process's key. Owner: the frontend. Thread: any, once it is filled.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace jackfield::transport {

class gateway;

class gateway_group {
 public:
  /// Before anything is accepted; in the order of the workers.
  void add(gateway& g) { all_.push_back(&g); }
  /// When nothing is accepted any more.
  void remove(const gateway& g) noexcept { std::erase(all_, &g); }
  std::size_t size() const noexcept { return all_.size(); }

  /// The worker that an id names.
  std::size_t home_of(std::string_view sid) const noexcept;
  /// Unguessable, and names this worker. Draws as many ids as there are workers, on average.
  std::string id_at(std::size_t worker) const;
  /// Null: here, or nowhere any more.
  gateway* elsewhere(std::string_view sid, const gateway& here) const noexcept;

  /// Streams of all workers.
  std::size_t streams() const noexcept;
  /// What zlib keeps for all connections (S17). The counter may outlive the group, as connections may.
  const std::shared_ptr<std::atomic<std::size_t>>& shared_window_bytes() const noexcept { return window_bytes_; }
  std::size_t window_bytes() const noexcept { return window_bytes_->load(std::memory_order_relaxed); }

  /// No session is left and none will come: connections stay where they are.
  void settle() noexcept { settled_.store(true, std::memory_order_relaxed); }

 private:
  std::vector<gateway*> all_;
  std::shared_ptr<std::atomic<std::size_t>> window_bytes_ = std::make_shared<std::atomic<std::size_t>>(0);
  std::atomic<bool> settled_{false};
};

}  // namespace jackfield::transport
