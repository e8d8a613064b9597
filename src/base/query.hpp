// query: a=1&b=2, as in the query of a URL and in a form's body. Decoded as URLSearchParams does: '+' is a blank, a stray '%'
// stays, bytes that are not UTF-8 become U+FFFD. Pure, any thread, linear but for sorting names.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace jackfield::base {

using parameter_list = std::vector<std::pair<std::string, std::string>>;

/// The decoded value of a parameter; of several with this name the last. Nothing when there is none.
std::optional<std::string> query_value(std::string_view query, std::string_view key);
/// All parameters, decoded, in order of first appearance, the last value of each.
parameter_list query_parameters(std::string_view query);

/// Appends `text` as JavaScript's encodeURIComponent writes it: A-Z a-z 0-9 -_.!~*'() stay, all other bytes become %XX.
void append_uri_component(std::string& out, std::string_view text);

}  // namespace jackfield::base
