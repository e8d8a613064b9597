#include "server/fanout.hpp"

#include "engine/session.hpp"
#include "server/connection.hpp"
#include "server/socket.hpp"

#include <array>
#include <cstddef>
#include <utility>

namespace jackfield::srv {
namespace {

/// Lets receivers wait a few places in line, while what they will need is fetched step by step: socket, connection, session,
/// road, stream, one behind the other, which the processor has not seen since the last broadcast. Their order stays.
template <class Visit>
class queue_in {
 public:
  explicit queue_in(Visit& visit) noexcept : visit_(visit) {}
  void ahead(const adapter::member& m) const noexcept { static_cast<const socket&>(m).fetch(); }
  void operator()(adapter::member& m) {
    auto& s = as_socket(m);
    if (s.hears_outgoing()) [[unlikely]] {  // the program's code: whoever waits goes before it
      finish();
      return visit_(s);
    }
    line_[last_++ % places] = {&s, nullptr};
    s.client().fetch();
    fetch_waiting();
    if (last_ - next_ > steps) visit_(*line_[next_++ % places].who);
  }
  void finish() {
    while (next_ != last_) visit_(*line_[next_++ % places].who);
  }

 private:
  static constexpr std::size_t steps = 2 + engine::transport::last_fetch;  // the session, its road, what that leads to
  static constexpr std::size_t places = 8;
  static_assert(steps < places);
  /// For whoever came `Step` places ago, what that step is for. False: nobody waits so long.
  template <std::size_t Step>
  bool fetch() {
    if (last_ - next_ <= Step) return false;
    auto& one = line_[(last_ - 1 - Step) % places];
    if constexpr (Step == 1) {
      one.session = one.who->client().session();
      if (one.session != nullptr) one.session->fetch();
    } else {
      if (one.session != nullptr) one.session->fetch_road(Step - 2);
    }
    return true;
  }
  void fetch_waiting() {
    [this]<std::size_t... I>(std::index_sequence<I...>) { (fetch<I + 1>() && ...); }
    (std::make_index_sequence<steps>());
  }

  Visit& visit_;
  struct waiting {
    socket* who;
    const engine::session* session;  // from step 1 on; one that ends stays until the end of the turn
  };
  std::array<waiting, places> line_{};
  std::size_t next_ = 0, last_ = 0;
};

}  // namespace

void fan_out(nsp& n, const adapter::audience& who, const sio::sent_event& event, sent_mark mark,
             std::vector<std::uint64_t>* receivers) {
  const bool marks = n.recovery() != nullptr;
  const auto send = [&](socket& s) {
    if (s.hears_outgoing()) [[unlikely]]
      s.notify_outgoing(event.json(), event.attachments());
    if (marks) mark.leave(*s.recovery_state());
    if (receivers != nullptr) receivers->push_back(s.serial());
    if (auto* session = s.client().session()) s.note(session->send(event.wire(), s.lane()));
  };
  queue_in line(send);
  n.rooms().walk(who, line);
  line.finish();
}

std::vector<base::ref<socket>> select(nsp& n, const adapter::audience& who) {
  std::vector<base::ref<socket>> out;
  n.rooms().walk(who, [&](adapter::member& m) { out.emplace_back(&as_socket(m)); });
  return out;
}

}  // namespace jackfield::srv
