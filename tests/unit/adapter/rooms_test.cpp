// rooms against a plain model, and while they are walked.
#include "adapter/rooms.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>

namespace jackfield::adapter {
namespace {

struct person final : member {
  explicit person(std::string n) : name(std::move(n)) {}
  std::string_view member_id() const noexcept override { return name; }
  std::string name;
};

std::multiset<std::string> visited(rooms& r, std::vector<std::string_view> in, std::vector<std::string_view> except = {},
                                   const member* but = nullptr) {
  std::multiset<std::string> out;
  r.walk({in, except, but}, [&](member& m) { out.emplace(m.member_id()); });
  return out;
}
using names = std::multiset<std::string>;

// P144 P145
TEST(rooms, tell_what_happens_in_order) {
  rooms r;
  std::vector<std::string> told;
  r.watch([&](room_change c, std::string_view room, std::string_view id) {
    told.push_back(std::to_string(static_cast<int>(c)) + std::string(room) + std::string(id));
  });
  person a("a"), b("b");
  r.enter(a);
  r.enter(b);
  EXPECT_TRUE(r.join(a, "x"));
  EXPECT_FALSE(r.join(a, "x"));
  EXPECT_TRUE(r.join(b, "x"));
  EXPECT_TRUE(r.leave(a, "x"));
  EXPECT_FALSE(r.leave(a, "x"));
  EXPECT_FALSE(r.leave(a, "unknown"));
  r.exit(b);
  EXPECT_EQ(told, (std::vector<std::string>{"0aa", "1aa", "0bb", "1bb", "0xa", "1xa", "1xb", "2xa", "2xb", "3xb", "2bb", "3bb"}));
  r.exit(a);
}

// P146 P148
TEST(rooms, an_id_is_a_room_that_others_may_join) {
  rooms r;
  person a("a"), b("b"), c("c");
  for (auto* p : {&a, &b, &c}) r.enter(*p);
  EXPECT_EQ(visited(r, {"a"}), names{"a"});
  r.join(b, "a");
  EXPECT_EQ(visited(r, {"a"}), (names{"a", "b"}));
  EXPECT_EQ(visited(r, {}, {"a"}), names{"c"});
  EXPECT_EQ(visited(r, {"a", "b"}), (names{"a", "b"}));
  EXPECT_EQ(visited(r, {"a"}, {}, &a), names{"b"});
  for (auto* p : {&a, &b, &c}) r.exit(*p);
}

// P154
TEST(rooms, who_has_not_entered_is_not_visited) {
  rooms r;
  person a("a"), b("b");
  r.enter(a);
  r.join(a, "x");
  r.join(b, "x");
  EXPECT_EQ(visited(r, {"x"}), names{"a"});
  EXPECT_EQ(visited(r, {"x", "y"}), names{"a"});
  EXPECT_EQ(visited(r, {"b"}), names{});
  r.enter(b);
  EXPECT_EQ(visited(r, {"x"}), (names{"a", "b"}));
  r.exit(a);
  r.exit(b);
  EXPECT_EQ(r.room_count(), 0u);
}

TEST(rooms, may_change_while_they_are_walked) {
  rooms r;
  std::vector<std::unique_ptr<person>> all;
  for (int i = 0; i < 10; ++i) {
    all.push_back(std::make_unique<person>(std::to_string(i)));
    r.enter(*all.back());
    r.join(*all.back(), "x");
  }
  person late("late");
  for (const bool everybody : {false, true}) {
    const std::vector<std::string_view> in(everybody ? 0 : 1, "x");
    int visits = 0;
    r.walk({in, {}, nullptr}, [&](member& m) {
      if (visits++ == 0) {
        for (int i = 5; i < 10; ++i)
          everybody ? r.exit(*all[static_cast<std::size_t>(i)]) : void(r.leave(*all[static_cast<std::size_t>(i)], "x"));
        if (!everybody) r.join(late, "x");
        EXPECT_NE(m.member_id(), "9");
      }
    });
    EXPECT_EQ(visits, 5);
  }
  EXPECT_EQ(visited(r, {"x"}), (names{"0", "1", "2", "3", "4"}));
  r.walk({{}, {}, nullptr}, [&](member& m) { r.exit(m); });
  r.leave_all(late);
  EXPECT_EQ(r.room_count(), 0u);
  EXPECT_EQ(r.size(), 0u);
}

TEST(rooms, a_visitor_that_looks_ahead_is_told_of_everybody_before_it_comes_there) {
  rooms r;
  std::vector<std::unique_ptr<person>> people;
  for (int i = 0; i < 10; ++i) {
    auto& p = *people.emplace_back(std::make_unique<person>(std::to_string(i)));
    r.enter(p);
    r.join(p, "x");
    if (i % 2 == 0) r.join(p, "even");
  }
  struct looks_ahead {
    void ahead(const member& m) { told.insert(&m); }
    void operator()(member& m) {
      EXPECT_EQ(told.count(&m), 1u) << m.member_id();
      ++visits;
    }
    std::multiset<const member*> told;
    int visits = 0;
  };
  const std::vector<std::string_view> nowhere, one{"x"}, both{"even", "x"}, odd{"even"};
  for (const audience& a : {audience{nowhere, nowhere}, audience{one, nowhere}, audience{both, nowhere}}) {
    looks_ahead v;
    r.walk(a, v);
    EXPECT_EQ(v.visits, 10);
  }
  looks_ahead v;
  r.walk({one, odd}, v);
  EXPECT_EQ(v.visits, 5);
  for (auto& p : people) r.exit(*p);
}

TEST(rooms, a_room_emptied_under_a_walk_can_be_joined_again) {
  rooms r;
  person a("a"), b("b");
  r.enter(a);
  r.enter(b);
  r.join(a, "x");
  const std::string_view in[] = {"x"};
  r.walk({in, {}, nullptr}, [&](member&) {
    r.leave(a, "x");
    EXPECT_EQ(r.find_room("x"), nullptr);
    r.join(b, "x");
  });
  EXPECT_EQ(visited(r, {"x"}), names{"b"});
  r.exit(a);
  r.exit(b);
  EXPECT_EQ(r.room_count(), 0u);
}

TEST(rooms, agree_with_a_model) {
  std::mt19937 random(7);
  const auto pick = [&](std::size_t n) { return std::uniform_int_distribution<std::size_t>(0, n - 1)(random); };
  rooms r;
  std::vector<std::unique_ptr<person>> all;
  for (int i = 0; i < 12; ++i) all.push_back(std::make_unique<person>("p" + std::to_string(i)));
  std::vector<std::string> room_names{"a", "b", "c", "d", "p0"};
  std::map<std::string, std::set<std::string>> model;
  std::set<std::string> entered;
  for (int step = 0; step < 20000; ++step) {
    auto& p = *all[pick(all.size())];
    const auto& room = room_names[pick(room_names.size())];
    switch (pick(5)) {
      case 0:
        if (!r.entered(p)) r.enter(p), entered.insert(p.name);
        break;
      case 1:
        if (r.entered(p) && pick(4) == 0) {
          r.exit(p), entered.erase(p.name);
          for (auto& [n, m] : model) m.erase(p.name);
        }
        break;
      case 2:
        if (room != p.name) r.join(p, room), model[room].insert(p.name);
        break;
      case 3: r.leave(p, room), model[room].erase(p.name); break;
      default: {
        const auto& in1 = room_names[pick(room_names.size())];
        const auto& in2 = room_names[pick(room_names.size())];
        const auto& no = room_names[pick(room_names.size())];
        names want;
        const auto member_of = [&](const std::string& who, const std::string& n) { return who == n || model[n].count(who) != 0; };
        for (const auto& who : entered) {
          if ((member_of(who, in1) || member_of(who, in2)) && !member_of(who, no)) want.insert(who);
        }
        ASSERT_EQ(visited(r, {in1, in2}, {no}), want) << step;
        names one;
        for (const auto& who : entered)
          if (member_of(who, in1)) one.insert(who);
        ASSERT_EQ(visited(r, {in1}), one) << step;
      }
    }
  }
  for (auto& p : all) r.exit(*p);
}

}  // namespace
}  // namespace jackfield::adapter
