#include "transport/client_dialer.hpp"

#include "transport/client_polling.hpp"
#include "transport/client_websocket.hpp"

#include <utility>

namespace jackfield::transport {

client_dialer::client_dialer(net::worker& w, dial_options options)
    : worker_(w), plan_(std::make_shared<dial_plan>(std::move(options))) {}

client_dialer::~client_dialer() = default;

engine::transport_ref client_dialer::dial(engine::session& s, engine::transport_kind kind, std::string_view sid) {
  if (kind == engine::transport_kind::websocket) {
    const auto road = base::make_ref<client_websocket>(worker_, plan_);
    road->start(s, sid);
    return road;
  }
  const auto road = base::make_ref<client_polling>(worker_, plan_);
  road->start(s);
  return road;
}

}  // namespace jackfield::transport
