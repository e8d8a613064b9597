#include "chat.hpp"

#include "chat_text.hpp"

#include <charconv>
#include <utility>
#include <vector>

namespace jackfield::app {

namespace {

constexpr std::size_t max_people = 1000;
constexpr std::size_t max_rooms_of_one = 20;

struct room_line {
  std::string name;
  std::size_t people = 0;
};
BOOST_DESCRIBE_STRUCT(room_line, (), (name, people))

struct welcome {
  person you;
  std::vector<room_line> rooms;
};
BOOST_DESCRIBE_STRUCT(welcome, (), (you, rooms))

struct accepted {
  bool ok = true;
};
BOOST_DESCRIBE_STRUCT(accepted, (), (ok))

struct sent {
  bool ok = true;
  app::message message;
};
BOOST_DESCRIBE_STRUCT(sent, (), (ok, message))

struct joined {
  bool ok = true;
  std::string room;
  std::vector<person> people;
  std::vector<message> messages;
};
BOOST_DESCRIBE_STRUCT(joined, (), (ok, room, people, messages))

struct refused {
  bool ok = false;
  std::string code, text;
};
BOOST_DESCRIBE_STRUCT(refused, (), (ok, code, text))

struct room_typing {
  std::string room;
  app::person person;
};
BOOST_DESCRIBE_STRUCT(room_typing, (), (room, person))

struct private_typing {
  app::person person;
};
BOOST_DESCRIBE_STRUCT(private_typing, (), (person))

void no(ack& answer, std::string code, std::string text) { answer(refused{false, std::move(code), std::move(text)}); }

/// The Socket.IO room of a room of the chat.
std::string channel(std::string_view room) { return "room:" + std::string(room); }

std::int64_t now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

std::string base36(std::uint64_t n) {
  char out[16];
  return {out, std::to_chars(out, out + sizeof out, n, 36).ptr};
}

}  // namespace

struct chat::visitor {
  person me;
  std::set<std::string, std::less<>> in;  // rooms
  token_bucket messages{10, 2}, joins{30, 2}, typing{4, 2};
};

chat::chat(server& io) : io_(io), epoch_(base36(static_cast<std::uint64_t>(now_ms()))) {
  io_.use([this](socket s, next go) { admit(s, go); });
  io_.on_connection([this](socket s) { arrived(s); });
}

void chat::admit(const socket& s, const next& go) const {
  const std::lock_guard lock(mutex_);
  const auto refuse_with = [&](const char* code) { go(refuse(code, object{{"code", code}})); };
  const auto hello = s.handshake();
  auto name = clean_name(hello.auth["name"].text_or({}));
  const std::string_view key = hello.auth["key"].text_or({});
  if (!name) return refuse_with("bad-name");
  if (!valid_key(key)) return refuse_with("bad-key");
  person me{id_of(key), std::move(*name)};
  if (name_is_taken(me)) return refuse_with("name-taken");
  if (people_.size() >= max_people && !people_.contains(me.id)) return refuse_with("full");
  s.data<visitor>().me = std::move(me);
  go();
}

bool chat::name_is_taken(const person& p) const {
  for (const auto& [id, other] : people_)
    if (id != p.id && same_name(other.who.name, p.name)) return true;
  return false;
}

void chat::arrived(const socket& s) {
  const std::lock_guard lock(mutex_);
  const person me = s.data<visitor>().me;
  if (const auto at = people_.find(me.id); at != people_.end()) {
    const socket before = at->second.at;
    leave_all(before);
    people_.erase(at);
    before.emit("replaced");
    before.disconnect();
  }
  people_.emplace(me.id, present{me, s});
  listen_to(s);
  welcome w{me, {}};
  rooms_.each([&](const std::string& name, const room& r) {
    if (r.size() > 0) w.rooms.push_back({name, r.size()});
  });
  s.emit("welcome", w);
}

void chat::listen_to(const socket& s) {
  s.on("join", [this](socket from, std::string room, ack a) { join(from, room, std::move(a)); });
  s.on("leave", [this](socket from, std::string room, ack a) { leave(from, room, std::move(a)); });
  s.on("say", [this](socket from, std::string room, std::string text, std::string nonce, ack a) {
    say(from, room, text, nonce, std::move(a));
  });
  s.on("whisper", [this](socket from, std::string to, std::string text, std::string nonce, ack a) {
    whisper(from, to, text, nonce, std::move(a));
  });
  s.on("typing", [this](socket from, typing_place where) { typing(from, where); });
  s.on_disconnecting([this, s] { left(s); });
}

void chat::left(const socket& s) {
  const std::lock_guard lock(mutex_);
  leave_all(s);
  const auto at = people_.find(s.data<visitor>().me.id);
  if (at != people_.end() && at->second.at == s) people_.erase(at);
}

void chat::join(const socket& s, const std::string& raw, ack answer) {
  const std::lock_guard lock(mutex_);
  auto& v = s.data<visitor>();
  if (!v.joins.take(std::chrono::steady_clock::now())) return no(answer, "slow-down", "That was too fast. Wait a moment.");
  const auto name = clean_room(raw);
  if (!name) return no(answer, "bad-room", "A room's name has 1 to 32 characters, without control or direction marks.");
  if (!v.in.contains(*name) && v.in.size() >= max_rooms_of_one)
    return no(answer, "too-many-rooms", "You are in 20 rooms. Leave one first.");
  room* r = rooms_.open(*name);
  if (!r) return no(answer, "too-many-rooms", "There are no places for new rooms at the moment.");
  if (v.in.insert(*name).second) {
    r->enter(v.me, s.id());
    s.join(channel(*name));
    s.to(channel(*name)).emit("came", *name, v.me);
    io_.emit("room", *name, r->size());
  }
  answer(joined{true, *name, r->people(), {r->history().begin(), r->history().end()}});
}

void chat::leave(const socket& s, const std::string& room, ack answer) {
  const std::lock_guard lock(mutex_);
  if (!leave_room(s, room)) return no(answer, "not-here", "You are not in this room.");
  answer(accepted{});
}

bool chat::leave_room(const socket& s, const std::string& name) {
  auto& v = s.data<visitor>();
  if (v.in.erase(name) == 0) return false;
  room* r = rooms_.find(name);
  if (!r || !r->leave(v.me.id, s.id())) return false;
  rooms_.touch(name);
  s.leave(channel(name));
  io_.to(channel(name)).emit("left", name, v.me);
  io_.emit("room", name, r->size());
  return true;
}

void chat::leave_all(const socket& s) {
  const auto in = s.data<visitor>().in;
  for (const auto& room : in) leave_room(s, room);
}

std::optional<message> chat::compose(const socket& s, const std::string& text, const std::string& nonce, ack& answer) {
  auto& v = s.data<visitor>();
  if (!v.messages.take(std::chrono::steady_clock::now()))
    return no(answer, "slow-down", "That was too fast. Wait a moment."), std::nullopt;
  auto clean = clean_text(text);
  if (!clean || !valid_nonce(nonce)) return no(answer, "bad-text", "A message has 1 to 2000 characters."), std::nullopt;
  message m;
  m.id = epoch_ + "-" + base36(++messages_);
  m.from = v.me.id;
  m.name = v.me.name;
  m.text = std::move(*clean);
  m.at = now_ms();
  m.nonce = nonce;
  return m;
}

void chat::say(const socket& s, const std::string& room, const std::string& text, const std::string& nonce, ack answer) {
  const std::lock_guard lock(mutex_);
  if (!s.data<visitor>().in.contains(room)) return no(answer, "not-here", "You are not in this room.");
  auto m = compose(s, text, nonce, answer);
  if (!m) return;
  m->room = room;
  s.to(channel(room)).emit("said", *m);
  answer(sent{true, *m});
  rooms_.keep(room, std::move(*m));
}

void chat::whisper(const socket& s, const std::string& to, const std::string& text, const std::string& nonce, ack answer) {
  const std::lock_guard lock(mutex_);
  const auto at = people_.find(to);
  if (at == people_.end()) return no(answer, "gone", "They are not here any more.");
  auto m = compose(s, text, nonce, answer);
  if (!m) return;
  m->to = to;
  at->second.at.emit("whispered", *m);
  answer(sent{true, *m});
}

void chat::typing(const socket& s, const typing_place& where) const {
  const std::lock_guard lock(mutex_);
  auto& v = s.data<visitor>();
  if (!v.typing.take(std::chrono::steady_clock::now())) return;
  if (where.room && v.in.contains(*where.room)) {
    s.to(channel(*where.room)).volatile_().emit("typing", room_typing{*where.room, v.me});
  } else if (where.to) {
    if (const auto at = people_.find(*where.to); at != people_.end())
      at->second.at.volatile_().emit("typing", private_typing{v.me});
  }
}

}  // namespace jackfield::app
