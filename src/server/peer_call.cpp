#include "server/peer_call.hpp"

#include "server/nsp.hpp"
#include "server/shard.hpp"
#include "socket/scratch.hpp"

#include <utility>
#include <vector>

namespace jackfield::srv {

peer_call::peer_call(nsp& n, answer_fn answer) : endpoint(n.home().environment()), nsp_(&n), answer_(std::move(answer)) {
  set_state(sio::life::connected);
}
peer_call::~peer_call() = default;

std::string_view peer_call::nsp_name() const noexcept { return nsp_->name(); }

bool peer_call::run(std::string_view name, const args& a) {
  const auto h = nsp_->registered().now();
  detail::incoming in;
  in.to = this;
  in.name = name;
  in.arguments = &a;
  in.wants_ack = static_cast<bool>(answer_);
  bool found = false;
  for (const auto& e : h->server_side) {
    if (e.name != name) continue;
    found = true;
    call(*e.handler, in);
  }
  return found;
}

void peer_call::answer(std::uint64_t, packer& p) {
  auto& s = p.memory();
  const auto json = std::string(s.packed()) + ']';
  std::vector<base::json::element> items;
  base::json::scan_array(json, items);
  auto first = args(items, s.attachments)[0].parse();
  on_worker([self = base::ref<peer_call>(this), v = std::move(first)]() mutable {
    if (auto tell = std::exchange(self->answer_, nullptr)) tell(std::move(v));
  });
}

void peer_call::on_fault(std::string_view where, std::exception_ptr thrown) noexcept {
  nsp_->home().report({where, nsp_->name(), {}, std::move(thrown)});
}

void peer_call::on_bad_event(std::string_view event, const error& e) noexcept {
  on_fault(event, std::make_exception_ptr(bad_result(e)));
}

}  // namespace jackfield::srv
