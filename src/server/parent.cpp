#include "server/parent.hpp"

#include "server/crew.hpp"
#include "server/realm.hpp"

#include <string>

namespace jackfield::srv {

bool parent::pattern_matches(std::string_view name) const {
  const auto* pattern = std::get_if<std::regex>(&rule_);
  if (pattern == nullptr) return false;
  try {
    return std::regex_search(name.begin(), name.end(), *pattern);
  } catch (const std::regex_error&) {  // too complex for this name: no match
    crew_.report({"of", name, {}, std::current_exception()});
    return false;
  }
}

void parent::ask(std::string_view name, const value& auth, const next& n) const {
  if (const auto* f = std::get_if<detail::name_rule>(&rule_)) return (*f)(name, auth, n);
  pattern_matches(name) ? n() : n(refuse(std::string()));
}

}  // namespace jackfield::srv
