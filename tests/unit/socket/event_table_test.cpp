// event_table and its names: order, and changes while handlers run.
#include "socket/event_table.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <memory>

namespace jackfield::sio {
namespace {

struct note final : detail::event_handler {
  explicit note(std::function<void()> g) : f(std::move(g)) {}
  void call(detail::incoming&) override { f(); }
  std::function<void()> f;
};
handler_ref make(std::function<void()> f) { return handler_ref(new note(std::move(f))); }

struct event_table_test : testing::Test {
  ~event_table_test() override { t.clear(); }
  bool fire(std::string_view event) {
    return t.each(event, [](detail::event_handler& h) {
      detail::incoming in;
      h.call(in);
    });
  }
  bool fire(special_name kind) {
    return t.each(kind, [](detail::event_handler& h) {
      detail::incoming in;
      h.call(in);
    });
  }
  void on(char c) {
    t.add("e", make([this, c] { log += c; }));
  }
  event_names names;
  event_table t{names};
  std::string log;
};

TEST_F(event_table_test, names_live_as_long_as_their_handlers) {
  EXPECT_FALSE(fire("e"));
  on('a');
  on('b');
  EXPECT_EQ(names.size(), 1u);
  EXPECT_TRUE(fire("e"));
  EXPECT_EQ(log, "ab");
  t.remove("e");
  EXPECT_EQ(names.size(), 0u);
  EXPECT_FALSE(fire("e"));
}

TEST_F(event_table_test, a_name_found_lately_is_not_found_when_it_is_gone) {
  on('a');
  t.add("q2", make([this] { log += 'q'; }));  // remembered in the same place as the next one
  t.add("2q", make([this] { log += 'x'; }));
  t.add("Bu", make([this] { log += 'u'; }));
  for (int i = 0; i < 2; ++i) {
    EXPECT_TRUE(fire("e"));
    EXPECT_TRUE(fire("q2"));
    EXPECT_TRUE(fire("Bu"));
    EXPECT_FALSE(fire("Re"));
  }
  EXPECT_EQ(log, "aquaqu");
  t.remove("e");
  EXPECT_FALSE(fire("e"));
  on('b');
  EXPECT_TRUE(fire("e"));
  EXPECT_EQ(log, "aquaqub");
}

TEST_F(event_table_test, specials_are_no_events) {
  t.add(special_name::any, make([this] { log += "b"; }), place::back);
  t.add(special_name::any, make([this] { log += "a"; }), place::front);
  EXPECT_FALSE(fire(""));
  EXPECT_FALSE(t.has(special_name::middleware));
  EXPECT_TRUE(fire(special_name::any));
  EXPECT_EQ(log, "ab");
  t.remove(special_name::any);
  EXPECT_FALSE(t.has(special_name::any));
  EXPECT_EQ(t.size(), 0u);
}

TEST_F(event_table_test, removed_ones_are_not_called_any_more) {
  const auto last = make([this] { log += "!"; });
  t.add("e", make([&] {
          log += "a";
          t.remove(last->id());
          on('n');
          t.add(special_name::any, make([] {}), place::front);
        }));
  t.add("e", last);
  fire("e");
  EXPECT_EQ(log, "a");
  EXPECT_EQ(t.size(), 3u);
  EXPECT_TRUE(t.has(special_name::any));
}

TEST_F(event_table_test, once_is_once_even_when_it_calls_again) {
  const auto h = make([this] {
    log += "1";
    fire("e");
  });
  h->set_once();
  t.add("e", h);
  on('b');
  fire("e");
  EXPECT_EQ(log, "1bb");
}

TEST_F(event_table_test, may_be_cleared_from_inside) {
  on('a');
  t.add("e", make([this] { t.clear(); }));
  on('z');
  fire("e");
  EXPECT_EQ(log, "a");
  EXPECT_EQ(t.size(), 0u);
}

/// The destructor of what a handler holds is the program's code, which may register another.
TEST_F(event_table_test, whoever_goes_may_bring_another) {
  struct held {
    explicit held(std::function<void()> f) : last_words(std::move(f)) {}
    ~held() { last_words(); }
    std::function<void()> last_words;
  };
  t.add("e", make([h = std::make_shared<held>([this] { t.add(special_name::any, make([] {}), place::back); })] {}));
  on('a');
  t.clear();
  EXPECT_FALSE(fire("e"));
  EXPECT_EQ(log, "");
  EXPECT_EQ(t.size(), 1u);
  EXPECT_TRUE(fire(special_name::any));
}

}  // namespace
}  // namespace jackfield::sio
