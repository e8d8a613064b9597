// What the public handler templates call.
#include "base/log.hpp"
#include "socket/endpoint.hpp"

#include <jackfield/ack.hpp>
#include <jackfield/handler.hpp>

#include <array>
#include <atomic>
#include <exception>
#include <string>
#include <utility>

namespace jackfield {

namespace sio {
void intrusive_ptr_add_ref(const endpoint* p) noexcept {
  intrusive_ptr_add_ref(static_cast<const base::ref_counted<endpoint>*>(p));
}
void intrusive_ptr_release(const endpoint* p) noexcept {
  intrusive_ptr_release(static_cast<const base::ref_counted<endpoint>*>(p));
}
}  // namespace sio

void ack::send(packer& p) {
  const auto to = std::move(to_);
  to->answer(id_, p);
}

std::string_view name_of(disconnect_reason r) noexcept {
  static constexpr std::array<std::string_view, 12> names{"transport close",
                                                          "transport error",
                                                          "ping timeout",
                                                          "parse error",
                                                          "forced close",
                                                          "forced server close",
                                                          "server shutting down",
                                                          "client namespace disconnect",
                                                          "server namespace disconnect",
                                                          "slow consumer",
                                                          "io server disconnect",
                                                          "io client disconnect"};
  return names[static_cast<std::size_t>(r)];
}

namespace detail {

listener_id next_listener_id() noexcept {
  static std::atomic<std::uint32_t> last{0};
  return listener_id{last.fetch_add(1, std::memory_order_relaxed) + 1};
}

event_handler::event_handler() noexcept : id_(next_listener_id()) {}

ack incoming::take_ack() {
  if (!std::exchange(wants_ack, false)) return {};
  return ack(ref<sio::endpoint>(to), ack_id);
}

void refuse_argument(incoming& in, std::size_t index, const misfit& why) { in.to->refuse_argument(in, index, why); }

namespace {
std::string text_of(const std::exception_ptr& thrown) {
  try {
    std::rethrow_exception(thrown);
  } catch (const std::exception& e) {
    return e.what();
  } catch (...) {
    return "something that is no std::exception";
  }
}
}  // namespace

void report_stray(std::string_view where, std::exception_ptr thrown) noexcept {
  try {
    base::log(base::log_level::error, "a handler threw: " + base::escaped(where) + ": " + text_of(thrown));
  } catch (...) {  // out of memory: nothing more can be said
  }
}

void report_fault(sio::endpoint& to, std::string_view event, std::exception_ptr thrown, ack& answer) noexcept {
  try {
    to.on_fault(event, thrown);
    if (answer) answer(value(object{{"error", object{{"code", "failed"}, {"message", "the handler failed"}}}}));
  } catch (...) {  // out of memory: nothing more can be said
  }
}

}  // namespace detail
}  // namespace jackfield
