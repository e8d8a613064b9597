// Declared events and the types they mention.
#include <jackfield/schema.hpp>

#include <algorithm>
#include <stdexcept>

namespace jackfield {

namespace detail {

/// "… [with T = chat::message; std::string_view = …]" or "… [T = chat::message]".
std::string_view short_type_name(std::string_view pretty_function) noexcept {
  const auto begin = pretty_function.find("T = ");
  if (begin == pretty_function.npos) return "type";
  auto name = pretty_function.substr(begin + 4);
  name = name.substr(0, name.find_first_of(";]"));
  const auto scope = name.substr(0, name.find('<')).rfind("::");
  return scope == name.npos ? name : name.substr(scope + 2);
}

}  // namespace detail

namespace {

bool is_letter(char c) noexcept { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

/// What TypeScript and JSON Schema take as a name.
std::string identifier(std::string_view wish) {
  std::string out;
  for (const char c : wish) out += is_letter(c) || (c >= '0' && c <= '9' && !out.empty()) ? c : '_';
  return out.empty() ? "type" : out;
}

/// Names of our own and of the language.
bool taken(std::string_view name) noexcept {
  static constexpr std::string_view names[] = {"Binary", "Refusal", "any",     "boolean", "null",   "number", "object",
                                               "string", "symbol",  "unknown", "void",    "bigint", "never",  "undefined"};
  return std::ranges::find(names, name) != std::end(names);
}

}  // namespace

const named_types::type* named_types::find(const void* key) const noexcept {
  for (const auto& t : all_) {
    if (t->key == key) return t.get();
  }
  return nullptr;
}

named_types::type& named_types::add(const void* key, std::string_view wish) {
  const auto plain = identifier(wish);
  const auto used = [&](const std::string& name) {
    return taken(name) || std::ranges::any_of(all_, [&](const auto& t) { return t->name == name; });
  };
  std::string name = plain;
  for (int n = 2; used(name); ++n) name = plain + std::to_string(n);
  auto& t = *all_.emplace_back(std::make_unique<type>());
  t.key = key;
  t.name = std::move(name);
  return t;
}

schema::schema(std::string prefix) : prefix_(std::move(prefix)) {}

detail::declared_event& schema::begin(std::vector<detail::declared_event>& list, std::string name) {
  if (std::ranges::any_of(list, [&](const auto& e) { return e.name == name; }))
    throw std::invalid_argument("the event \"" + name + "\" is declared twice");
  return list.emplace_back(detail::declared_event{std::move(name), {}, 0, {}, detail::answering::not_at_all, {}});
}

schema::event& schema::event::names(std::vector<std::string> all) {
  auto& e = get();
  if (all.size() != e.arguments.size()) {
    throw std::invalid_argument("the event \"" + e.name + "\" has " + std::to_string(e.arguments.size()) + " arguments, not " +
                                std::to_string(all.size()));
  }
  for (const auto& name : all) {
    if (name != identifier(name)) throw std::invalid_argument("\"" + name + "\" cannot be the name of an argument");
  }
  e.names = std::move(all);
  return *this;
}

}  // namespace jackfield
