// A question to several workers, and rooms that are counted on all of them, piece by piece; together they are in ensemble_test.
#include "server/gather.hpp"
#include "server/room_census.hpp"
#include "unit/server/ensemble.hpp"

#include <optional>
#include <thread>
#include <vector>

namespace jackfield::test {
namespace {

using sum = srv::gather<int>;

struct asked {
  explicit asked(base::host& home)
      : all(new sum(home, [this](int&& n, srv::gathered h) {
          ++calls;
          total = n, how = h;
        })) {}
  int calls = 0, total = 0;
  std::optional<srv::gathered> how;
  detail::ref<sum> all;
};

TEST(gather, tells_once_when_the_last_share_is_in) {
  scheduled_host home;
  asked q(home);
  std::optional<sum::share> a(sum::share(q.all)), b(sum::share(q.all));
  home.in_turn([&] {
    a->add([](int& n) { n += 1; });
    a->done();
    a.reset();
    EXPECT_EQ(q.calls, 0);
    b->add([](int& n) { n += 2; });
    b->done();
  });
  EXPECT_EQ(q.calls, 1);
  EXPECT_EQ(q.total, 3);
  EXPECT_EQ(q.how, srv::gathered::all);
  b.reset();
  EXPECT_EQ(q.calls, 1);
}

TEST(gather, tells_on_the_askers_host) {
  scheduled_host home;
  asked q(home);
  sum::share(q.all).done();  // from elsewhere
  EXPECT_EQ(q.calls, 0);
  home.in_turn([&] { home.inner.run_some(1); });
  EXPECT_EQ(q.calls, 1);
}

TEST(gather, a_share_that_is_dropped_counts_as_lost) {
  scheduled_host home;
  asked q(home);
  home.in_turn([&] {
    sum::share kept(q.all);
    { const sum::share lost(q.all); }
    kept.done();
  });
  EXPECT_EQ(q.calls, 1);
  EXPECT_EQ(q.how, srv::gathered::some);
}

TEST(gather, an_asker_whose_host_ends_is_told_all_the_same) {
  scheduled_host home;
  asked q(home);
  sum::share(q.all).done();
  home.inner.tear_up();
  EXPECT_EQ(q.calls, 1);
}

TEST(gather, takes_answers_from_many_threads) {
  scheduled_host home;
  asked q(home);
  std::vector<std::thread> threads;
  sum::share open(q.all);
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([s = sum::share(q.all)]() mutable {
      for (int i = 0; i < 1000; ++i) s.add([](int& n) { ++n; });
      s.done();
    });
  for (auto& t : threads) t.join();
  home.in_turn([&] { open.done(); });
  EXPECT_EQ(q.total, 4000);
  EXPECT_EQ(q.how, srv::gathered::all);
}

TEST(room_census, a_room_comes_with_the_first_worker_and_goes_with_the_last) {
  srv::room_census all;
  EXPECT_TRUE(all.appear("r"));
  EXPECT_FALSE(all.appear("r"));
  EXPECT_TRUE(all.appear("q"));
  EXPECT_FALSE(all.vanish("r"));
  EXPECT_TRUE(all.vanish("r"));
  EXPECT_TRUE(all.appear("r"));
  EXPECT_TRUE(all.vanish("there before anybody watched"));
}

}  // namespace
}  // namespace jackfield::test
