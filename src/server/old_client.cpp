#include "server/old_client.hpp"

#include "base/json.hpp"
#include "base/query.hpp"

namespace jackfield::srv::old_client {

address address_of(std::string_view nsp) noexcept {
  const auto name = nsp.substr(0, nsp.find_first_of("?#"));
  auto rest = nsp.substr(name.size());
  if (!rest.starts_with('?')) return {name, {}};
  rest.remove_prefix(1);
  return {name, rest.substr(0, rest.find('#'))};
}

std::string auth_of(std::string_view query) {
  std::string json;
  for (const auto& [name, text] : base::query_parameters(query)) {
    json += json.empty() ? '{' : ',';
    base::json::write_string(name, json);
    json += ':';
    base::json::write_string(text, json);
  }
  if (!json.empty()) json += '}';
  return json;
}

std::string socket_id(std::string_view nsp, std::string_view session) {
  if (nsp == "/") return std::string(session);
  return std::string(nsp).append("#").append(session);
}

bool speaks_for_itself(const value& data) noexcept {
  if (data.is_null()) return false;
  if (const auto* b = data.if_bool()) return *b;
  if (const auto* s = data.if_string()) return !s->empty();
  if (!data.is_number()) return true;
  const double n = data.number_or(0);
  return n < 0 || n > 0;
}

}  // namespace jackfield::srv::old_client
