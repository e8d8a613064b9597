// Parsers other than the built-in: the server's side of protocol.md 3.10, 3.11.
#include "base/json.hpp"
#include "protocol/sio_msgpack.hpp"
#include "unit/server/stage.hpp"

#include <jackfield/parser.hpp>

#include <stdexcept>

namespace jackfield::test {
namespace {

using namespace std::string_literals;

server_options with(std::shared_ptr<const parser> p) {
  server_options o;
  o.parser = std::move(p);
  return o;
}

/// A binary message as the stage writes it: what a MessagePack peer sends or gets.
std::string packed(const packet_view& p) {
  std::string out = "b";
  protocol::encode_msgpack(p, out);
  return out;
}

/// A received message in words: "2 / 7 [...] +1" is an event of "/" with id 7 and one attachment.
std::string unpacked(const std::string& message) {
  static const parser_limits limits{100, 1000, 100};
  packet_draft d;
  if (message.front() != 'b') return "text: " + message;
  if (protocol::decode_msgpack(std::string_view(message).substr(1), limits, d) != decoded::packet) return "undecodable: " + d.why;
  std::string out = std::to_string(static_cast<int>(d.type)) + " " + d.nsp;
  if (d.id) out += " " + std::to_string(*d.id);
  if (!d.json.empty()) out += " " + d.json;
  for (auto a : d.attachments) out += " +" + std::string(as_chars(a));
  return out;
}

packets unpacked(const packets& all) {
  packets out;
  for (const auto& m : all) out.push_back(unpacked(m));
  return out;
}

/// A stage in MessagePack, with a joined client.
struct msgpack_talk : stage {
  explicit msgpack_talk(server_options o = with(msgpack_parser())) : stage(std::move(o)) {
    io.on_connection([this](jf::socket who) { all.push_back(who); });
    c = &ws();
    c->say(packed({packet_type::connect, "/", {}, {}, {}}));
    EXPECT_EQ(unpacked(c->heard()), packets{"0 / {\"sid\":\"" + std::string(s().id()) + "\"}"});
  }
  jf::socket& s() { return all.front(); }
  packets answer(const packet_view& p) { return unpacked(c->say(packed(p)).heard()); }

