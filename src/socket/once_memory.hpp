// once_memory: what a socket remembers of its exactly_once events: which keys it has seen, and what they were answered. Survives
// the socket when that is recovered: handlers of the old one that are still at work answer through the new one.
//
// An answer finds its event by a ticket, a number that is no client's ack id. Owner: shared by the endpoint, those that it had
// before, and what was saved in between. Thread: the worker's, which may
// become another one with the client, but for what says otherwise.
#pragma once

#include "base/host.hpp"
#include "base/ref.hpp"

#include <jackfield/bytes.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace jackfield::sio {

class endpoint;

class once_memory final : public base::ref_counted<once_memory> {
 public:
  struct limits {
    std::size_t answers;
    std::size_t bytes;
  };
  struct event {
    std::string_view name, key;
    std::uint64_t fingerprint;  // of the arguments
    std::optional<std::uint64_t> ack_id;
  };
  enum class verdict : std::uint8_t {
    run,    // for the first time: answer with the ticket
    again,  // it was seen: the answer was sent, or will be
    clash,  // the key was used for other arguments
  };
  struct admission {
    verdict is;
    std::uint64_t ticket;
  };

  once_memory(base::host& host, limits l) noexcept : host_(&host), limits_(l) {}

  static constexpr bool is_ticket(std::uint64_t id) noexcept { return (id & ticket_bit) != 0; }

  admission admit(const event& e);
  /// `json`: the array of the answer's values.
  void answer(std::uint64_t ticket, std::string_view json, std::vector<bytes> attachments);
  /// The same on any thread: now, or by a letter to wherever it is by then.
  void bring_answer(std::uint64_t ticket, std::string json, std::vector<bytes> attachments);
  /// Belongs to another worker from now on. On the one that it belongs to.
  void move_to(base::host& there) noexcept { host_.store(&there, std::memory_order_release); }

  /// Answers go through this endpoint; those that the connection before waited for are not waited for any more.
  void attach(endpoint& to);
  void detach(const endpoint& from) noexcept;
  /// Nobody will ask any more.
  void close() noexcept { open_.store(false, std::memory_order_release); }
  /// Any thread. While it is, so is the worker.
  bool open() const noexcept { return open_.load(std::memory_order_acquire); }

  std::size_t size() const noexcept { return entries_.size(); }
  std::size_t held_bytes() const noexcept { return bytes_; }

 private:
  static constexpr std::uint64_t ticket_bit = std::uint64_t{1} << 63;
  enum class stage : std::uint8_t { running, answered, too_large };
  struct entry {
    std::string name;  // of the event, a zero, the key
    std::uint64_t fingerprint;
    std::uint64_t ticket;
    stage is = stage::running;
    std::vector<std::uint64_t> waiting{};
    std::string json{};
    std::vector<bytes> attachments{};
    std::size_t held() const noexcept;
  };
  void send(const entry& e, std::uint64_t ack_id);
  void make_room();

  std::atomic<base::host*> host_;
  limits limits_;
  endpoint* to_ = nullptr;
  std::vector<entry> entries_;  // by age
  std::size_t bytes_ = 0;
  std::uint64_t tickets_ = 0;
  std::atomic<bool> open_{true};
};

}  // namespace jackfield::sio
