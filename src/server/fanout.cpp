#include "server/fanout.hpp"

namespace jackfield::srv {

void notify(socket& s, const engine::outgoing& out, std::size_t json_at) {
  std::vector<bytes_view> attachments;
  for (std::size_t i = 1; i < out.messages().size(); ++i) attachments.push_back(out.messages()[i].data.view());
  s.notify_outgoing(out.messages().front().data.chars().substr(json_at), attachments);
}

void fan_out(nsp& n, const adapter::audience& who, const engine::outgoing_ref& out, std::size_t json_at, sent_mark mark,
             std::vector<std::uint64_t>* receivers) {
  const bool marks = n.recovery() != nullptr;
  n.rooms().walk(who, [&](adapter::member& m) {
    auto& s = as_socket(m);
    if (s.hears_outgoing()) [[unlikely]]
      notify(s, *out, json_at);
    if (marks) mark.leave(*s.recovery_state());
    if (receivers != nullptr) receivers->push_back(s.serial());
    if (auto* session = s.session()) session->send(out);
  });
}

std::vector<base::ref<socket>> select(nsp& n, const adapter::audience& who) {
  std::vector<base::ref<socket>> out;
  n.rooms().walk(who, [&](adapter::member& m) { out.emplace_back(&as_socket(m)); });
  return out;
}

}  // namespace jackfield::srv
