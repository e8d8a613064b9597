#include "socket/event_table.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace jackfield::sio {

void event_table::insert(const event_name* key, handler_ref h, place where) {
  if (entries_.capacity() == 0) entries_.reserve(4);  // as many as the usual socket has
  if (where == place::back) {
    entries_.push_back({key, std::move(h)});
  } else if (walkers_ == 0) {
    entries_.insert(entries_.begin(), {key, std::move(h)});
  } else {  // indices must not move under a walker
    if (!early_) early_ = std::make_unique<std::vector<entry>>();
    early_->insert(early_->begin(), {key, std::move(h)});
    untidy_ = true;
  }
  for (unsigned i = 0; i < special_names && is_special(key); ++i) {
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
  if (const auto early = std::move(early_)) {
    entries_.insert(entries_.begin(), std::make_move_iterator(early->begin()), std::make_move_iterator(early->end()));
  }
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

template <class Which>
void event_table::drop_if(Which&& which) {
  for (auto* list : {&entries_, early_.get()}) {
    if (list == nullptr) continue;
    for (auto& e : *list) {
      if (e.key != nullptr && which(e)) drop(e);
    }
  }
  if (walkers_ == 0 && untidy_) tidy();
}

void event_table::remove(std::string_view event) {
  if (const event_name* key = names_.find(event)) drop_if([key](const entry& e) { return e.key == key; });
}
void event_table::remove(special_name kind) {
  drop_if([key = key_of(kind)](const entry& e) { return e.key == key; });
}
void event_table::remove(listener_id one) {
  drop_if([one](const entry& e) { return e.handler->id() == one; });
}
void event_table::clear() {
  if (walkers_ == 0 && !early_) {                   // as at the end of a socket
    const auto gone = std::exchange(entries_, {});  // handlers go last
    specials_ = 0;
    for (const auto& e : gone) names_.release(e.key);
    return;
  }
  drop_if([](const entry&) { return true; });
}

void event_table::remove_events() {
  drop_if([](const entry& e) {
    return e.key != key_of(special_name::any) && e.key != key_of(special_name::any_outgoing) &&
           e.key != key_of(special_name::middleware);
  });
}

std::vector<listener_id> event_table::list(const event_name* key) const {
  std::vector<listener_id> ids;
  if (key == nullptr) return ids;
  const auto add = [&](const std::vector<entry>& all) {
    for (const auto& e : all) {
      if (e.key == key) ids.push_back(e.handler->id());
    }
  };
  if (early_) add(*early_);
  add(entries_);
  return ids;
}
std::vector<listener_id> event_table::list(std::string_view event) const { return list(names_.find(event)); }

std::vector<std::string> event_table::names() const {
  std::vector<std::string> found;
  const auto add = [&](const std::vector<entry>& all) {
    for (const auto& e : all) {
      if (e.key != nullptr && !is_special(e.key) && std::find(found.begin(), found.end(), e.key->text) == found.end())
        found.push_back(e.key->text);
    }
  };
  if (early_) add(*early_);
  add(entries_);
  return found;
}

std::size_t event_table::size() const noexcept {
  const auto alive = [](const entry& e) { return e.key != nullptr; };
  const auto n = std::count_if(entries_.begin(), entries_.end(), alive) +
                 (early_ ? std::count_if(early_->begin(), early_->end(), alive) : 0);
  return static_cast<std::size_t>(n);
}

}  // namespace jackfield::sio
