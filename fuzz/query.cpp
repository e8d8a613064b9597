// The query of a request target: what one look-up says is what the list of all says, each name once, all of it UTF-8,
// nothing longer than three times what was written (a byte may become U+FFFD). Input: the target.
#include "base/utf8.hpp"

#include <jackfield/http.hpp>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <set>

namespace {

void require(bool fact) {
  if (!fact) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view target(reinterpret_cast<const char*>(data), size);
  const auto head = jackfield::http_head::builder().request_line("GET", target).build();
  require(head->target() == target && target.starts_with(head->path()));
  const auto all = head->query_parameters();
  std::set<std::string> names;
  std::size_t total = 0;
  for (const auto& [name, value] : all) {
    require(names.insert(name).second);
    require(jackfield::base::valid_utf8(name) && jackfield::base::valid_utf8(value));
    require(head->query(name) == value);
    total += name.size() + value.size();
  }
  require(total <= 3 * head->query_string().size());
  for (const auto* name : {"EIO", "transport", "sid", "j", ""}) require(head->query(name).has_value() == names.contains(name));
  return 0;
}
