// parent_nsp, parent_operator: the public handles over srv::parent.
#include "base/host.hpp"
#include "server/parent.hpp"
#include "server/realm.hpp"
#include "server/shard.hpp"
#include "socket/scratch.hpp"

#include <jackfield/parent_nsp.hpp>

#include <utility>

namespace jackfield {

namespace srv {
void intrusive_ptr_add_ref(const parent* p) noexcept { intrusive_ptr_add_ref(static_cast<const base::ref_counted<parent>*>(p)); }
void intrusive_ptr_release(const parent* p) noexcept { intrusive_ptr_release(static_cast<const base::ref_counted<parent>*>(p)); }
}  // namespace srv

// --- parent_operator

parent_operator::parent_operator(detail::ref<srv::parent> p, broadcast_operator which)
    : parent_(std::move(p)), which_(std::move(which)) {}
parent_operator::parent_operator(const parent_operator&) = default;
parent_operator::parent_operator(parent_operator&&) noexcept = default;
parent_operator& parent_operator::operator=(const parent_operator&) = default;
parent_operator& parent_operator::operator=(parent_operator&&) noexcept = default;
parent_operator::~parent_operator() = default;

/// f(broadcast_operator) for each child that there is now.
template <class F>
void parent_operator::each_child(F f) const {
  for (auto& child : parent_->of().children_of(*parent_)) {
    auto there = which_;
    there.nsp_ = detail::ref<srv::realm>(child.get());
    f(there);
  }
}

/// Each child's own packet of the same arguments: its name is in it, and with recovery its offset.
void parent_operator::send_packed(packer& p) const {
  auto& s = p.memory();
  sio::check_attachments(s, parent_->of().first().environment());
  std::vector<bytes> attachments;
  for (auto a : s.attachments) attachments.emplace_back(a.begin(), a.end());
  each_child([text = std::string(s.packed()), attachments = std::move(attachments)](const broadcast_operator& o) {
    packer again;
    again.memory().pack(text, attachments);
    o.send(again);
  });
}

void parent_operator::sockets_join(const std::vector<std::string>& rooms) const {
  each_child([rooms](const broadcast_operator& o) { o.sockets_join(rooms); });
}
void parent_operator::sockets_leave(const std::vector<std::string>& rooms) const {
  each_child([rooms](const broadcast_operator& o) { o.sockets_leave(rooms); });
}
void parent_operator::disconnect_sockets(bool close) const {
  each_child([close](const broadcast_operator& o) { o.disconnect_sockets(close); });
}

// --- parent_nsp

parent_nsp::parent_nsp(detail::ref<srv::parent> p) noexcept : core_(std::move(p)) {}
listener_id parent_nsp::connection_handler(detail::connection_fn f) const {
  return core_->registered().on_connection(std::move(f));
}
void parent_nsp::middleware(detail::middleware_fn f) const { core_->registered().use(std::move(f)); }
listener_id parent_nsp::server_handler(std::string_view event, detail::ref<detail::event_handler> h) const {
  const auto id = h->id();
  core_->registered().on_server_side(event, std::move(h));
  return id;
}
void parent_nsp::on_bad_event(std::function<void(const bad_event&)> f) const { core_->registered().on_bad_event(std::move(f)); }
void parent_nsp::on_room(std::function<void(room_event, std::string_view, std::string_view)> f) const {
  core_->registered().on_room(std::move(f));
}
void parent_nsp::off(listener_id one) const { core_->registered().off(one); }
parent_operator parent_nsp::all() const { return {core_, broadcast_operator(nullptr, {})}; }

std::vector<nsp> parent_nsp::children() const {
  std::vector<nsp> all;
  for (auto& child : core_->of().children_of(*core_)) all.emplace_back(detail::ref<srv::realm>(child.get()));
  return all;
}

detail::detached detail::decide(task<bool> t, next n) {
  bool yes = false;
  try {
    yes = co_await t;
  } catch (const refuse&) {  // no
  }
  yes ? n() : n(refuse(std::string()));
}

}  // namespace jackfield