  std::vector<jf::socket> all;
  client* c;
};

struct order {
  std::string item;
  double price;
  bytes picture;
};
BOOST_DESCRIBE_STRUCT(order, (), (item, price, picture))

// P121
TEST(parser, msgpack_events_and_typed_answers) {
  msgpack_talk on;
  on.s().on("sum", [](int a, int b) { return a + b; });
  on.s().on("order", [](order o) {
    o.price *= 2;
    o.picture.push_back(std::byte{'!'});
    return o;
  });
  EXPECT_EQ(on.answer({packet_type::event, "/", 7, R"(["sum",1,2])", {}}), packets{"3 / 7 [3]"});
  const bytes_view picture[] = {as_bytes("abc")};
  const auto* const text = R"(["order",{"item":"tea","price":1.25,"picture":{"_placeholder":true,"num":0}}])";
  EXPECT_EQ(on.answer({packet_type::event, "/", 8, text, picture}),
            packets{R"(3 / 8 [{"item":"tea","price":2.5,"picture":{"_placeholder":true,"num":0}}] +abc!)"});
  EXPECT_EQ(
      on.answer({packet_type::event, "/", 9, R"(["order",{"item":"tea","price":"much"}])", {}}),
      packets{R"(3 / 9 [{"error":{"code":"bad_argument","message":"argument 1.price: expected a number, not a string"}}])"});
}

TEST(parser, msgpack_questions_broadcasts_and_listeners) {
  msgpack_talk on;
  std::vector<std::string> outgoing;
  on.s().on_any_outgoing([&](std::string_view name, const args& a) {
    outgoing.push_back(std::string(name) + " " + std::string(a[0].json()) + " " + std::to_string(a.attachments().size()));
  });
  std::vector<std::string> answers;
  on.s().emit("ask", 1, [&](std::string a) { answers.push_back(std::move(a)); });
  on.s().join("room");
  on.io.to("room").emit("news", bytes{std::byte{'z'}});
  on.host.foreign = true;  // from another thread
  on.s().emit("later", true);
  on.io.emit("later still", nullptr);
  on.host.foreign = false;
  EXPECT_EQ(unpacked(on.c->heard()), (packets{R"(2 / 0 ["ask",1])", R"(2 / ["news",{"_placeholder":true,"num":0}] +z)",
                                              R"(2 / ["later",true])", R"(2 / ["later still",null])"}));
  on.answer({packet_type::ack, "/", 0, R"(["fine"])", {}});
  EXPECT_EQ(answers, std::vector<std::string>{"fine"});
  EXPECT_EQ(outgoing, (std::vector<std::string>{"ask 1 0", R"(news {"_placeholder":true,"num":0} 1)", "later true 0",
                                                "later still null 0"}));
}

TEST(parser, more_binary_than_the_text_may_hold) {
  auto o = with(msgpack_parser());
  o.limits.binary_values = 12;
  msgpack_talk on(o);
  on.s().on("count", [](const args& a) { return a.attachments().size(); });
  const std::vector<bytes_view> twelve(12, as_bytes("x"));
  std::string list = R"(["count")";
  for (int i = 0; i < 12; ++i) list += R"(,{"_placeholder":true,"num":)" + std::to_string(i) + "}";
  EXPECT_EQ(on.answer({packet_type::event, "/", 1, list + "]", twelve}), packets{"3 / 1 [12]"});
  std::vector<bytes> thirteen(13, bytes{std::byte{'x'}});
  EXPECT_THROW(on.s().emit("many", thirteen), bad_result);
  const std::vector<bytes_view> more(13, as_bytes("x"));
  on.answer({packet_type::event, "/", 1, list + R"(,{"_placeholder":true,"num":12}])", more});
  EXPECT_TRUE(on.c->closed());
  EXPECT_EQ(on.host.limits().hits(base::limit::attachments), 1u);
}

TEST(parser, auth_refusals_and_namespaces_with_binary) {
  stage on(with(msgpack_parser()));
  on.io.of("/auth").use([](jf::socket s, jf::next next) {
    next(jf::refuse("no", jf::object{{"got", s.handshake().auth["token"]}}));
  });
  auto& c = on.ws();
  const bytes_view token[] = {as_bytes("key")};
  c.say(packed({packet_type::connect, "/auth", {}, R"({"token":{"_placeholder":true,"num":0}})", token}));
  EXPECT_EQ(unpacked(c.heard()), packets{R"(4 /auth {"message":"no","data":{"got":{"_placeholder":true,"num":0}}} +key)"});
  c.say(packed({packet_type::connect, "/none", {}, {}, {}}));
  EXPECT_EQ(unpacked(c.heard()), packets{R"(4 /none {"message":"Invalid namespace"})"});
  on.io.on_connection([](jf::socket s) { s.on("bye", [](jf::socket who) { who.disconnect(); }); });
  c.say(packed({packet_type::connect, "/", {}, {}, {}}));
  EXPECT_EQ(c.heard().size(), 1u);
  c.say(packed({packet_type::event, "/", {}, R"(["bye"])", {}}));
  EXPECT_EQ(unpacked(c.heard()), packets{"1 /"});
}

TEST(parser, clients_of_revision_3_have_it_too) {
  auto o = with(msgpack_parser());
  o.allow_eio3 = true;
  o.limits.namespace_bytes = 8;
  stage on(o);
  auto& c = on.ws(stage::request("/socket.io/?EIO=3&transport=websocket"));
  EXPECT_EQ(unpacked(c.heard()), packets{"0 /"});  // unasked
  c.say(packed({packet_type::connect, "/admin?token=a%20b", {}, {}, {}}));
  EXPECT_EQ(unpacked(c.heard()), packets{R"(4 /admin {"message":"Invalid namespace"})"});
  on.io.of("/admin").use([](jf::socket s, jf::next next) { next(jf::refuse("no", s.handshake().auth["token"])); });
  c.say(packed({packet_type::connect, "/admin?token=a%20b", {}, {}, {}}));
  EXPECT_EQ(unpacked(c.heard()), packets{R"(4 /admin "a b")"});
}

TEST(parser, what_was_missed_comes_in_its_form) {
  auto o = with(msgpack_parser());
  o.connection_state_recovery.emplace();
  stage on(o);
  auto& c = on.ws();
  const auto text_of = [](const std::string& m) { return m.substr(m.find_first_of("{[")); };
  const auto parsed = [&](const std::string& m) {
    value v;
    const auto text = text_of(m);
    EXPECT_TRUE(base::json::parse(text.substr(0, text.find(" +")), v)) << m;
    return v;
  };
  c.say(packed({packet_type::connect, "/", {}, {}, {}}));
  const auto welcome = parsed(unpacked(c.heard()).at(0));
  on.io.emit("first", 1);
  const auto offset = parsed(unpacked(c.heard()).at(0))[2];
  c.lose();
  on.io.emit("second", bytes{std::byte{'z'}});
  auto& again = on.ws();
  const auto auth = to_json(object{{"pid", welcome["pid"]}, {"offset", offset}});
  again.say(packed({packet_type::connect, "/", {}, auth, {}}));
  const auto got = unpacked(again.heard());
  ASSERT_EQ(got.size(), 2u);
  const bool welcome_first = got[0].starts_with("0 /");
  EXPECT_EQ(parsed(got[welcome_first ? 0 : 1])["sid"], welcome["sid"]);
  const auto& missed = got[welcome_first ? 1 : 0];
  EXPECT_TRUE(missed.starts_with(R"(2 / ["second",{"_placeholder":true,"num":0},"~)")) << missed;
  EXPECT_TRUE(missed.ends_with(" +z")) << missed;
}

TEST(parser, what_looks_like_binary_beside_binary_is_refused) {
  stage on(with(msgpack_parser()));
  auto& c = on.ws();
  // {"_placeholder":true,"num":5} beside real binary: by hand, since our encoder writes no such thing
  c.say(
      "b\x83\xa4type\x00\xa4"
      "data\x82\xa1"
      "a\xc4\x00\xa1"
      "b\x82\xac_placeholder\xc3\xa3num\x05\xa3nsp\xa1/"s);
  EXPECT_TRUE(c.closed());
}

// P121
TEST(parser, names_that_are_none_reach_any_listeners_alone) {
  msgpack_talk on;
  int any = 0, named = 0;
  on.s().on_any([&](std::string_view name, const args&) { any += name.empty() ? 1 : 100; });
  on.s().on("", [&](const args&) { ++named; });
  on.answer({packet_type::event, "/", {}, "[]", {}});
  on.answer({packet_type::event, "/", {}, "[true,1]", {}});
  on.answer({packet_type::event, "/", {}, "[{}]", {}});
  EXPECT_EQ(any, 3);
  EXPECT_EQ(named, 0);
  EXPECT_FALSE(on.c->closed());
}

// P130
TEST(parser, what_cannot_be_decoded_is_told_and_ends_the_connection) {
  for (const auto& bad : {"4"
                          "2[\"x\"]"s,
                          "b\xc1"s, "b\x80"s, packed({packet_type::event, "/", {}, R"(["disconnect"])", {}})}) {
    msgpack_talk on;
    std::vector<std::string> told;
    std::string reason;
    on.s().on_error([&](const error& e) { told.push_back(e.text); });
    on.s().on_disconnect([&](disconnect_reason why) { reason = name_of(why); });
    on.c->say(bad);
    on.c->heard();
    EXPECT_EQ(told.size(), 1u) << testing::PrintToString(bad);
    EXPECT_EQ(reason, "forced close");
    EXPECT_TRUE(on.c->closed());
  }
}

/// "type nsp payload" in text messages, several to a message, separated by ';'; an incomplete one ends in '~'. Its mistakes are
/// the test's.
class lines final : public parser {
 public:
  class decoder_of_lines final : public packet_decoder {
   public:
    decoded add(wire_message m, packet_draft& out) override {
      if (m.kind != message_kind::text) return out.fail("lines are text");
      held_ += m.data;
      if (held_.ends_with('~')) return held_.pop_back(), decoded::incomplete;
      rest_ = std::move(held_);
      held_.clear();
      return next(out);
    }
    decoded next(packet_draft& out) override {
      if (rest_.empty()) return decoded::incomplete;
      const auto line = rest_.substr(0, rest_.find(';'));
      rest_.erase(0, line.size() + 1);
      if (line == "throw") throw std::runtime_error("thrown");
      out.type = static_cast<packet_type>(line.at(0) - '0');
      const auto space = line.find(' ', 2);
      out.nsp = line.substr(2, space - 2);
      if (space != line.npos) out.json = line.substr(space + 1);
      return decoded::packet;
    }
    std::size_t held_bytes() const noexcept override { return held_.size(); }

   private:
    std::string held_, rest_;
  };

  void encode(const packet_view& p, wire_messages& out) const override {
    if (p.json.find("unspeakable") != p.json.npos) throw std::runtime_error("unspeakable");
    ++encoded;
    out.add(message_kind::text) = std::to_string(static_cast<int>(p.type)) + " " + std::string(p.nsp) + " " + std::string(p.json);
    for (auto a : p.attachments) out.add(message_kind::binary) = as_chars(a);
  }
  std::unique_ptr<packet_decoder> decoder(const parser_limits&) const override { return std::make_unique<decoder_of_lines>(); }

  mutable int encoded = 0;
};

struct lines_talk : stage {
  explicit lines_talk(server_options o = {}, std::shared_ptr<lines> p = std::make_shared<lines>())
      : stage((o.parser = p, std::move(o))), by(std::move(p)) {
    io.on_connection([this](jf::socket who) {
      all.push_back(who);
      who.on_error([this](const error& e) { errors.push_back(e.text); });
      who.on("echo", [](jf::socket s, const args& a) { s.emit("echo", a); });
      who.on("bye", [](jf::socket s) { s.disconnect(true); });
    });
    c = &ws();
    c->say("40 /");
    c->heard();
  }
  std::shared_ptr<lines> by;
  std::vector<jf::socket> all;
  std::vector<std::string> errors;
  client* c;
};

TEST(parser, one_of_the_programs_own) {
  lines_talk on;
  EXPECT_EQ(on.c->say(R"(42 / ["echo",1])").heard(), packets{R"(42 / ["echo",1])"});
  EXPECT_EQ(on.c->say(R"(42 / ["echo",1];2 / ["echo",2])").heard(), (packets{R"(42 / ["echo",1])", R"(42 / ["echo",2])"}));
  EXPECT_EQ(on.c->say(packets{"42 / [\"ec~", R"(4ho",3])"}).heard(), packets{R"(42 / ["echo",3])"});
  on.all[0].emit("binary", bytes{std::byte{'z'}});
  EXPECT_EQ(on.c->heard(), (packets{R"(42 / ["binary",{"_placeholder":true,"num":0}])", "bz"}));
}

TEST(parser, a_broadcast_is_translated_once) {
  lines_talk on;
  for (int i = 0; i < 5; ++i) on.ws().say("40 /").heard();
  const int before = on.by->encoded;
  on.io.emit("news", 1);
  EXPECT_EQ(on.by->encoded, before + 1);
  EXPECT_EQ(on.c->heard(), packets{R"(42 / ["news",1])"});
}

TEST(parser, its_packets_are_checked_like_any_others) {
  for (const auto* bad :
       {"47 / []", "42 / ", "42 / [", "42 / {}", "40 /x []", "41 / {}", "42 / [\"connect\"]", "43 / 1", "4throw"}) {
    lines_talk on;
    on.c->say(bad);
    on.c->heard();
    if (bad == std::string("42 / ")) {  // no payload: tolerated, as in text
      EXPECT_FALSE(on.c->closed());
      continue;
    }
    EXPECT_TRUE(on.c->closed()) << bad;
  }
  lines_talk on;
  on.c->say("4throw");
  EXPECT_EQ(on.errors, std::vector<std::string>{"thrown"});
}

TEST(parser, packets_behind_the_end_are_not_looked_at) {
  lines_talk on;
  on.c->say(R"(42 / ["bye"];2 / ["echo",1];throw)");
  on.c->heard();
  EXPECT_TRUE(on.c->closed());
  EXPECT_TRUE(on.errors.empty());
}

TEST(parser, what_it_cannot_encode_is_the_callers_to_know) {
  lines_talk on;
  EXPECT_THROW(on.all[0].emit("e", "unspeakable"), std::runtime_error);
  EXPECT_THROW(on.io.emit("e", "unspeakable"), std::runtime_error);
  on.all[0].emit("e", 1);
  EXPECT_EQ(on.c->heard(), packets{R"(42 / ["e",1])"});
  on.io.of("/auth").use([](jf::socket, jf::next next) { next(jf::refuse("unspeakable")); });
  on.c->say("40 /auth");
  on.c->heard();
  EXPECT_TRUE(on.c->closed());
}

// S26
TEST(parser, unfinished_packets_have_time_and_room) {
  server_options o;
  o.limits.attachment_time = 3000ms;
  lines_talk late(o);
  late.c->say("42~");
  late.advance(2900ms);
  EXPECT_FALSE(late.c->closed());
  late.advance(200ms);
  EXPECT_TRUE(late.c->closed());
  EXPECT_EQ(late.host.limits().hits(base::limit::attachment_time), 1u);

  o.limits.attachment_bytes = 10;
  lines_talk large(o);
  large.c->say("42 123456~");
  EXPECT_FALSE(large.c->closed());
  large.c->say("478901~");
  EXPECT_TRUE(large.c->closed());

  lines_talk in_time(o);
  in_time.c->say(packets{"42 / [\"ec~", R"(4ho"])"});
  EXPECT_EQ(in_time.c->heard(), packets{R"(42 / ["echo"])"});
  in_time.advance(60s);
  EXPECT_FALSE(in_time.c->closed());
}

/// JSON of the whole packet, through trees.
class whole_json final : public tree_parser {
 public:
  void write(const packet_tree& p, wire_messages& out) const override {
    object o{{"type", static_cast<int>(p.type)}, {"nsp", p.nsp}};
    if (p.id) o["id"] = *p.id;
    if (p.data && p.data->has_binary())
      o["data"] = "binary";
    else if (p.data)
      o["data"] = *p.data;
    out.add(message_kind::text) = to_json(o);
  }
  result<packet_tree> read(wire_message m) const override {
    if (m.kind == message_kind::binary) {  // an event of its bytes
      const auto b = as_bytes(m.data);
      return packet_tree{packet_type::event, "/", {}, array{"bytes", bytes(b.begin(), b.end())}};
    }
    if (m.data == "{}") return packet_tree{packet_type::connect, "/", {}, {}};
    if (m.data == "deep") {
      value v;
      for (int i = 0; i < 300; ++i) v = array{std::move(v)};
      return packet_tree{packet_type::event, "/", {}, std::move(v)};
    }
    return error{errc::bad_json, "no " + std::string(m.data)};
  }
};

TEST(parser, one_of_trees) {
  stage on(with(std::make_shared<whole_json>()));
  std::string error_text;
  on.io.on_connection([&](jf::socket s) {
    s.on("bytes", [](jf::socket who, bytes b) {
      who.emit("size", b.size());
      who.emit("back", b);
    });
    s.on_error([&](const error& e) { error_text = e.text; });
  });
  auto& c = on.ws();
  c.say("4{}");
  EXPECT_EQ(c.heard().size(), 1u);
  EXPECT_EQ(c.say("bxyz").heard(),
            (packets{R"(4{"type":2,"nsp":"/","data":["size",3]})", R"(4{"type":2,"nsp":"/","data":"binary"})"}));
  c.say("4nonsense");
  EXPECT_EQ(error_text, "no nonsense");
  EXPECT_TRUE(c.closed());

  auto& deep = on.ws();
  deep.say("4{}");
  deep.heard();
  deep.say("4deep");
  EXPECT_EQ(error_text, "invalid payload");
  EXPECT_TRUE(deep.closed());
}

}  // namespace
}  // namespace jackfield::test
