// handshake: what the client said when it came, written down (protocol.md 4.2).
#include <jackfield/socket.hpp>

#include <chrono>
#include <cstdint>
#include <ctime>
#include <string>
#include <utility>

namespace jackfield {
namespace {

/// Names in small letters; lines of one name are joined, as HTTP allows.
value headers_of(const http_head& head) {
  object all;
  for (const auto& line : head.headers()) {
    std::string name(line.name);
    for (char& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    value& known = all[name];
    if (known.is_null())
      known = line.value;
    else
      known = std::string(known.text_or("")) + (name == "cookie" ? "; " : ", ") + std::string(line.value);
  }
  return all;
}

value query_of(const http_head& head) {
  object all;
  for (auto& [key, text] : head.query_parameters()) all.append(key, std::move(text));
  return all;
}

/// "Sat, 21 Nov 2026 04:00:00 GMT"
std::string written(std::chrono::system_clock::time_point t) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(t);
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  char text[48];
  return {text, std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &utc)};
}

}  // namespace

value tag_invoke(to_value_tag, const handshake& h) {
  const auto issued = std::chrono::duration_cast<std::chrono::milliseconds>(h.issued.time_since_epoch()).count();
  return object{{"headers", headers_of(h.request)},
                {"time", written(h.issued)},
                {"address", h.address},
                {"xdomain", h.xdomain},
                {"secure", h.secure},
                {"issued", static_cast<std::int64_t>(issued)},
                {"url", h.url()},
                {"query", query_of(h.request)},
                {"auth", h.auth}};
}

}  // namespace jackfield
