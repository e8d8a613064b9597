// Set-Cookie lines of a server that may be anybody: the jar has its limits, and what it gives back can stand in a request.
// Input: lines between LFs; before each, one byte of time that passes, in hours.
#include "wire/cookie_jar.hpp"
#include "wire/http_text.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace jackfield::wire;
  cookie_jar jar;
  cookie_time now{std::chrono::seconds(1'700'000'000)};
  std::string_view text(reinterpret_cast<const char*>(data), size);
  while (!text.empty()) {
    now += std::chrono::hours(static_cast<unsigned char>(text.front()));
    const auto line = text.substr(1, text.find('\n', 1) - 1);
    text.remove_prefix(std::min(text.size(), line.size() + 2));
    jar.take(line, "/socket.io/", now);
    parse_cookie_date(line);
    if (jar.size() > cookie_jar::most_cookies) std::abort();
    const auto plain = jar.header("/socket.io/", false, now), secure = jar.header("/socket.io/", true, now);
    if (!header_value(plain) || !header_value(secure) || plain.size() > secure.size()) std::abort();
  }
  return 0;
}
