#include "server/hooks.hpp"

#include "base/shared_function.hpp"

#include <vector>

namespace jackfield::srv {

listener_id registrations::on_connection(hooks::connection_fn f) {
  const auto id = detail::next_listener_id();
  change([&](hooks& h) { h.connected.push_back({id, std::make_shared<const hooks::connection_fn>(std::move(f))}); });
  return id;
}
void registrations::use(hooks::middleware_fn f) {
  change([&](hooks& h) { h.middlewares.push_back(std::make_shared<const hooks::middleware_fn>(std::move(f))); });
}
void registrations::on_bad_event(hooks::bad_event_fn f) {
  change([&](hooks& h) { h.bad_event = base::shared_or_none(std::move(f)); });
}
void registrations::on_room(hooks::room_fn f) {
  change([&](hooks& h) { h.room = base::shared_or_none(std::move(f)); });
}
void registrations::on_server_side(std::string_view event, detail::ref<detail::event_handler> h) {
  change([&](hooks& all) { all.server_side.push_back({std::string(event), std::move(h)}); });
}
void registrations::off(listener_id one) {
  change([one](hooks& h) {
    std::erase_if(h.connected, [one](const hooks::newcomer& n) { return n.id == one; });
    std::erase_if(h.server_side, [one](const hooks::server_event& e) { return e.handler->id() == one; });
  });
}

}  // namespace jackfield::srv
