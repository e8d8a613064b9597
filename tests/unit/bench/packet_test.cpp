// packet_reader: the forms that servers write, and the unusual ones through the library's decoder.
#include "bench/packet.hpp"

#include <gtest/gtest.h>

namespace jackfield::bench {
namespace {

using what = packet::what;

TEST(Packet, EventsAndAcks) {
  packet_reader r("/");
  packet p = r.read(R"(2["cast","abc"])");
  EXPECT_EQ(p.kind, what::event);
  EXPECT_EQ(p.name, "cast");
  EXPECT_EQ(p.text, "abc");
  p = r.read(R"(317["abc"])");
  EXPECT_EQ(p.kind, what::ack);
  EXPECT_EQ(p.id, 17u);
  EXPECT_EQ(p.text, "abc");
  p = r.read("31099511627776[]");  // of a join
  EXPECT_EQ(p.kind, what::ack);
  EXPECT_EQ(p.id, std::uint64_t{1} << 40);
}

// Not what a server writes by default, and right all the same.
TEST(Packet, UnusualFormsAreReadToo) {
  packet_reader r("/");
  packet p = r.read(R"(2[ "cast" , "abc" ])");
  EXPECT_EQ(p.kind, what::event);
  EXPECT_EQ(p.name, "cast");
  EXPECT_EQ(p.text, "abc");
  p = r.read(R"(2["cast","abc",1])");
  EXPECT_EQ(p.kind, what::event);
  EXPECT_EQ(p.text, "abc");
  p = r.read(R"(2["cast"])");
  EXPECT_EQ(p.kind, what::event);
  EXPECT_EQ(p.text, "");
  p = r.read(R"(37[null])");
  EXPECT_EQ(p.kind, what::ack);
  EXPECT_EQ(p.id, 7u);
  EXPECT_EQ(r.read(R"(2["a\"b","abc"])").kind, what::event);
}

TEST(Packet, TheNamespaceComesAndGoes) {
  packet_reader r("/");
  EXPECT_EQ(r.read(R"(0{"sid":"x"})").kind, what::connected);
  EXPECT_EQ(r.read("1").kind, what::ended);
  const packet p = r.read(R"(4{"message":"no"})");
  EXPECT_EQ(p.kind, what::refused);
  EXPECT_NE(p.text.find("no"), std::string_view::npos);
}

TEST(Packet, OfItsOwnNamespaceOnly) {
  packet_reader r("/game");
  packet p = r.read(R"(2/game,["cast","abc"])");
  EXPECT_EQ(p.kind, what::event);
  EXPECT_EQ(p.text, "abc");
  EXPECT_EQ(r.read(R"(3/game,5["abc"])").id, 5u);
  EXPECT_EQ(r.read(R"(0/game,{"sid":"x"})").kind, what::connected);
  EXPECT_EQ(r.read(R"(2["cast","abc"])").kind, what::other);
  EXPECT_EQ(r.read(R"(2/games,["cast","abc"])").kind, what::other);
}

TEST(Packet, WithAttachmentsToComeAndWrong) {
  packet_reader r("/");
  EXPECT_EQ(r.read(R"(51-["x",{"_placeholder":true,"num":0}])").kind, what::other);
  EXPECT_EQ(r.read(R"(2["cast","abc"])").kind, what::event);  // the reader starts afresh
  for (const char* wrong : {"", "9", "2", "2[", R"(2["cast","abc")", R"(2["cast","abc"]x)", "3[", "2{}", "hello"})
    EXPECT_EQ(r.read(wrong).kind, what::malformed) << wrong;
}

}  // namespace
}  // namespace jackfield::bench
