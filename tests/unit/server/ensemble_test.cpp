// Several workers, one server: what one tells another, in orders that a seed decides (unit/server/ensemble.hpp).
#include "unit/server/ensemble.hpp"

#include <map>
#include <regex>
#include <set>

namespace jackfield::test {
namespace {

constexpr std::size_t workers = 3;
constexpr int seeds = 40;

/// Clients a, b, c, … on worker 0, 1, 2, 0, …
struct crowd : ensemble {
  explicit crowd(std::uint64_t seed, std::size_t n = 7, server_options o = {}, std::size_t w = workers)
      : ensemble(seed, w, std::move(o)) {
    io->on_connection([this](jf::socket s) { came.push_back(s); });
    for (std::size_t i = 0; i < n; ++i) {
      clients.push_back(&client_at(i % w).join());
      settle();
      sockets.push_back(came.back());
    }
    forget();
  }
  void forget() {
    for (auto* c : clients) c->take();
  }
  /// Which clients heard exactly this; others nothing.
  std::string who(const packets& message) {
    settle();
    std::string out;
    for (std::size_t i = 0; i < clients.size(); ++i) {
      const auto got = clients[i]->take();
      if (got == message)
        out += static_cast<char>('a' + i);
      else if (!got.empty())
        out += '!';
    }
    return out;
  }
  std::vector<jf::socket> came, sockets;  // in order of arrival; of clients
  std::vector<client*> clients;
};

template <class F>
void for_seeds(F f) {
  for (int seed = 0; seed < seeds && !::testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    f(static_cast<std::uint64_t>(seed));
  }
}

const packets e{R"(42["e"])"};

TEST(ensemble, a_broadcast_reaches_members_on_all_workers_once) {  // P146 P147 P148
  for_seeds([](std::uint64_t seed) {
    crowd on(seed);
    on.io->emit("e");  // from none of the workers
    EXPECT_EQ(on.who(e), "abcdefg");
    on.at(1, [&] { on.io->emit("e"); });
    EXPECT_EQ(on.who(e), "abcdefg");
    for (std::size_t i : {0u, 1u, 3u, 5u}) on.sockets[i].join("r");
    for (std::size_t i : {1u, 2u}) on.sockets[i].join("q");
    on.settle();
    on.at(on.any(), [&] { on.io->to("r").emit("e"); });
    EXPECT_EQ(on.who(e), "abdf");
    on.at(on.any(), [&] { on.io->in({"r", "q"}).emit("e"); });
    EXPECT_EQ(on.who(e), "abcdf");
    on.io->to("r").except("q").emit("e");
    EXPECT_EQ(on.who(e), "adf");
    on.at(1, [&] { on.sockets[1].to("r").emit("e"); });
    EXPECT_EQ(on.who(e), "adf");
    on.at(0, [&] { on.io->to(on.sockets[4].id()).emit("e"); });
    EXPECT_EQ(on.who(e), "e");
  });
}

TEST(ensemble, is_sent_as_one_packet_shared_by_all) {
  crowd on(1);
  on.io->emit("e");
  on.settle();
  for (auto* c : on.clients) EXPECT_EQ(c->stream->shared_sends, 1);
}

/// A copy on a sheet says all that what is shared would have.
TEST(ensemble, broadcasts_of_every_kind_reach_other_workers_whole_and_in_their_order) {
  const std::string long_room(200, 'r'), long_text(2000, 't');
  std::vector<std::string> many_rooms{"r"};  // more names than are copied
  for (char c = 'a'; c < 'k'; ++c) many_rooms.emplace_back(150, c);
  for_seeds([&](std::uint64_t seed) {
    crowd on(seed, 3);  // a client for each worker
    for (auto& s : on.sockets) s.join({"r", long_room});
    on.sockets[1].join("x");
    on.settle();
    packets wanted;
    on.at(0, [&] {
      const auto say = [&](const broadcast_operator& to, const auto&... what) {
        to.emit("e", static_cast<int>(wanted.size()), what...);
        wanted.push_back("42[\"e\"," + std::to_string(wanted.size()));
      };
      say(on.io->to("r"));
      say(on.io->to("r"), long_text);
      say(on.io->to(long_room), "short");
      say(on.io->to(many_rooms));
      say(on.io->to("r").compress(false));
      say(on.io->to("r"), bytes{std::byte{1}});
      say(on.io->to({"r", long_room, "nobody's"}).latest("key"));
      say(on.io->to("r").volatile_());
      say(on.io->except(std::vector<std::string>{"nobody's", "x"}));
      say(on.sockets[0].to("r"));
      say(on.sockets[1].broadcast());  // of another worker
      say(on.io->local());
      on.io->to("").emit("e");  // a room like any other, empty
      on.io->to("r").emit("e", nullptr);
    });
    on.settle();
    std::map<std::size_t, std::set<int>> misses{{0, {9}}, {1, {8, 10}}};
    for (std::size_t i = 0; i < 3; ++i) {
      auto got = on.clients[i]->take();
      std::erase_if(got, [](const std::string& p) { return p.front() == 'b'; });
      std::size_t at = 0;
      for (int n = 0; n < static_cast<int>(wanted.size()); ++n) {
        if (misses[i].contains(n)) continue;
        ASSERT_LT(at, got.size());
        const auto text = got[at++];
        const auto array = text.starts_with("451-") ? "42" + text.substr(4) : text;
        EXPECT_TRUE(array.starts_with(wanted[static_cast<std::size_t>(n)])) << "client " << i << ": " << text.substr(0, 40);
        EXPECT_EQ(text.find(long_text) != std::string::npos, n == 1);
      }
      ASSERT_EQ(at + 1, got.size());
      EXPECT_EQ(got[at], R"(42["e",null])");
    }
  });
}

TEST(ensemble, how_a_broadcast_is_sent_is_the_same_on_other_workers) {
  for (const std::uint64_t seed : {0u, 1u}) {  // on a sheet, and shared
    crowd on(seed, 3, {.outbound = {.limit_bytes = 2000, .policy = overflow::keep_latest}});
    on.at(0, [&] { on.io->compress(false).emit("e"); });
    on.settle();
    EXPECT_EQ(on.clients[1]->stream->last_compression, engine::compression::none);
    on.at(0, [&] { on.io->emit("e"); });
    on.settle();
    EXPECT_EQ(on.clients[1]->stream->last_compression, engine::compression::allowed);
    on.forget();

    auto& slow = *on.clients[2];
    slow.stream->hold();
    on.at(0, [&] { on.io->emit("fill", std::string(100'000, 'x')); });  // more than a stream holds: what follows waits
    on.settle();
    slow.take();
    on.at(0, [&] {
      on.io->volatile_().emit("dropped");
      for (int n = 0; n < 5; ++n) on.io->latest("place").emit("at", n);
    });
    on.settle();
    on.at(2, [&] { slow.stream->drain(*slow.session); });
    on.settle();
    EXPECT_EQ(slow.take(), (packets{R"(42["at",4])"})) << seed;
  }
}

/// Listeners to what goes out get the event's own array, whatever it came in.
TEST(ensemble, listeners_to_what_goes_out_hear_broadcasts_of_other_workers) {
  for (const std::uint64_t seed : {0u, 1u}) {
    crowd on(seed, 3);
    std::vector<std::string> heard;
    on.sockets[2].on_any_outgoing(
        [&](std::string_view name, const args& a) { heard.push_back(std::string(name).append(a[0].json())); });
    on.at(0, [&] { on.io->emit("e", "x"); });
    on.settle();
    EXPECT_EQ(heard, (std::vector<std::string>{R"(e"x")"}));
  }
}

/// Joins behind emits, emits behind joins, of sockets of any worker, from any worker.
TEST(ensemble, what_one_worker_does_happens_everywhere_in_its_order) {
  for_seeds([](std::uint64_t seed) {
    crowd on(seed);
    const auto from = on.any();
    on.at(from, [&] {
      for (int round = 0; round < 20; ++round) {
        for (auto& s : on.sockets) s.join("r");
        on.io->to("r").emit("in", round);
        for (auto& s : on.sockets) s.leave("r");
        on.io->to("r").emit("nobody", round);
      }
    });
    on.settle();
    for (auto* c : on.clients) {
      const auto got = c->take();
      ASSERT_EQ(got.size(), 20u);
      for (int round = 0; round < 20; ++round)
        EXPECT_EQ(got[static_cast<std::size_t>(round)], "42[\"in\"," + std::to_string(round) + "]");
    }
  });
}

TEST(ensemble, several_senders_each_keep_their_order_and_nothing_is_lost_or_doubled) {
  for_seeds([](std::uint64_t seed) {
    crowd on(seed);
    constexpr int each = 30;
    for (int n = 0; n < each; ++n)
      for (std::size_t w = 0; w < workers; ++w) {
        on.at(w, [&] { on.io->emit("n", static_cast<int>(w), n); });
        for (auto k = on.random() % 4; k > 0; --k) on.step();
      }
    on.settle();
    for (auto* c : on.clients) {
      std::map<char, int> next;
      for (const auto& p : c->take()) {
        const auto comma = p.rfind(',');
        EXPECT_EQ(std::stoi(p.substr(comma + 1)), next[p[comma - 1]]++) << p;
      }
      for (char w : {'0', '1', '2'}) EXPECT_EQ(next[w], each);
    }
  });
}

/// Random joins, leaves, comings and goings against a plain model.
TEST(ensemble, agrees_with_a_model_about_who_is_where) {
  for_seeds([](std::uint64_t seed) {
    crowd on(seed, 9);
    std::map<std::string, std::set<std::size_t>> rooms;
    std::set<std::size_t> here;
    for (std::size_t i = 0; i < on.clients.size(); ++i) here.insert(i);
    for (int step = 0; step < 60; ++step) {
      const auto i = on.random() % on.clients.size();
      const std::string room(1, static_cast<char>('p' + on.random() % 4));
      const auto kind = on.random() % 8;
      const auto from = on.any();
      if (kind < 4 && here.contains(i)) {
        on.at(from, [&] { on.sockets[i].join(room); });
        rooms[room].insert(i);
      } else if (kind < 6) {
        on.at(from, [&] { on.sockets[i].leave(room); });
        rooms[room].erase(i);
      } else if (kind == 6) {
        on.clients[i]->lose();
        here.erase(i);
        for (auto& [name, members] : rooms) members.erase(i);
      }
      on.settle();
      std::string expected;
      for (std::size_t m : rooms[room]) expected += static_cast<char>('a' + m);
      on.at(from, [&] { on.io->to(room).emit("e"); });
      ASSERT_EQ(on.who(e), expected) << "step " << step;
      EXPECT_EQ(on.io->main().size(), here.size());
    }
  });
}

TEST(ensemble, questions_are_answered_by_everybody_wherever_they_are) {  // P150
  for_seeds([](std::uint64_t seed) {
    crowd on(seed);
    std::optional<std::size_t> got;
    jf::error failed;
    on.at(on.any(), [&] {
      on.io->timeout(1s).emit("q", [&](jf::error why, std::vector<jf::value> all) {
        failed = why;
        got = all.size();
      });
    });
    on.settle();
    EXPECT_FALSE(got);
    for (auto* c : on.clients) {
      const auto asked = c->take();
      ASSERT_EQ(asked.size(), 1u);
      c->say("43" + asked[0].substr(2, asked[0].find('[') - 2) + "[1]");
      on.step();
    }
    on.settle();
    EXPECT_EQ(got, on.clients.size());
    EXPECT_FALSE(failed);
  });
}

TEST(ensemble, those_who_do_not_answer_in_time_are_told_of_once) {  // P150
  crowd on(7);
  int calls = 0;
  std::size_t got = 0;
  jf::error failed;
  on.at(2, [&] {
    on.io->timeout(1s).emit("q", [&](jf::error why, std::vector<jf::value> all) {
      ++calls;
      failed = why;
      got = all.size();
    });
  });
  on.settle();
  for (std::size_t i : {0u, 1u, 2u}) {
    const auto asked = on.clients[i]->take();
    on.clients[i]->say("43" + asked[0].substr(2, asked[0].find('[') - 2) + "[1]");
  }
  on.advance(2s);
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(got, 3u);
  EXPECT_EQ(failed.code, jf::errc::timeout);
}

TEST(ensemble, nobody_waits_for_a_worker_that_ended) {
  crowd on(3);
  std::optional<jf::error> fetched;
  std::optional<jf::error> asked;
  on.at(0, [&] {
    on.io->fetch_sockets().then([&](auto found) { fetched = found ? jf::error() : found.error(); });
    on.io->timeout(1s).emit("q", [&](jf::error why, std::vector<jf::value>) { asked = why; });
  });
  on.end(1);
  on.end(2);
  for (std::size_t w : {1u, 2u}) on.hosts[w]->inner.tear_up();
  on.clients[0]->take();
  on.advance(2s);
  ASSERT_TRUE(fetched && asked);
  EXPECT_EQ(fetched->code, jf::errc::disconnected);
  EXPECT_TRUE(*asked);
}

TEST(ensemble, finds_counts_and_names_what_is_on_all_workers) {  // P151
  for_seeds([](std::uint64_t seed) {
    crowd on(seed);
    for (std::size_t i : {0u, 1u, 2u, 4u}) on.sockets[i].join("r");
    on.sockets[5].join("s");
    on.settle();
    std::set<std::string> ids;
    std::vector<std::string> rooms;
    std::size_t members = 0;
    std::optional<std::string> one;
    bool nobody = false;
    const auto from = on.any();
    on.at(from, [&] {
      on.io->in("r").fetch_sockets().then([&](auto found) {
        for (const auto& s : *found) ids.emplace(s.id());
      });
      on.io->main().fetch_rooms().then([&](auto all) { rooms = *all; });
      on.io->main().fetch_room_size("r").then([&](auto n) { members = *n; });
      on.io->main().fetch_socket(on.sockets[5].id()).then([&](auto s) { one = std::string((*s)->id()); });
      on.io->main().fetch_socket("nobody").then([&](auto s) { nobody = !s->has_value(); });
    });
    on.settle();
    std::set<std::string> expected;
    for (std::size_t i : {0u, 1u, 2u, 4u}) expected.emplace(on.sockets[i].id());
    EXPECT_EQ(ids, expected);
    for (const char* name : {"r", "s"}) EXPECT_EQ(std::count(rooms.begin(), rooms.end(), name), 1) << name;
    EXPECT_EQ(members, 4u);
    EXPECT_EQ(one, on.sockets[5].id());
    EXPECT_TRUE(nobody);
    EXPECT_EQ(on.io->main().size(), 7u);
    EXPECT_EQ(on.io->clients_count(), 7u);
  });
}

TEST(ensemble, joins_leaves_and_ends_of_many_reach_all_workers) {  // P151
  for_seeds([](std::uint64_t seed) {
    crowd on(seed);
    on.at(on.any(), [&] { on.io->sockets_join("all"); });
    on.io->in("all").sockets_join("more");
    on.settle();
    on.at(1, [&] { on.io->in(on.sockets[0].id()).sockets_leave("more"); });
    on.settle();
    on.io->to("more").emit("e");
    EXPECT_EQ(on.who(e), "bcdefg");
    on.at(on.any(), [&] { on.io->in("more").disconnect_sockets(); });
    EXPECT_EQ(on.who({"41"}), "bcdefg");
    EXPECT_EQ(on.io->main().size(), 1u);
  });
}

TEST(ensemble, rooms_come_and_go_once_for_the_server) {  // P145
  for_seeds([](std::uint64_t seed) {
    crowd on(seed);
    std::vector<jf::room_event> told;
    on.io->main().on_room([&](jf::room_event what, std::string_view room, std::string_view) {
      if (room == "r" && (what == jf::room_event::created || what == jf::room_event::deleted)) told.push_back(what);
    });
    on.settle();
    for (auto& s : on.sockets) s.join("r");
    on.settle();
    EXPECT_EQ(told, (std::vector{jf::room_event::created}));
    for (std::size_t i = 0; i < on.clients.size(); ++i) i % 2 ? on.sockets[i].leave("r") : on.clients[i]->lose();
    on.settle();
    EXPECT_EQ(told, (std::vector{jf::room_event::created, jf::room_event::deleted}));
  });
}

TEST(ensemble, a_room_that_was_there_before_anybody_watched_goes_once) {
  for_seeds([](std::uint64_t seed) {
    crowd on(seed);
    for (auto& s : on.sockets) s.join("r");
    on.settle();
    int deleted = 0;
    on.io->main().on_room([&](jf::room_event what, std::string_view room, std::string_view) {
      deleted += room == "r" && what == jf::room_event::deleted;
    });
    on.settle();
    for (auto& s : on.sockets) s.leave("r");
    on.settle();
    EXPECT_EQ(deleted, 1);
  });
}

TEST(ensemble, a_namespace_of_a_rule_is_made_once_whoever_asks_first) {  // P155 P157
  for_seeds([](std::uint64_t seed) {
    ensemble on(seed, workers);
    int made = 0, connected = 0;
    on.io->on_new_namespace([&](jf::nsp n) { made += n.name() == "/dyn-1"; });
    on.io->of(std::regex("^/dyn-\\d+$")).on_connection([&](jf::socket) { ++connected; });
    std::vector<ensemble::client*> all;
    for (std::size_t w = 0; w < workers; ++w) all.push_back(&on.client_at(w));
    for (auto* c : all) c->say("40/dyn-1,");
    on.settle();
    EXPECT_EQ(made, 1);
    EXPECT_EQ(connected, 3);
    on.at(on.any(), [&] { on.io->of("/dyn-1").emit("e"); });
    on.settle();
    for (auto* c : all) EXPECT_EQ(c->take(), packets{R"(42/dyn-1,["e"])"});
  });
}

/// A name is free as soon as the last one has gone, on whichever worker; and whoever comes at that moment gets in.
TEST(ensemble, children_that_nobody_is_in_go_and_come_again) {  // P158
  for_seeds([](std::uint64_t seed) {
    server_options o;
    o.cleanup_empty_child_namespaces = true;
    ensemble on(seed, workers, o);
    int made = 0;
    on.io->on_new_namespace([&](jf::nsp) { ++made; });
    on.io->of(std::regex("^/dyn-\\d+$"));
    for (int round = 0; round < 10; ++round) {
      std::vector<ensemble::client*> all;
      for (std::size_t w = 0; w < workers; ++w) all.push_back(&on.client_at(w).join("/dyn-1"));
      for (auto* c : all) {
        on.step();
        if (on.random() % 2) c->say("41/dyn-1,").join("/dyn-1");
      }
      on.settle();
      on.at(on.any(), [&] { on.io->of("/dyn-1").emit("e"); });
      on.settle();
      for (auto* c : all) EXPECT_EQ(c->take(), packets{R"(42/dyn-1,["e"])"});
      EXPECT_EQ(on.io->of("/dyn-1").size(), workers);
      for (auto* c : all) c->lose();
      on.settle();
      EXPECT_EQ(on.crew.find("/dyn-1"), nullptr);
    }
    EXPECT_GE(made, 10);
  });
}

TEST(ensemble, handlers_registered_while_clients_come_are_seen_by_all_workers) {
  crowd on(5, 0);
  std::set<std::string> seen;
  on.at(2, [&] { on.io->on_connection([&](jf::socket s) { seen.emplace(s.id()); }); });
  for (std::size_t w = 0; w < workers; ++w) on.client_at(w).join();
  on.settle();
  EXPECT_EQ(seen.size(), workers);
}

TEST(ensemble, sessions_without_a_namespace_are_limited_for_all_together) {  // S24
  server_options o;
  o.limits.pending_sessions = 3;
  ensemble on(1, workers, o);
  on.client_at(0), on.client_at(1);
  EXPECT_TRUE(on.shards[2]->has_room());
  auto& last = on.client_at(1);
  for (auto& s : on.shards) EXPECT_FALSE(s->has_room());
  last.join();
  on.settle();
  for (auto& s : on.shards) EXPECT_TRUE(s->has_room());
}

TEST(ensemble, later_and_soon_are_on_the_callers_worker_or_the_first) {
  ensemble on(1, workers);
  std::vector<std::size_t> where;
  const auto note = [&] { where.push_back(base::host::here()->number()); };
  on.at(2, [&] {
    on.io->post(note);
    on.io->after(10ms, note);
  });
  on.advance(20ms);
  EXPECT_EQ(where, (std::vector<std::size_t>{2, 2}));
  where.clear();
  on.io->post(note);
  on.settle();
  EXPECT_EQ(where, (std::vector<std::size_t>{0}));
}

}  // namespace
}  // namespace jackfield::test
