#include "base/entity_tag.hpp"

#include <array>
#include <cstdint>
#include <cstdio>

namespace jackfield::base {

std::string entity_tag(std::string_view content) {
  std::uint64_t h = 0xcbf29ce484222325u;
  for (const char c : content) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  std::array<char, 19> out;
  std::snprintf(out.data(), out.size(), "\"%016llx\"", static_cast<unsigned long long>(h));
  return out.data();
}

bool names_entity_tag(std::string_view if_none_match, std::string_view tag) noexcept {
  return if_none_match == "*" || if_none_match.find(tag) != std::string_view::npos;
}

}  // namespace jackfield::base
