// cookie_jar: the cookies that one server has set for a client (RFC 6265 §5): taken from Set-Cookie lines, sent back while they
// last, on the paths and connections that they are for. One origin, so Domain says nothing. Time comes from outside.
// One owner, not thread-safe. Limits: so many cookies (then the oldest goes) of so many bytes (longer ones are not taken).
#pragma once

#include "wire/cookie_date.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace jackfield::wire {

class cookie_jar {
 public:
  static constexpr std::size_t most_cookies = 50, most_bytes = 4096;

  /// One Set-Cookie value. `path`: of the request that it answers. What is malformed is passed over.
  void take(std::string_view set_cookie, std::string_view path, cookie_time now);
  /// The value of a Cookie line for a request of this path; empty: no line. Longer paths first.
  std::string header(std::string_view path, bool secure, cookie_time now);
  std::size_t size() const noexcept { return cookies_.size(); }

 private:
  struct cookie {
    std::string name, value, path;
    cookie_time until = cookie_time::max();
    bool secure = false;
  };
  static bool read(std::string_view text, std::string_view request_path, cookie_time now, cookie& out);
  std::vector<cookie> cookies_;  // in the order in which they first came
};

}  // namespace jackfield::wire
