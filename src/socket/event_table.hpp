// event_table: one socket's handlers, in order of registration: two words each in one vector. Handlers may come, go and
// call events again while handlers run: what is removed is not called any more, what is added is called next time.
// Owner: the endpoint. Thread: the worker's.
#pragma once

#include "socket/event_names.hpp"

#include <jackfield/handler.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace jackfield::sio {

using handler_ref = detail::ref<detail::event_handler>;

enum class place : std::uint8_t { back, front };

class event_table {
 public:
  explicit event_table(event_names& names) noexcept : names_(names) {}
  event_table(const event_table&) = delete;
  event_table& operator=(const event_table&) = delete;
  /// REQUIRES: cleared.
  ~event_table() = default;

  void add(std::string_view event, handler_ref h, place where = place::back) {
    insert(names_.acquire(event), std::move(h), where);
  }
  void add(special_name kind, handler_ref h, place where) { insert(key_of(kind), std::move(h), where); }
  void remove(std::string_view event);
  void remove(special_name kind);
  void remove(listener_id one);
  /// Everything but any-listeners and middlewares.
  void remove_events();
  void clear();

  /// In the order in which they are called.
  std::vector<listener_id> list(std::string_view event) const;
  std::vector<listener_id> list(special_name kind) const { return list(key_of(kind)); }
  /// Events that have a handler, each once.
  std::vector<std::string> names() const;
  bool has(special_name kind) const noexcept { return (specials_ >> static_cast<unsigned>(kind) & 1u) != 0; }
  std::size_t size() const noexcept;

  /// call(handler) for each handler of the event, in order. False: there is none. `call` must not throw.
  template <class Call>
  bool each(std::string_view event, Call&& call) {
    const event_name* key = names_.find(event);
    return key != nullptr && walk(key, call);
  }
  /// Is there a handler of the event of which `which(handler)` holds?
  template <class Which>
  bool any_of(std::string_view event, Which&& which) const {
    const event_name* key = names_.find(event);
    return key != nullptr &&
           std::any_of(entries_.begin(), entries_.end(), [&](const entry& e) { return e.key == key && which(*e.handler); });
  }
  template <class Call>
  bool each(special_name kind, Call&& call) {
    return has(kind) && walk(key_of(kind), call);
  }

 private:
  struct entry {
    const event_name* key;  // null: removed while somebody walks
    handler_ref handler;
  };

  void insert(const event_name* key, handler_ref h, place where);
  std::vector<listener_id> list(const event_name* key) const;
  template <class Which>
  void drop_if(Which&& which);
  void drop(entry& e) noexcept;
  void tidy();
  void note_specials() noexcept;

  template <class Call>
  bool walk(const event_name* key, Call& call) {
    bool found = false;
    ++walkers_;
    for (std::size_t i = 0, n = entries_.size(); i < n; ++i) {
      if (entries_[i].key != key) continue;
      found = true;
      auto& h = *entries_[i].handler;  // stays until tidy()
      if (h.once()) drop(entries_[i]);
      call(h);
    }
    if (--walkers_ == 0 && untidy_) tidy();
    return found;
  }

  event_names& names_;
  std::vector<entry> entries_;
  std::unique_ptr<std::vector<entry>> early_;  // to be put in front when nobody walks
  std::uint16_t walkers_ = 0;
  bool untidy_ = false;
  std::uint8_t specials_ = 0;
};

}  // namespace jackfield::sio
