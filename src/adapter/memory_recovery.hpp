// memory_recovery: packets and sessions for recovery in this process's memory. One recovery_pool per worker holds the limits,
// the sessions in order of expiry and the clock; each namespace has a memory_recovery on it. Where there are several workers each
// keeps what its own sockets may miss, in the order in which it came there; the packets are shared by all.
//
// Packets stay for the time that a client may be away, and as long before as a dead connection may go unnoticed. Of more
// than the limits allow the oldest go: of packets, those of the namespace that holds most. Thread: the worker's.
#pragma once

#include "adapter/recovery_store.hpp"
#include "base/hash.hpp"
#include "base/host.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace jackfield::adapter {

class memory_recovery;

struct recovery_limits {
  base::duration away{};     // how long a session is kept
  base::duration unseen{};   // how long before its end a connection may be dead
  std::size_t packets = 0;   // of one namespace
  std::size_t bytes = 0;     // packets of all
  std::size_t sessions = 0;  // of all
  std::size_t session_bytes = 0;
};

class recovery_pool {
 public:
  /// The host outlives the pool. `tag`: of the offsets of this server, whose workers are so many.
  recovery_pool(base::host& host, const recovery_limits& limits, std::string tag = fresh_tag(), std::size_t workers = 1);
  static std::string fresh_tag();

  std::size_t packet_bytes() const noexcept { return packet_bytes_; }
  std::size_t sessions() const noexcept { return saved_.size(); }
  std::size_t session_bytes() const noexcept { return session_bytes_; }

 private:
  friend class memory_recovery;
  struct kept {
    std::unique_ptr<saved_session> session;
    const memory_recovery* of;
    std::size_t bytes;
  };
  using place = std::list<kept>::iterator;

  void save(const memory_recovery& of, std::unique_ptr<saved_session> s);
  std::unique_ptr<saved_session> extract(place p);
  void forget_first() { const auto grave = extract(saved_.begin()); }
  void shrink_log();
  void expire_sessions();
  void on_timer();
  void arm();

  base::host& host_;
  recovery_limits limits_;
  std::string tag_;  // what offsets begin with
  std::size_t workers_;
  std::list<kept> saved_;  // the first expires first
  boost::unordered_flat_map<std::string_view, place, base::string_hash, std::equal_to<>> by_pid_;
  std::vector<memory_recovery*> logs_;
  std::size_t packet_bytes_ = 0, session_bytes_ = 0;
  base::member_timer<recovery_pool, &recovery_pool::on_timer> timer_{*this};
};

class memory_recovery final : public recovery_store {
 public:
  /// The pool outlives it. Any thread.
  explicit memory_recovery(recovery_pool& pool);
  ~memory_recovery() override;

  std::uint64_t last() const noexcept override { return last_; }
  std::uint64_t first() const noexcept override { return last_ + 1 - log_.size(); }
  void write_offset(std::string& out) const override;
  offset read_offset(std::string_view text) const noexcept override;
  std::uint64_t next_mark() const noexcept override { return (last_ + 1) * pool_.workers_ + pool_.host_.number(); }
  origin origin_of(std::uint64_t mark) const noexcept override { return {mark % pool_.workers_, mark / pool_.workers_}; }
  std::uint64_t record(engine::outgoing_ref packet, addressees to, reach r = reach::all_workers) override;
  std::uint64_t repeat(engine::outgoing_ref packet, addressees to, std::uint64_t mark) override;
  void missed(std::uint64_t from, membership who, std::vector<kept_packet>& out) const override;
  void save(std::unique_ptr<saved_session> s) override { pool_.save(*this, std::move(s)); }
  bool load(std::string_view pid, std::unique_ptr<session_cargo> cargo) override;
  saved_session* find(std::string_view pid) noexcept override;
  std::unique_ptr<saved_session> take(std::string_view pid) override;

 private:
  friend class recovery_pool;
  struct entry {
    kept_packet what;
    addressees to;
    base::time_point at;
  };
  /// What came from another worker: number there, number here.
  struct arrival {
    std::uint64_t there, here;
  };
  static std::size_t bytes_of(const entry& e) noexcept { return sizeof(entry) + e.what.packet->bytes() + e.to.bytes(); }
  std::uint64_t keep(entry e);
  std::uint64_t number_of(origin o) const noexcept;
  void drop_first() noexcept;
  void expire(base::time_point before) noexcept;

  recovery_pool& pool_;
  std::deque<entry> log_;
  std::vector<std::deque<arrival>> arrivals_;  // of each worker, those in the log; empty: there is one worker
  std::uint64_t last_ = 0;
  std::size_t bytes_ = 0;
  bool listed_ = false;  // in the pool
};

}  // namespace jackfield::adapter
