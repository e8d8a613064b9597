// The server's namespaces: those that the program named, and those that rules made.
#include "base/host.hpp"
#include "server/crew.hpp"
#include "server/parent.hpp"
#include "server/realm.hpp"
#include "server/shard.hpp"

#include <algorithm>
#include <exception>
#include <string>
#include <utility>

namespace jackfield::srv {
namespace {

std::string full_name(std::string_view name) { return name.starts_with('/') ? std::string(name) : "/" + std::string(name); }

}  // namespace

base::ref<realm> crew::find(std::string_view name) {
  const std::lock_guard lock(mutex_);
  const auto at = realms_.find(name);
  return at == realms_.end() ? nullptr : at->second;
}

base::ref<realm> crew::of(std::string_view name) {
  auto full = full_name(name);
  if (auto known = find(full)) return known;
  // The first pattern that fits adopts it. Patterns are the program's: none is tried under the lock.
  base::ref<parent> by;
  for (std::size_t i = 0; !by; ++i) {
    const auto p = parent_at(i);
    if (!p) break;
    if (p->pattern_matches(full)) by = p;
  }
  std::unique_lock lock(mutex_);
  return add(std::move(full), by.get(), false, lock);
}

/// Makes it, unless somebody did meanwhile; unlocks, and tells of it: once for the server.
base::ref<realm> crew::add(std::string name, parent* p, bool for_client, std::unique_lock<std::mutex>& lock) {
  const auto at = realms_.find(name);
  if (at != realms_.end()) return at->second;
  const auto whom = for_client ? realm::wanted_by::client : realm::wanted_by::program;
  const auto made = base::make_ref<realm>(*this, name, p, whom);
  realms_.emplace(std::move(name), made);
  if (p != nullptr) {
    p->children().push_back(made);
    ++children_;
  }
  lock.unlock();
  const auto tell = new_namespace_.get();
  if (!tell) return made;
  try {
    (*tell)(jackfield::nsp(detail::ref<realm>(made.get())));
  } catch (...) {
    report({"on_new_namespace", made->name(), {}, std::current_exception()});
  }
  return made;
}

base::ref<realm> crew::child(parent& p, std::string_view name) {
  std::unique_lock lock(mutex_);
  if (const auto at = realms_.find(name); at != realms_.end()) return at->second;
  if (children_ >= options_.limits.child_namespaces && !make_room_for_child()) {
    here_or_first().host().hit(base::limit::child_namespaces);
    return nullptr;
  }
  return add(std::string(name), &p, true, lock);
}

/// So that strangers who come and go with ever new names keep nobody out: children that nobody is in go first.
bool crew::make_room_for_child() {
  std::vector<base::ref<realm>> idle;
  for (const auto& [name, r] : realms_) {
    if (r->wanted() == realm::wanted_by::client && r->give_up()) idle.push_back(r);
  }
  for (auto& r : idle) drop(*r);
  return !idle.empty();
}

void crew::forget(realm& r) {
  const std::lock_guard lock(mutex_);
  if (r.give_up()) drop(r);
}

/// REQUIRES: the lock, and that it is a child that was given up.
void crew::drop(realm& r) {
  auto& siblings = r.made_by()->children();
  const auto place = std::find_if(siblings.begin(), siblings.end(), [&](const auto& each) { return each.get() == &r; });
  const auto gone = std::move(*place);
  *place = std::move(siblings.back());
  siblings.pop_back();
  realms_.erase(realms_.find(r.name()));
  --children_;
  for (shard* s : shards_) {
    if (s->host().current())
      s->forget(*gone);
    else
      s->host().post([s, gone] { s->forget(*gone); });
  }
}

parent& crew::of(std::regex names) { return add(base::make_ref<parent>(*this, std::move(names))); }
parent& crew::of(detail::name_rule f) { return add(base::make_ref<parent>(*this, std::move(f))); }

parent& crew::add(base::ref<parent> p) {
  const std::lock_guard lock(mutex_);
  parents_.push_back(std::move(p));
  has_parents_.store(true, std::memory_order_release);
  return *parents_.back();
}

base::ref<parent> crew::parent_at(std::size_t i) {
  const std::lock_guard lock(mutex_);
  return i < parents_.size() ? parents_[i] : nullptr;
}

std::vector<base::ref<realm>> crew::children_of(parent& p) {
  const std::lock_guard lock(mutex_);
  return p.children();
}

}  // namespace jackfield::srv
