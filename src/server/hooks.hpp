// hooks: what the program registered on a namespace, or on a parent for the children to come. A set is replaced, never
// changed: a connection procedure keeps the one that it began with, and children share their parent's until they change it.
// Owner: the namespace or the parent. Any thread.
#pragma once

#include <jackfield/nsp.hpp>

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace jackfield::srv {

struct hooks {
  using connection_fn = std::function<void(jackfield::socket)>;
  using middleware_fn = std::function<void(jackfield::socket, next)>;
  using bad_event_fn = std::function<void(const bad_event&)>;
  using room_fn = std::function<void(room_event, std::string_view room, std::string_view id)>;

  struct newcomer {
    listener_id id;
    std::shared_ptr<const connection_fn> call;
  };
  struct server_event {
    std::string name;
    detail::ref<detail::event_handler> handler;
  };

  std::vector<newcomer> connected;
  std::vector<std::shared_ptr<const middleware_fn>> middlewares;
  std::shared_ptr<const bad_event_fn> bad_event;
  std::shared_ptr<const room_fn> room;
  std::vector<server_event> server_side;  // events of other nodes
};

class registrations {
 public:
  registrations() : now_(std::make_shared<const hooks>()) {}
  explicit registrations(std::shared_ptr<const hooks> first) noexcept : now_(std::move(first)) {}

  std::shared_ptr<const hooks> now() const {
    const std::lock_guard lock(mutex_);
    return now_;
  }
  /// c(hooks&) on a copy, which takes the place of the old set.
  template <class Change>
  void change(Change&& c) {
    std::shared_ptr<const hooks> old;  // let go of outside the lock: handlers' destructors are the program's
    const std::lock_guard lock(mutex_);
    auto next = std::make_shared<hooks>(*now_);
    c(*next);
    old = std::exchange(now_, std::move(next));
  }

  listener_id on_connection(hooks::connection_fn f);
  void use(hooks::middleware_fn f);
  void on_bad_event(hooks::bad_event_fn f);
  void on_room(hooks::room_fn f);
  void on_server_side(std::string_view event, detail::ref<detail::event_handler> h);
  /// A handler of connections, or of events of other nodes.
  void off(listener_id one);

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const hooks> now_;
};

}  // namespace jackfield::srv
