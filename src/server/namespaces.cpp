// The shard's namespaces: those that the program named, and those that rules made.
#include "server/nsp.hpp"
#include "server/parent.hpp"
#include "server/shard.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace jackfield::srv {
namespace {

std::string full_name(std::string_view name) { return name.starts_with('/') ? std::string(name) : "/" + std::string(name); }

}  // namespace

nsp* shard::find(std::string_view name) {
  const std::lock_guard lock(mutex_);
  const auto at = nsps_.find(name);
  return at == nsps_.end() ? nullptr : at->second.get();
}

base::ref<nsp> shard::of(std::string_view name) {
  auto full = full_name(name);
  {
    const std::lock_guard lock(mutex_);
    if (const auto at = nsps_.find(full); at != nsps_.end()) return at->second;
  }
  // The first pattern that fits adopts it. Patterns are the program's: none is tried under the lock.
  base::ref<parent> by;
  for (std::size_t i = 0; !by; ++i) {
    const auto p = parent_at(i);
    if (!p) break;
    if (p->pattern_matches(full)) by = p;
  }
  std::unique_lock lock(mutex_);
  return add(std::move(full), by.get(), nsp::wanted_by::program, lock);
}

/// Makes it, unless somebody did meanwhile; unlocks, and tells of it.
base::ref<nsp> shard::add(std::string name, parent* p, nsp::wanted_by whom, std::unique_lock<std::mutex>& lock) {
  const auto at = nsps_.find(name);
  if (at != nsps_.end()) return at->second;
  const auto made = p != nullptr ? base::make_ref<nsp>(*this, name, *p, whom) : base::make_ref<nsp>(*this, name);
  nsps_.emplace(std::move(name), made);
  if (p != nullptr) {
    p->children().push_back(made);
    ++children_;
  }
  const auto tell = new_namespace_;
  lock.unlock();
  if (!tell) return made;
  try {
    (*tell)(jackfield::nsp(detail::ref<nsp>(made.get())));
  } catch (...) {
    report({"on_new_namespace", made->name(), {}, std::current_exception()});
  }
  return made;
}

nsp* shard::child(parent& p, std::string_view name) {
  std::unique_lock lock(mutex_);
  if (const auto at = nsps_.find(name); at != nsps_.end()) return at->second.get();
  if (children_ >= options_.limits.child_namespaces && !make_room_for_child()) {
    host().hit(base::limit::child_namespaces);
    return nullptr;
  }
  return add(std::string(name), &p, nsp::wanted_by::client, lock).get();  // the map has it, and nobody drops it in this turn
}

/// So that strangers who come and go with ever new names keep nobody out: children that nobody is in go first.
bool shard::make_room_for_child() {
  std::vector<base::ref<nsp>> idle;
  for (const auto& [name, n] : nsps_) {
    if (n->wanted() == nsp::wanted_by::client && n->idle()) idle.push_back(n);
  }
  for (auto& n : idle) drop(*n);
  return !idle.empty();
}

void shard::forget(nsp& n) {
  const std::lock_guard lock(mutex_);
  const auto at = nsps_.find(n.name());
  if (at != nsps_.end() && at->second.get() == &n) drop(n);
}

/// REQUIRES: the lock, and that it is a child.
void shard::drop(nsp& n) {
  auto& siblings = n.made_by()->children();
  const auto place = std::find_if(siblings.begin(), siblings.end(), [&](const auto& each) { return each.get() == &n; });
  host().defer([gone = std::move(*place)] { gone->end(); });
  *place = std::move(siblings.back());
  siblings.pop_back();
  nsps_.erase(nsps_.find(n.name()));
  --children_;
}

parent& shard::of(std::regex names) { return add(base::make_ref<parent>(*this, std::move(names))); }
parent& shard::of(detail::name_rule f) { return add(base::make_ref<parent>(*this, std::move(f))); }

parent& shard::add(base::ref<parent> p) {
  const std::lock_guard lock(mutex_);
  parents_.push_back(std::move(p));
  has_parents_.store(true, std::memory_order_release);
  return *parents_.back();
}

base::ref<parent> shard::parent_at(std::size_t i) {
  const std::lock_guard lock(mutex_);
  return i < parents_.size() ? parents_[i] : nullptr;
}

std::vector<base::ref<nsp>> shard::children_of(parent& p) {
  const std::lock_guard lock(mutex_);
  return p.children();
}

}  // namespace jackfield::srv
