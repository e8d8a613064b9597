#include "conversation.hpp"

#include "notation.hpp"
#include "protocol/eio3_payload.hpp"
#include "protocol/eio_payload.hpp"
#include "protocol/handshake.hpp"

#include <charconv>
#include <optional>

namespace jackfield::talk {

using protocol::eio_revision;

namespace {

constexpr std::string_view sid = "lv_VI97HAXpY6yYWAAAC";

std::chrono::milliseconds time_of(const std::string& text) {
  long n = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
  const std::string_view unit(end, text.data() + text.size());
  if (error == std::errc() && n >= 0) {
    if (unit == "ms") return std::chrono::milliseconds(n);
    if (unit == "s") return std::chrono::seconds(n);
    if (unit == "min") return std::chrono::minutes(n);
  }
  throw failure("a time is a number and ms, s or min, not '" + text + "'");
}

std::string with_sid(std::string text) {
  for (auto at = text.find("$sid"); at != std::string::npos; at = text.find("$sid", at + sid.size())) text.replace(at, 4, sid);
  return text;
}

}  // namespace

/// Revision 3: as to a client that asked for base64.
std::string conversation::payload_of(const test::packets& answer) const {
  std::string payload;
  for (const auto& p : answer) {
    if (revision_ == eio_revision::v3)
      protocol::append_eio3_packet(payload, test::packet_of(p), protocol::eio3_form::text);
    else
      protocol::append_eio_packet(payload, test::packet_of(p));
  }
  return payload;
}

std::string conversation::frame_of(const std::string& packet) const {
  if (packet.front() != 'b') return packet;
  const std::string head(revision_ == eio_revision::v3 ? protocol::eio3_binary_head : std::string_view());
  return bytes_written(head + packet.substr(1));
}

void conversation::play(const std::filesystem::path& file) {
  const auto lines = read_script(file);
  int number = 0;
  try {
    for (std::size_t i = 0; i < lines.size(); ++i) {
      number = lines[i].number;
      play(lines[i]);
      if (i + 1 == lines.size() || !lines[i + 1].same_turn) end_turn();
    }
    expect_silence("the end");
  } catch (const failure& f) {
    throw failure(file.string() + ':' + std::to_string(number) + ": " + f.what());
  }
}

void conversation::play(const line& l) {
  if (l.verb == "S>") return expect(l, with_sid(l.text));
  if (l.verb == "CLOSED" || l.verb == "HEARS" || l.verb == "UPGRADED" || l.verb == "DRAINED")
    return expect(l, l.text.empty() ? l.verb : l.verb + ' ' + l.text);
  if (!l.same_turn) expect_silence("this line");
  if (l.verb == "+") return let_pass(l);
  if (l.channel == "set") return set(l);
  if (l.channel == "poll") return act_polling(l);
  if (l.channel.starts_with("ws")) return act_stream(l);
  if (l.channel != "app" || !above_->act(l.verb, l.text)) throw failure("nobody knows how to '" + l.channel + ' ' + l.verb + "'");
}

// --- acts

void conversation::let_pass(const line& l) { host_.advance(time_of(l.text)); }

void conversation::set(const line& l) {
  if (opened_) throw failure("options are set before the session begins");
  if (l.verb == "ping_interval") return void(options_.ping_interval = time_of(l.text));
  if (l.verb == "ping_timeout") return void(options_.ping_timeout = time_of(l.text));
  if (l.verb == "upgrade_timeout") return void(options_.upgrade_timeout = time_of(l.text));
  if (l.verb == "max_unsent_bytes") return void(options_.max_unsent_bytes = std::stoul(l.text));
  if (l.verb == "allow_eio3" && l.text == "on") return void(allow_eio3_ = true);
  throw failure("no such option: " + l.verb);
}

void conversation::act_polling(const line& l) {
  if (l.verb == "GET") return get(l.text);
  if (l.verb == "C>") return post(l.text);
  if (l.verb == "ABORT" && poll_ && poll_->parked()) return poll_->drop_get(*sessions_.find(sid));
  throw failure("a polling client cannot '" + l.verb + "' now");
}

void conversation::act_stream(const line& l) {
  if (l.verb == "OPEN") return open_stream(l.channel, l.text);
  const auto at = streams_.find(l.channel);
  if (at == streams_.end()) throw failure("there is no " + l.channel);
  if (l.verb == "C>") return frame(*at->second.road, l.text);
  auto* const s = sessions_.find(sid);
  if (l.verb == "LOST") return s ? s->on_transport_lost(*at->second.road, engine::close_reason::transport_close, "1006") : void();
  if (l.verb == "STALLS") return at->second.road->hold();
  if (l.verb == "TAKES" && s) return at->second.road->drain(*s);
  throw failure("a WebSocket cannot '" + l.verb + "' now");
}

engine::verdict conversation::ask(std::string_view method, const std::string& query, engine::request_form form) {
  std::string target = "/socket.io/?" + with_sid(query);
  if (query.empty()) {
    target += revision_ == eio_revision::v3 ? "EIO=3" : "EIO=4";
    target += form == engine::request_form::upgrade ? "&transport=websocket" : "&transport=polling";
    if (opened_) target += "&sid=" + std::string(sid);
  }
  const auto head = http_head::builder().request_line(method, target).build();
  return engine::verify(*head, form, rules_, sessions_);
}

bool conversation::refuse(const std::string& channel, const engine::verdict& v) {
  using outcome = engine::verdict::outcome;
  const bool spoken = allow_eio3_ || v.revision == eio_revision::v4;
  if (v.what == outcome::existing_session || (v.what == outcome::open_session && spoken)) return false;
  const auto why = v.what == outcome::refused ? v.why : protocol::eio_refusal::unsupported_version;
  std::string body;
  protocol::write_refusal(body, why);
  heard_[channel].push_back(std::to_string(protocol::http_status(why)) + ' ' + body);
  return true;
}

void conversation::start(engine::transport_ref road, engine::transport_kind kind, eio_revision revision) {
  auto s = base::make_ref<engine::session>(host_, options_, sid, nullptr, "192.0.2.1", revision);
  revision_ = revision;
  if (!sessions_.add(s)) throw failure("a script has one session");
  opened_ = true;
  protocol::eio_open open{
      .sid = std::string(sid), .upgrades = {}, .ping_interval = options_.ping_interval, .ping_timeout = options_.ping_timeout};
  if (kind == engine::transport_kind::polling) open.upgrades.push_back("websocket");
  std::string payload;
  protocol::write_open(payload, open);
  s->open(std::move(road), payload);
  above_->attach(*s);
}

void conversation::get(const std::string& query) {
  const auto v = ask("GET", query, engine::request_form::plain);
  if (refuse("poll", v)) return;
  if (v.what == engine::verdict::outcome::existing_session) return poll_->park(*v.session);
  poll_ = base::make_ref<test::fake_poll>();
  poll_->park();
  start(poll_, engine::transport_kind::polling, v.revision);
}

void conversation::post(const std::string& payload) {
  const auto v = ask("POST", {}, engine::request_form::plain);
  if (refuse("poll", v)) return;
  const engine::session_ref s(v.session);
  if (revision_ == eio_revision::v3)
    post(*s, protocol::eio3_payload_reader(payload, protocol::eio3_form::text, 65536));
  else
    post(*s, protocol::eio_payload_reader(payload, 65536));
}

template <class Reader>
void conversation::post(engine::session& s, Reader packets) {
  using outcome = typename Reader::outcome;
  for (auto step = packets.next();; step = packets.next()) {
    if (step.what == outcome::end) return;
    if (step.what != outcome::packet) return s.on_undecodable(*poll_);
    if (!s.on_packet(*poll_, step.packet)) return;
  }
}

void conversation::open_stream(const std::string& channel, const std::string& query) {
  const auto v = ask("GET", query, engine::request_form::upgrade);
  if (refuse(channel, v)) return;
  const auto road = base::make_ref<test::fake_stream>();
  streams_[channel] = {road, false};
  if (v.what == engine::verdict::outcome::open_session) {
    start(road, engine::transport_kind::websocket, v.revision);
  } else if (!v.session->offer_candidate(road)) {
    road->close();
  }
}

void conversation::frame(test::fake_stream& road, const std::string& text) {
  auto* const s = sessions_.find(sid);
  if (!s || road.closed) return;  // the bytes meet a closed connection
  const bool old = revision_ == eio_revision::v3;
  const auto bytes = bytes_read(text);
  std::string storage;
  std::optional<protocol::eio_packet> p;
  if (!bytes)
    p = old ? protocol::decode_eio3_text(text, storage) : protocol::decode_eio_text(text, storage);
  else if (old)
    p = protocol::decode_eio3_binary(*bytes);
  else
    p = protocol::eio_packet{protocol::eio_type::message, protocol::payload_kind::binary, *bytes};
  if (p)
    s->on_packet(road, *p);
  else
    s->on_undecodable(road);
}

// --- expectations

void conversation::end_turn() {
  host_.settle();
  collect();
}

void conversation::collect() {
  if (poll_)
    for (const auto& answer : poll_->take()) heard_["poll"].push_back(payload_of(answer));
  for (auto& [channel, one] : streams_) {
    auto& heard = heard_[channel];
    for (const auto& p : one.road->take()) heard.push_back(frame_of(p));
    if (one.road->closed && !std::exchange(one.end_told, true)) heard.push_back("CLOSED");
  }
  for (auto& e : above_->take_events()) heard_["app"].push_back(std::move(e));
}

void conversation::expect(const line& l, const std::string& what) {
  auto& heard = heard_[l.channel];
  if (heard.empty()) throw failure("expected '" + escaped(what) + "' on " + l.channel + ", got nothing");
  if (heard.front() != what)
    throw failure("expected '" + escaped(what) + "' on " + l.channel + ", got '" + escaped(heard.front()) + "'");
  heard.pop_front();
}

void conversation::expect_silence(const std::string& when) {
  bool misused = poll_ && poll_->misused;
  for (const auto& [channel, one] : streams_) misused |= one.road->misused;
  if (misused) throw failure("a road was called after its end, or without being ready");
  for (const auto& [channel, heard] : heard_)
    if (!heard.empty()) throw failure("before " + when + ", nobody expected '" + escaped(heard.front()) + "' on " + channel);
}

}  // namespace jackfield::talk
