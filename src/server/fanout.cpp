#include "server/fanout.hpp"

#include "engine/session.hpp"
#include "server/connection.hpp"
#include "server/socket.hpp"

#include <array>
#include <cstddef>

namespace jackfield::srv {
namespace {

/// Lets receivers wait a few places in line, while what they will need is fetched step by step: socket, connection, session, one
/// behind the other, which the processor has not seen since the last broadcast. Their order stays.
template <class Visit>
class queue_in {
 public:
  explicit queue_in(Visit& visit) noexcept : visit_(visit) {}
  void push(socket& s) {
    if (s.hears_outgoing()) [[unlikely]] {  // the program's code: whoever waits goes before it
      finish();
      return visit_(s);
    }
    line_[last_++ % places] = &s;
    s.fetch();
    step();
  }
  void finish() {
    while (next_ != last_) visit_(*line_[next_++ % places]);
  }

 private:
  static constexpr std::size_t places = 8, apart = 2;
  void step() {
    if (last_ - next_ > apart) __builtin_prefetch(&line_[(last_ - 1 - apart) % places]->client());
    if (last_ - next_ > 2 * apart) {
      if (const auto* session = line_[(last_ - 1 - 2 * apart) % places]->session()) session->fetch();
    }
    if (last_ - next_ <= 3 * apart) return;
    visit_(*line_[next_++ % places]);
  }

  Visit& visit_;
  std::array<socket*, places> line_{};
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
    if (auto* session = s.session()) s.note(session->send(event.wire(), s.lane()));
  };
  queue_in line(send);
  n.rooms().walk(who, [&](adapter::member& m) { line.push(as_socket(m)); });
  line.finish();
}

std::vector<base::ref<socket>> select(nsp& n, const adapter::audience& who) {
  std::vector<base::ref<socket>> out;
  n.rooms().walk(who, [&](adapter::member& m) { out.emplace_back(&as_socket(m)); });
  return out;
}

}  // namespace jackfield::srv
