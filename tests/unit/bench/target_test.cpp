// Targets as people write them, what /proc says, and what cannot be asked for together.
#include "bench/target.hpp"
#include "bench/proc.hpp"
#include "bench/settings.hpp"
#include "bench/storm_scene.hpp"

#include <gtest/gtest.h>

#include <unistd.h>

#include <stdexcept>

namespace jackfield::bench {
namespace {

std::string refusal(std::string_view url) {
  try {
    read_target(url);
  } catch (const std::runtime_error& e) {
    return e.what();
  }
  return {};
}

TEST(Target, UrlsAsTheyAreWritten) {
  target t = read_target("http://127.0.0.1:3000");
  EXPECT_EQ(t.host, "127.0.0.1");
  EXPECT_EQ(t.port, 3000);
  EXPECT_EQ(t.path, "/socket.io/");
  EXPECT_EQ(t.authority, "127.0.0.1:3000");
  t = read_target("ws://example.org/");
  EXPECT_EQ(t.port, 80);
  EXPECT_EQ(t.path, "/socket.io/");
  t = read_target("http://[::1]:8080/my/path/");
  EXPECT_EQ(t.host, "::1");
  EXPECT_EQ(t.port, 8080);
  EXPECT_EQ(t.path, "/my/path/");
  EXPECT_EQ(t.authority, "[::1]:8080");
}

TEST(Target, TlsHasItsOwnPort) {
  for (const char* url : {"https://localhost", "wss://localhost"}) {
    EXPECT_TRUE(read_target(url).tls);
    EXPECT_EQ(read_target(url).port, 443);
  }
  EXPECT_EQ(read_target("https://localhost:8443/chat/").port, 8443);
  EXPECT_FALSE(read_target("ws://localhost").tls);
  EXPECT_EQ(read_target("ws://localhost").port, 80);
}

TEST(Target, RefusalsAreSentences) {
  EXPECT_NE(refusal("localhost:3000").find("scheme"), std::string::npos);
  EXPECT_NE(refusal("ftp://localhost").find("none of http"), std::string::npos);
  EXPECT_NE(refusal("http://").find("no host"), std::string::npos);
  EXPECT_NE(refusal("http://[::1").find("bracket"), std::string::npos);
  EXPECT_NE(refusal("http://me@host").find("user"), std::string::npos);
  for (const char* port : {"http://h:0", "http://h:65536", "http://h:x", "http://h:", "http://h:80x"})
    EXPECT_NE(refusal(port).find("port"), std::string::npos) << port;
  for (const char* path : {"http://h/a b", "http://h/a\r\nX: y", "http://h/?x", "http://h/#x", "http://h\r\nX: y/"})
    EXPECT_NE(refusal(path).find("path"), std::string::npos) << path;
}

TEST(Target, OnlyTheLoopbackIsOurs) {
  const auto is_ours = [](const char* url) {
    target t = read_target(url);
    resolve(t);
    return t.loopback();
  };
  EXPECT_TRUE(is_ours("http://127.0.0.1:1"));
  EXPECT_TRUE(is_ours("http://127.200.0.9:1"));
  EXPECT_TRUE(is_ours("http://[::1]:1"));
  EXPECT_TRUE(is_ours("http://[::ffff:127.0.0.1]:1"));
  EXPECT_FALSE(is_ours("http://128.0.0.1:1"));
  EXPECT_FALSE(is_ours("http://10.0.0.1:1"));
  EXPECT_FALSE(is_ours("http://0.0.0.0:1"));
  EXPECT_FALSE(is_ours("http://[2001:db8::1]:1"));
  EXPECT_FALSE(is_ours("http://[::ffff:10.0.0.1]:1"));
}

TEST(Proc, TimesStandBehindANameThatMayHoldAnything) {
  EXPECT_EQ(ticks_in_stat("42 (a) 1 ) S) R 1 2 3 4 5 6 7 8 9 10 70 8 0 0 20"), 78u);
  EXPECT_FALSE(ticks_in_stat(""));
  EXPECT_FALSE(ticks_in_stat("42 (name) R 1 2"));
}

TEST(Proc, FindsListenersInTheKernelsTable) {
  const std::string table =
      "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
      "   0: 0100007F:0BB8 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1234 1 0 100 0 0 10 0\n"
      "   1: 0100007F:0BB8 0100007F:9999 01 00000000:00000000 00:00000000 00000000     0        0 5555 1 0 100 0 0 10 0\n"
      "   2: 0100007F:0BB9 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 6666 1 0 100 0 0 10 0\n";
  EXPECT_EQ(listening_inodes(table, 3000), std::vector<std::uint64_t>{1234});
  EXPECT_EQ(listening_inodes(table, 3001), std::vector<std::uint64_t>{6666});
  EXPECT_TRUE(listening_inodes(table, 1).empty());
  EXPECT_TRUE(listening_inodes("", 1).empty());
}

TEST(Proc, ThisProcessHasMemoryAndTime) {
  const auto u = usage_of({::getpid()});
  ASSERT_TRUE(u);
  EXPECT_GT(u->rss_bytes, 100'000u);
  EXPECT_FALSE(u->threads.empty());
  EXPECT_FALSE(usage_of({}));
  EXPECT_FALSE(usage_of({0x7fffffff}));
  EXPECT_GT(descriptor_limit_of(::getpid()), 0u);
}

TEST(Proc, BetweenIsTheBusiestOfThatTimeOnly) {
  usage before, after;
  before.cpu_seconds = 10;
  before.threads = {{1, 9}, {2, 1}};
  after.cpu_seconds = 12;
  after.rss_bytes = 7;
  after.threads = {{1, 9.2}, {2, 2.5}, {3, 0.3}};
  const usage u = between(before, after);
  EXPECT_DOUBLE_EQ(u.cpu_seconds, 2);
  EXPECT_DOUBLE_EQ(u.busiest_thread, 1.5);
  EXPECT_EQ(u.rss_bytes, 7u);
}

TEST(Settings, WhatDoesNotGoTogetherIsASentence) {
  settings s;
  EXPECT_EQ(objection_to(s), "");
  const auto with = [](auto change) {
    settings w;
    change(w);
    return objection_to(w);
  };
  EXPECT_NE(with([](settings& w) { w.size = 8; }), "");
  EXPECT_NE(with([](settings& w) { w.threads = 200; }), "");
  EXPECT_NE(with([](settings& w) { w.casts = 1; }), "");
  EXPECT_NE(with([](settings& w) { w.what = scenario::chat; }), "");
  EXPECT_NE(with([](settings& w) {
              w.what = scenario::storm;
              w.rate = 5;
            }),
            "");
  EXPECT_NE(with([](settings& w) {
              w.what = scenario::cast;
              w.line.by = road::polling;
            }),
            "");
  EXPECT_NE(with([](settings& w) {
              w.what = scenario::poll;
              w.line.by = road::polling;
              w.rate = 1;
            }),
            "");
  EXPECT_NE(with([](settings& w) {
              w.what = scenario::room;
              w.rooms = 1000;
            }),
            "");
  EXPECT_EQ(with([](settings& w) {
              w.what = scenario::idle;
              w.casts = 3;
              w.kill_percent = 50;
            }),
            "");
}

TEST(Settings, EveryScenarioHasItsName) {
  for (const auto name : scenario_names) {
    const auto what = scenario_named(name);
    ASSERT_TRUE(what);
    EXPECT_EQ(name_of(*what), name);
  }
  EXPECT_FALSE(scenario_named("Echo"));
  EXPECT_FALSE(scenario_named(""));
}

// The official client: 1 s doubled up to 5 s, each within ± 50 %, never more than 5 s.
TEST(Storm, PausesAreThoseOfTheOfficialClient) {
  EXPECT_EQ(client_pause(0, 0), second / 2);
  EXPECT_EQ(client_pause(0, 0.5), second);
  EXPECT_EQ(client_pause(1, 0), second);
  EXPECT_EQ(client_pause(2, 0.5), 4 * second);
  EXPECT_EQ(client_pause(2, 1), 5 * second);
  EXPECT_EQ(client_pause(3, 0.5), 5 * second);
  EXPECT_EQ(client_pause(60, 0), 5 * second / 2);
}

}  // namespace
}  // namespace jackfield::bench
