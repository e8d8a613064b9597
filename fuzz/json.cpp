// JSON in and out: the scanner, the parser and Boost.JSON agree about what is valid; what is read survives writing.
#include "base/json.hpp"

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/src.hpp>

#include <algorithm>
#include <cstdlib>

using namespace jackfield;
namespace json = jackfield::base::json;

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

/// Boost.JSON's verdict; nothing where its rules differ from ours: depth, lone surrogates, huge exponents.
std::optional<bool> boost_says(std::string_view text) {
  if (std::ranges::count_if(text, [](char c) { return c == '[' || c == '{'; }) > 200) return std::nullopt;
  if (text.find("\\uD") != text.npos || text.find("\\ud") != text.npos) return std::nullopt;
  boost::json::parse_options options;
  options.max_depth = 256;
  boost::json::parser parser({}, options);
  boost::system::error_code e;
  parser.write(text.data(), text.size(), e);
  if (e == boost::json::error::exponent_overflow) return std::nullopt;
  return !e;
}

std::string written(const value& v) {
  std::string out;
  std::vector<bytes_view> attachments;
  require(json::write(v, out, attachments));
  require(attachments.empty());
  return out;
}

void check_array(std::string_view text, const value& v, bool ok) {
  std::vector<json::element> elements;
  bool placeholders = false;
  const bool scanned = json::scan_array(text, elements, 256, &placeholders);
  require(scanned == (ok && v.is_array()));
  if (!scanned) return;
  require(elements.size() == v.if_array()->size());
  for (std::size_t i = 0; i < elements.size(); ++i) {
    value one;
    require(json::parse(elements[i].text, one));
    require(written(one) == written(v[i]));
    if (elements[i].kind == json::type::string && elements[i].plain) require(json::plain_chars(elements[i]) == *one.if_string());
  }
}

/// Placeholders: the check and the parser agree, and what became binary is written as a placeholder again.
void check_placeholders(std::string_view text) {
  const bytes data(3);
  const bytes_view attachments[] = {data, data};
  value v;
  const bool ok = json::parse(text, attachments, v);
  require(ok == json::placeholders_fit(text, 2));
  if (!ok) return;
  std::string out;
  std::vector<bytes_view> found;
  require(json::write(v, out, found));
  require(v.has_binary() == !found.empty());
  require(json::placeholders_fit(out, found.size()) || found.empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  value v;
  const bool ok = json::parse(text, v);
  require(ok == json::valid(text));
  if (const auto other = boost_says(text)) require(ok == *other);
  check_array(text, v, ok);
  if (!ok) return 0;
  const auto first = written(v);
  value again;
  require(json::parse(first, again));
  require(written(again) == first);
  const value copy = v;
  require(written(copy) == first);
  check_placeholders(text);
  return 0;
}
