// old_client: what Socket.IO's revision 4, spoken by clients of Socket.IO 1 and 2 over Engine.IO 3, does in its own way
// (protocol.md 3.9): "/" is joined unasked, ids are made of the session's, what a client says about itself stands in the
// namespace's query, and a refusal is the application's data or a string. Pure, any thread.
#pragma once

#include <jackfield/handler.hpp>
#include <jackfield/value.hpp>

#include <string>
#include <string_view>

namespace jackfield::srv::old_client {

/// `/admin?token=1` in two.
struct address {
  std::string_view nsp, query;
};
address address_of(std::string_view nsp) noexcept;
/// The query as JSON: an object of strings. Empty for an empty query.
std::string auth_of(std::string_view query);
/// In "/" the session's own, elsewhere `/admin#<session>`.
std::string socket_id(std::string_view nsp, std::string_view session);
/// Does the data of a refusal stand for itself? As JavaScript's `if` asks: null, false, 0, NaN and "" do not.
bool speaks_for_itself(const value& data) noexcept;

}  // namespace jackfield::srv::old_client
