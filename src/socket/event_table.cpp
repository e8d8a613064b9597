#include "socket/event_table.hpp"

#include <algorithm>
#include <iterator>

namespace jackfield::sio {

void event_table::insert(const event_name* key, handler_ref h, place where) {
  if (where == place::back) {
    entries_.push_back({key, std::move(h)});
  } else if (walkers_ == 0) {
    entries_.insert(entries_.begin(), {key, std::move(h)});
  } else {   // indices must not move under a walker
    early_.insert(early_.begin(), {key, std::move(h)});
    untidy_ = true;
  }
  for (unsigned i = 0; i < special_names; ++i) {
    if (key == key_of(static_cast<special_name>(i))) specials_ = static_cast<std::uint8_t>(specials_ | 1u << i);
  }
}

void event_table::drop(entry& e) noexcept {
  names_.release(e.key);
  e.key = nullptr;
  untidy_ = true;
}

void event_table::tidy() {
  untidy_ = false;
  entries_.insert(entries_.begin(), std::make_move_iterator(early_.begin()), std::make_move_iterator(early_.end()));
  early_.clear();
  // Handlers go last: their destructors are the program's and may come back here.
  const auto gone = std::stable_partition(entries_.begin(), entries_.end(), [](const entry& e) { return e.key != nullptr; });
  const std::vector<entry> graves(std::make_move_iterator(gone), std::make_move_iterator(entries_.end()));
  entries_.erase(gone, entries_.end());
  note_specials();
}

void event_table::note_specials() noexcept {
  unsigned found = 0;
  for (unsigned i = 0; i < special_names; ++i) {
    const auto* key = key_of(static_cast<special_name>(i));
    if (std::any_of(entries_.begin(), entries_.end(), [key](const entry& e) { return e.key == key; })) found |= 1u << i;
  }
  specials_ = static_cast<std::uint8_t>(found);
}

void event_table::remove(std::string_view event) {
  const event_name* key = names_.find(event);
  if (key == nullptr) return;
  for (auto* list : {&entries_, &early_}) {
    for (auto& e : *list) {
      if (e.key == key) drop(e);
    }
  }
  if (walkers_ == 0 && untidy_) tidy();
}

void event_table::remove(special_name kind) {
  for (auto* list : {&entries_, &early_}) {
    for (auto& e : *list) {
      if (e.key == key_of(kind)) drop(e);
    }
  }
  if (walkers_ == 0 && untidy_) tidy();
}

void event_table::remove(listener_id one) {
  for (auto* list : {&entries_, &early_}) {
    for (auto& e : *list) {
      if (e.key != nullptr && e.handler->id() == one) drop(e);
    }
  }
  if (walkers_ == 0 && untidy_) tidy();
}

void event_table::clear() {
  for (auto* list : {&entries_, &early_}) {
    for (auto& e : *list) {
      if (e.key != nullptr) drop(e);
    }
  }
  if (walkers_ == 0 && untidy_) tidy();
}

std::size_t event_table::size() const noexcept {
  const auto alive = [](const entry& e) { return e.key != nullptr; };
  return static_cast<std::size_t>(std::count_if(entries_.begin(), entries_.end(), alive) +
                                  std::count_if(early_.begin(), early_.end(), alive));
}

}  // namespace jackfield::sio
