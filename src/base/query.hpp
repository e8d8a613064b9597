// query: a=1&b=2, as in the query of a URL and in a form's body. Decoded as URLSearchParams does: '+' is a blank, a stray '%'
// stays, bytes that are not UTF-8 become U+FFFD. Pure, any thread, linear but for sorting names.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace jackfield::base {

using parameter_list = std::vector<std::pair<std::string, std::string>>;

/// One parameter's value as the query writes it, borrowed from there; most are what they are written as.
class query_text {
 public:
  query_text() = default;
  query_text(std::string_view written, bool plain) noexcept : written_(written), there_(true), plain_(plain) {}

  explicit operator bool() const noexcept { return there_; }  // there is such a parameter, be it empty
  bool empty() const noexcept { return written_.empty(); }    // decoded, too
  bool operator==(std::string_view text) const;               // decoded; false when it is not there
  std::string decoded() const;                                // empty when it is not there
  /// Decoded, where it is written or else in `room`.
  std::string_view view(std::string& room) const { return plain_ ? written_ : std::string_view(room = decoded()); }

 private:
  std::string_view written_;
  bool there_ = false;
  bool plain_ = true;  // nothing in it is to be decoded
};

/// What is written for each of `keys`, of several with one name the last, in one pass. REQUIRES: as many `found` as keys.
void find_parameters(std::string_view query, std::span<const std::string_view> keys, std::span<query_text> found);
/// The decoded value of a parameter; of several with this name the last. Nothing when there is none.
std::optional<std::string> query_value(std::string_view query, std::string_view key);
/// All parameters, decoded, in order of first appearance, the last value of each.
parameter_list query_parameters(std::string_view query);

/// Appends `text` as JavaScript's encodeURIComponent writes it: A-Z a-z 0-9 -_.!~*'() stay, all other bytes become %XX.
void append_uri_component(std::string& out, std::string_view text);

}  // namespace jackfield::base
