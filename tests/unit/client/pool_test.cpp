// Who shares a connection with whom (protocol.md 5.1), with clients of fake roads.
#include "unit/client/client_stage.hpp"

#include "client/loop.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <vector>

namespace jackfield::test {
namespace {

/// Makes real managers, on roads that nobody answers on.
class fake_loop final : public cl::loop_owner {
 public:
  base::ref<cl::manager> make(std::string_view url, client_options o) override {
    cl::surroundings around{where,   cl::parse_address(url), std::make_shared<client_stage::dialer>(),
                            nullptr, [] { return 0.; },      {}};
    made.push_back(base::make_ref<cl::manager>(std::move(around), std::move(o)));
    return made.back();
  }
  void end(const base::ref<cl::manager>& m) noexcept override {
    ++ended;
    m->abandon();
    host.settle();
  }
  bool poll() override { return false; }

  virtual_host host;
  cl::home_ref where = base::make_ref<cl::home>(host);
  std::vector<base::ref<cl::manager>> made;
  int ended = 0;
};

struct pooled {
  std::shared_ptr<fake_loop> loop = std::make_shared<fake_loop>();
  client_pool pool{client_loop(loop)};
  std::size_t clients() const { return loop->made.size(); }
};

// P173
TEST(client_pool, shares_by_server_and_path) {
  pooled p;
  const auto root = p.pool.connect("http://h");
  const auto chat = p.pool.connect("http://h:80/chat?x=1");
  EXPECT_EQ(p.clients(), 1u);
  EXPECT_EQ(root.nsp_name(), "/");
  EXPECT_EQ(chat.nsp_name(), "/chat");
  EXPECT_EQ(p.pool.client_of(root), p.pool.client_of(chat));
  p.pool.connect("http://h/other", {.path = "/elsewhere"});
  EXPECT_EQ(p.clients(), 2u);
  p.pool.connect("https://h/other");
  p.pool.connect("ws://h/other");
  p.pool.connect("http://h:81/other");
  EXPECT_EQ(p.clients(), 5u);
  EXPECT_EQ(p.pool.size(), 5u);
}

// P173: a namespace that the shared one has already, force_new, multiplex = false.
TEST(client_pool, makes_new_ones) {
  pooled p;
  const auto first = p.pool.connect("http://h");
  const auto again = p.pool.connect("http://h");
  EXPECT_NE(first, again);
  EXPECT_EQ(p.clients(), 2u);
  p.pool.connect("http://h/a", {.force_new = true});
  p.pool.connect("http://h/b", {.multiplex = false});
  EXPECT_EQ(p.clients(), 4u);
  p.pool.connect("http://h/c");
  EXPECT_EQ(p.clients(), 4u) << "the first one is still the shared one";
}

TEST(client_pool, the_options_of_the_first_count) {
  pooled p;
  p.pool.connect("http://h", {.reconnection_attempts = 3});
  p.pool.connect("http://h/chat", {.reconnection_attempts = 7});
  ASSERT_EQ(p.clients(), 1u);
  EXPECT_EQ(p.loop->made[0]->options().reconnection_attempts, 3u);
}

TEST(client_pool, ends_clients) {
  pooled p;
  const auto shared = p.pool.connect("http://h");
  const auto own = p.pool.connect("http://h");
  EXPECT_TRUE(p.pool.end(own));
  EXPECT_TRUE(p.pool.end(shared));
  EXPECT_FALSE(p.pool.end(shared));
  EXPECT_EQ(p.pool.client_of(shared), nullptr);
  EXPECT_EQ(p.pool.size(), 0u);
  EXPECT_EQ(p.loop->ended, 2);
  EXPECT_FALSE(shared.active());
  p.pool.connect("http://h");
  EXPECT_EQ(p.clients(), 3u);
}

TEST(client_pool, says_what_is_wrong_with_a_url) {
  pooled p;
  EXPECT_THROW(p.pool.connect("nonsense"), std::invalid_argument);
  EXPECT_EQ(p.pool.size(), 0u);
}

}  // namespace
}  // namespace jackfield::test
