#include "protocol/handshake.hpp"

#include "base/json.hpp"

namespace jackfield::protocol {

namespace json = base::json;

namespace {

void write_member(std::string& out, std::string_view key, std::string_view text) {
  ((out += '"') += key) += "\":";
  json::write_string(text, out);
}

void write_member(std::string& out, std::string_view key, std::int64_t number) {
  ((out += '"') += key) += "\":";
  json::write_number(number, out);
}

/// A whole number of milliseconds or bytes, up to 2^53-1.
bool read_member(const value& from, std::string_view key, std::int64_t& out) noexcept {
  const double d = from[key].number_or(-1);
  if (!(d >= 0 && d <= 0x1p53 - 1)) return false;
  out = static_cast<std::int64_t>(d);
  return true;
}

void read_upgrades(const value& from, std::vector<std::string>& out) {
  out.clear();
  const auto* names = from["upgrades"].if_array();
  if (!names) return;
  for (const auto& name : *names) {
    if (name.is_string()) out.push_back(*name.if_string());
  }
}

}  // namespace

std::string open_tail(const eio_open& open) {
  std::string out = ",\"upgrades\":[";
  for (bool first = true; const auto& name : open.upgrades) {
    if (!first) out += ',';
    first = false;
    json::write_string(name, out);
  }
  out += "],";
  write_member(out, "pingInterval", std::int64_t{open.ping_interval.count()});
  out += ',';
  write_member(out, "pingTimeout", std::int64_t{open.ping_timeout.count()});
  out += ',';
  write_member(out, "maxPayload", static_cast<std::int64_t>(open.max_payload));
  return out += '}';
}

void write_open(std::string& out, std::string_view sid, std::string_view tail) {
  out.reserve(out.size() + sid.size() + tail.size() + 16);
  out += '{';
  write_member(out, "sid", sid);
  out += tail;
}

void write_open(std::string& out, const eio_open& open) { write_open(out, open.sid, open_tail(open)); }

bool read_open(std::string_view text, eio_open& out) {
  value v;
  if (!json::parse(text, v)) return false;
  const auto* sid = v["sid"].if_string();
  std::int64_t interval, timeout, most = 0;
  if (!sid || sid->empty()) return false;
  if (!read_member(v, "pingInterval", interval) || !read_member(v, "pingTimeout", timeout)) return false;
  read_member(v, "maxPayload", most);
  out.sid = *sid;
  read_upgrades(v, out.upgrades);
  out.ping_interval = std::chrono::milliseconds(interval);
  out.ping_timeout = std::chrono::milliseconds(timeout);
  out.max_payload = static_cast<std::size_t>(most);
  return true;
}

void write_connect_answer(std::string& out, std::string_view sid, std::string_view pid) {
  out += '{';
  write_member(out, "sid", sid);
  if (!pid.empty()) write_member(out += ',', "pid", pid);
  out += '}';
}

void write_connect_error(std::string& out, std::string_view message, std::string_view data_json) {
  out += '{';
  write_member(out, "message", message);
  if (!data_json.empty()) (out += ",\"data\":") += data_json;
  out += '}';
}

std::string_view text_of(eio_refusal why) noexcept {
  switch (why) {
    case eio_refusal::transport_unknown: return "Transport unknown";
    case eio_refusal::session_unknown: return "Session ID unknown";
    case eio_refusal::bad_method: return "Bad handshake method";
    case eio_refusal::bad_request: return "Bad request";
    case eio_refusal::forbidden: return "Forbidden";
    case eio_refusal::unsupported_version: return "Unsupported protocol version";
  }
  return "Bad request";
}

int http_status(eio_refusal why) noexcept { return why == eio_refusal::forbidden ? 403 : 400; }

void write_refusal(std::string& out, eio_refusal why, std::string_view message) {
  out += '{';
  write_member(out, "code", static_cast<std::int64_t>(why));
  out += ',';
  write_member(out, "message", message.empty() ? text_of(why) : message);
  out += '}';
}

}  // namespace jackfield::protocol
