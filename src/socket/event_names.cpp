#include "socket/event_names.hpp"

#include <array>

namespace jackfield::sio {
namespace {

const std::array<event_name, special_names> specials{};

}  // namespace

const event_name* key_of(special_name n) noexcept { return &specials[static_cast<std::size_t>(n)]; }

bool is_special(const event_name* name) noexcept {
  const std::less<const event_name*> before;
  return !before(name, specials.data()) && before(name, specials.data() + specials.size());
}

const event_name* event_names::acquire(std::string_view name) {
  auto at = names_.find(name);
  if (at == names_.end()) {
    auto fresh = std::make_unique<event_name>(event_name{std::string(name), 0});
    const std::string_view key = fresh->text;
    at = names_.emplace(key, std::move(fresh)).first;
  }
  ++at->second->uses;
  return at->second.get();
}

void event_names::release(const event_name* name) noexcept {
  if (is_special(name)) return;
  const auto at = names_.find(std::string_view(name->text));
  if (at == names_.end() || --at->second->uses > 0) return;
  const event_name*& lately = recent_[place_of(name->text)];
  if (lately == name) lately = nullptr;
  names_.erase(at);
}

}  // namespace jackfield::sio
