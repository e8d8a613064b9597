// nsp: the public handle over srv::nsp.
#include "server/nsp.hpp"

#include "server/shard.hpp"

#include <jackfield/nsp.hpp>

namespace jackfield {

namespace srv {
void intrusive_ptr_add_ref(const nsp* p) noexcept { intrusive_ptr_add_ref(static_cast<const base::ref_counted<nsp>*>(p)); }
void intrusive_ptr_release(const nsp* p) noexcept { intrusive_ptr_release(static_cast<const base::ref_counted<nsp>*>(p)); }
}  // namespace srv

nsp::nsp(detail::ref<srv::nsp> n) noexcept : core_(std::move(n)) {}
std::string_view nsp::name() const noexcept { return core_->name(); }
std::size_t nsp::size() const noexcept { return core_->rooms().size(); }

void nsp::connection_handler(connection_fn f) const { core_->on_connection(std::move(f)); }
void nsp::middleware(middleware_fn f) const { core_->use(std::move(f)); }
void nsp::on_bad_event(std::function<void(const bad_event&)> f) const { core_->on_bad_event(std::move(f)); }

void nsp::on_room(std::function<void(room_event, std::string_view, std::string_view)> f) const {
  static_assert(static_cast<int>(room_event::deleted) == static_cast<int>(adapter::room_change::deleted));
  adapter::rooms::watcher w;
  if (f) {
    w = [f = std::move(f), n = core_.get()](adapter::room_change what, std::string_view room, std::string_view id) {
      try {
        f(static_cast<room_event>(what), room, id);
      } catch (...) {
        n->home().report({"on_room", n->name(), id, std::current_exception()});
      }
    };
  }
  if (core_->home().host().current())
    core_->rooms().watch(std::move(w));
  else
    core_->home().host().post([n = core_, w = std::move(w)]() mutable { n->rooms().watch(std::move(w)); });
}

detail::detached nsp::run(task<void> t, socket s) {
  try {
    co_await t;
  } catch (...) {
    report_thrown(s);
  }
}

detail::detached nsp::run(task<void> t, socket s, next n) {
  try {
    co_await t;
  } catch (...) {
    refuse_thrown(s, n);
    co_return;
  }
  n();
}

void nsp::report_thrown(const socket& s) { s.core()->on_fault("connection", std::current_exception()); }

void nsp::refuse_thrown(const socket& s, const next& n) {
  try {
    throw;
  } catch (const refuse& no) {
    n(no);
  } catch (...) {
    s.core()->on_fault("middleware", std::current_exception());
    n(refuse("internal error"));
  }
}

}  // namespace jackfield
