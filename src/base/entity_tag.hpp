// entity_tag: the ETag of content that is the same for everybody, and whether a request names it (RFC 9110, 8.8.3, 13.1.2).
// Any thread. Cost: one multiplication per byte; made once for each file, not for each request.
#pragma once

#include <string>
#include <string_view>

namespace jackfield::base {

/// A strong entity tag with its quotes: 64-bit FNV-1a of the content. It tells versions apart and protects nothing.
std::string entity_tag(std::string_view content);

/// Does an If-None-Match line name the tag, strong or weak, or anything at all ("*")? Then the answer is 304.
bool names_entity_tag(std::string_view if_none_match, std::string_view tag) noexcept;

}  // namespace jackfield::base
