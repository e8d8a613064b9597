#include "server/fanout.hpp"

namespace jackfield::srv {

void fan_out(nsp& n, const adapter::audience& who, const sio::sent_event& event, sent_mark mark,
             std::vector<std::uint64_t>* receivers) {
  const bool marks = n.recovery() != nullptr;
  n.rooms().walk(who, [&](adapter::member& m) {
    auto& s = as_socket(m);
    if (s.hears_outgoing()) [[unlikely]]
      s.notify_outgoing(event.json(), event.attachments());
    if (marks) mark.leave(*s.recovery_state());
    if (receivers != nullptr) receivers->push_back(s.serial());
    if (auto* session = s.session()) s.note(session->send(event.wire(), s.lane()));
  });
}

std::vector<base::ref<socket>> select(nsp& n, const adapter::audience& who) {
  std::vector<base::ref<socket>> out;
  n.rooms().walk(who, [&](adapter::member& m) { out.emplace_back(&as_socket(m)); });
  return out;
}

}  // namespace jackfield::srv
