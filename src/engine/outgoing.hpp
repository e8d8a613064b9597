// outgoing: what the layer above sends to many sessions: encoded once, immutable, shared by reference.
// One outgoing is one Socket.IO packet: a text message and its attachments, which stay together on
// every transport. Transports may cache the framed form under id() (see transport/frame_cache).
#pragma once

#include "base/ref.hpp"
#include "base/shared_bytes.hpp"
#include "protocol/eio_packet.hpp"

#include <jackfield/options.hpp>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace jackfield::engine {

/// One Engine.IO message, owned by reference.
struct message {
  protocol::payload_kind kind = protocol::payload_kind::text;
  base::shared_bytes data;  // without the '4'
};

/// The same, borrowed for the length of a call.
struct message_view {
  protocol::payload_kind kind = protocol::payload_kind::text;
  std::string_view data;
};

enum class delivery : std::uint8_t { regular, if_writable /* volatile: dropped when the peer cannot take it now */ };
enum class compression : std::uint8_t { allowed, none };

/// What may happen to a message group that waits for a slow peer.
enum class patience : std::uint8_t {
  keep,       // it must arrive: answers, questions, what the protocol needs
  droppable,  // an event
};

/// Whose messages these are, and what becomes of them when the peer does not take them. The rules outlive what is sent.
struct lane {
  std::uint64_t id = 0;  // 0: nobody's: the session's own limit alone
  const outbound_options* rules = nullptr;
};

/// How a message group is sent.
struct terms {
  delivery how = delivery::regular;
  compression compress = compression::allowed;
  patience patient = patience::keep;
  std::string_view key{};    // overflow::keep_latest: a later group of the same lane and key replaces a waiting one
  std::uint64_t number = 0;  // the sender's own, which rises; told back when the group is displaced. 0: none
};

/// Groups that a policy dropped, or replaced by newer ones.
struct displacement {
  std::uint64_t lowest = 0;  // of their numbers; 0: none had one
  std::uint32_t groups = 0;
  void add(std::uint64_t number) noexcept {
    ++groups;
    if (number != 0 && (lowest == 0 || number < lowest)) lowest = number;
  }
};

/// What became of it. Returned in registers: through memory, whoever copies it would wait until all stores before it are done,
/// which for the next receiver of a broadcast are to cold memory.
struct sent {
  sent(bool yes, const engine::displacement& gone = {}) noexcept : displaced(gone), accepted(yes) {}
  /// Of the same lane, for its sake; itself, when its lane's policy did not let it in.
  [[no_unique_address]] engine::displacement displaced;
  bool accepted;
  explicit operator bool() const noexcept { return accepted; }
};
static_assert(sizeof(sent) <= 2 * sizeof(std::uint64_t));

class outgoing : public base::ref_counted<outgoing> {
 public:
  explicit outgoing(std::vector<message> messages, const terms& t = {})
      : messages_(std::move(messages)),
        key_(t.key),
        delivery_(t.how),
        compression_(t.compress),
        patience_(t.patient),
        number_(t.number),
        id_(next_id()) {
    for (const auto& m : messages_) bytes_ += m.data.size();
  }

  const std::vector<message>& messages() const noexcept { return messages_; }
  delivery how() const noexcept { return delivery_; }
  compression compress() const noexcept { return compression_; }
  bool has_binary() const noexcept {
    return std::any_of(messages_.begin(), messages_.end(),
                       [](const message& m) { return m.kind == protocol::payload_kind::binary; });
  }
  engine::terms terms() const noexcept { return {delivery_, compression_, patience_, key_, number_}; }
  /// Of all messages together.
  std::size_t bytes() const noexcept { return bytes_; }
  /// Unique in this process: the key of framed forms.
  std::uint64_t id() const noexcept { return id_; }

 private:
  /// Each thread takes many at once: they do not pull a counter from each other for every event.
  static std::uint64_t next_id() noexcept {
    constexpr std::uint64_t at_once = 1024;
    static std::atomic<std::uint64_t> free{1};
    static constinit thread_local std::uint64_t next = 0, end = 0;
    if (next == end) {
      next = free.fetch_add(at_once, std::memory_order_relaxed);
      end = next + at_once;
    }
    return next++;
  }
  std::vector<message> messages_;
  std::string key_;
  delivery delivery_;
  compression compression_;
  patience patience_;
  std::uint64_t number_;
  std::uint64_t id_;
  std::size_t bytes_ = 0;
};

using outgoing_ref = base::ref<const outgoing>;

}  // namespace jackfield::engine
