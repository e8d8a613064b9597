#include <jackfield/value.hpp>

#include "base/json.hpp"

#include <jackfield/json.hpp>

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace jackfield {

object::object(std::initializer_list<entry> entries) : entries_(entries) {}
object::object(const object&) = default;
object& object::operator=(const object&) = default;

const value* object::find(std::string_view key) const noexcept {
  for (auto i = entries_.rbegin(); i != entries_.rend(); ++i) {
    if (i->first == key) return &i->second;
  }
  return nullptr;
}

value* object::find(std::string_view key) noexcept { return const_cast<value*>(std::as_const(*this).find(key)); }

value& object::operator[](std::string_view key) {
  if (auto* v = find(key)) return *v;
  return append(std::string(key));
}

void object::erase(std::string_view key) {
  std::erase_if(entries_, [&](const entry& e) { return e.first == key; });
}

double value::number_or(double otherwise) const noexcept {
  if (auto* i = if_integer()) return static_cast<double>(*i);
  if (auto* u = if_unsigned()) return static_cast<double>(*u);
  if (auto* d = if_real()) return *d;
  return otherwise;
}

std::string_view value::text_or(std::string_view otherwise) const noexcept {
  auto* s = if_string();
  return s ? std::string_view(*s) : otherwise;
}

bool value::bool_or(bool otherwise) const noexcept {
  auto* b = if_bool();
  return b ? *b : otherwise;
}

namespace {
const value shared_null;
}

const value& value::operator[](std::string_view key) const noexcept {
  auto* o = if_object();
  auto* v = o ? o->find(key) : nullptr;
  return v ? *v : shared_null;
}

const value& value::element(std::size_t index) const noexcept {
  auto* a = if_array();
  return a && index < a->size() ? (*a)[index] : shared_null;
}

namespace {

/// Calls f with every child of a container.
template <class Value, class F>
void for_children(Value& v, F&& f) {
  if (auto* a = v.if_array()) {
    for (auto& child : *a) f(child);
  } else if (auto* o = v.if_object()) {
    for (auto& [key, child] : *o) f(child);
  }
}

bool is_filled_container(const value& v) noexcept {
  if (auto* a = v.if_array()) return !a->empty();
  if (auto* o = v.if_object()) return !o->empty();
  return false;
}

/// Takes the containers out of v, so that v can be destroyed without descending.
void take_containers(value& v, std::vector<value>& out) {
  for_children(v, [&](value& child) {
    if (is_filled_container(child)) out.push_back(std::move(child));
  });
}

}  // namespace

bool value::has_binary() const noexcept {
  if (is_binary()) return true;
  if (!is_filled_container(*this)) return false;
  std::vector<const value*> open{this};
  bool found = false;
  while (!open.empty() && !found) {
    const value& v = *open.back();
    open.pop_back();
    for_children(v, [&](const value& child) {
      found = found || child.is_binary();
      if (is_filled_container(child)) open.push_back(&child);
    });
  }
  return found;
}

/// Members are destroyed by plain recursion down to a depth that any stack bears, and from a list below it.
void value::dismantle() noexcept {
  constexpr std::size_t recursion_limit = 200;
  thread_local std::size_t level = 0;
  if (level < recursion_limit) {
    ++level;
    v_ = std::monostate();
    --level;
    return;
  }
  std::vector<value> pending;
  try {
    take_containers(*this, pending);
    while (!pending.empty()) {
      value v = std::move(pending.back());
      pending.pop_back();
      take_containers(v, pending);
    }
  } catch (const std::bad_alloc&) {  // what is left is destroyed by recursion after all
  }
}

namespace {

bool equal_integers(const value& a, const value& b) noexcept {
  if (a.if_integer() && b.if_integer()) return *a.if_integer() == *b.if_integer();
  if (a.if_unsigned() && b.if_unsigned()) return *a.if_unsigned() == *b.if_unsigned();
  const auto* i = a.if_integer() ? a.if_integer() : b.if_integer();
  const auto* u = a.if_unsigned() ? a.if_unsigned() : b.if_unsigned();
  return std::cmp_equal(*i, *u);
}

bool equals_real(const value& integer, double d) noexcept {
  if (d != std::trunc(d)) return false;
  if (auto* i = integer.if_integer()) return d >= -0x1p63 && d < 0x1p63 && static_cast<std::int64_t>(d) == *i;
  auto* u = integer.if_unsigned();
  return d >= 0 && d < 0x1p64 && static_cast<std::uint64_t>(d) == *u;
}

bool equal_numbers(const value& a, const value& b) noexcept {
  auto *x = a.if_real(), *y = b.if_real();
  if (x && y) return *x == *y;
  if (x) return equals_real(b, *x);
  if (y) return equals_real(a, *y);
  return equal_integers(a, b);
}

using pairs = std::vector<std::pair<const value*, const value*>>;

/// The entries that count: sorted by key, the last of each.
std::vector<const object::entry*> effective_entries(const object& o) {
  std::vector<const object::entry*> sorted;
  sorted.reserve(o.size());
  for (auto& e : o) sorted.push_back(&e);
  std::sort(sorted.begin(), sorted.end(), [](auto* a, auto* b) { return a->first != b->first ? a->first < b->first : a > b; });
  sorted.erase(std::unique(sorted.begin(), sorted.end(), [](auto* a, auto* b) { return a->first == b->first; }), sorted.end());
  return sorted;
}

bool same_keys(const object& a, const object& b, pairs& later) {
  const auto x = effective_entries(a), y = effective_entries(b);
  if (x.size() != y.size()) return false;
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (x[i]->first != y[i]->first) return false;
    later.emplace_back(&x[i]->second, &y[i]->second);
  }
  return true;
}

/// Equal but for the children, which are left for later.
bool equal_shallow(const value& a, const value& b, pairs& later) {
  if (a.is_number()) return b.is_number() && equal_numbers(a, b);
  if (a.type() != b.type()) return false;
  if (a.is_null()) return true;
  if (a.is_bool()) return *a.if_bool() == *b.if_bool();
  if (a.is_string()) return *a.if_string() == *b.if_string();
  if (a.is_binary()) return *a.if_binary() == *b.if_binary();
  if (a.is_object()) return same_keys(*a.if_object(), *b.if_object(), later);
  const auto &x = *a.if_array(), &y = *b.if_array();
  if (x.size() != y.size()) return false;
  for (std::size_t i = 0; i < x.size(); ++i) later.emplace_back(&x[i], &y[i]);
  return true;
}

bool equal_all(pairs& open) {
  while (!open.empty()) {
    const auto [x, y] = open.back();
    open.pop_back();
    if (!equal_shallow(*x, *y, open)) return false;
  }
  return true;
}

}  // namespace

bool operator==(const value& a, const value& b) {
  pairs open;
  return equal_shallow(a, b, open) && equal_all(open);
}

bool operator==(const object& a, const object& b) {
  pairs open;
  return same_keys(a, b, open) && equal_all(open);
}

std::string to_json(const value& v) {
  std::string out;
  std::vector<bytes_view> attachments;
  if (!base::json::write(v, out, attachments)) throw std::length_error("jackfield::to_json: nested deeper than 256 levels");
  return out;
}

result<value> detail::parse_json(std::string_view text) {
  value v;
  if (!base::json::parse(text, v)) return error{errc::bad_json, "not JSON, or nested deeper than 256 levels"};
  return v;
}

}  // namespace jackfield
