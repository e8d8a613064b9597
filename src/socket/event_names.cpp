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
  const event_name* one = find(name);
  if (one == nullptr)
    one = names_.insert(std::make_unique<event_name>(event_name{std::string(name), base::string_hash()(name), 0})).first->get();
  ++one->uses;
  return one;
}

void event_names::release(const event_name* name) noexcept {
  if (is_special(name)) return;
  if (--name->uses > 0) return;
  if (const event_name*& lately = recent_[place_of(name->text)]; lately == name) lately = nullptr;
  names_.erase(names_.find(name));
}

}  // namespace jackfield::sio
