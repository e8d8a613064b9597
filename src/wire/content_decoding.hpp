// content_decoding: the body of an answer, inflated as its Content-Encoding says (RFC 9110 §8.4.1), within a bound. Pure, linear.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace jackfield::wire {

enum class decoding_result : unsigned char {
  ok,
  too_big,  // more than `limit` bytes when inflated
  corrupt,  // not what the coding says, cut off, or something behind it
  unknown,  // a coding other than gzip, deflate and identity, or more than one
};

/// Replaces `body`. deflate is zlib's form, or the bare one that some servers send. Throws std::bad_alloc.
decoding_result decode_content(std::string_view coding, std::string& body, std::size_t limit);

}  // namespace jackfield::wire
