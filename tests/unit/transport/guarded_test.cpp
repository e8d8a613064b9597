#include "transport/guarded.hpp"

#include "base/log.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

namespace jackfield::transport {
namespace {

struct guarded_fixture : testing::Test {
  guarded_fixture() {
    base::set_sink([this](base::log_level, std::string_view m) { lines.emplace_back(m); });
  }
  ~guarded_fixture() override { base::set_sink({}); }
  std::vector<std::string> lines;
};

TEST_F(guarded_fixture, says_nothing_when_all_goes_well) {
  int calls = 0;
  EXPECT_TRUE(guarded("it", [&] { ++calls; }));
  EXPECT_EQ(calls, 1);
  EXPECT_TRUE(lines.empty());
}

TEST_F(guarded_fixture, logs_who_threw_what_and_goes_on) {  // S44
  EXPECT_FALSE(guarded("a handler", [] { throw std::runtime_error("no\nyes"); }));
  EXPECT_FALSE(guarded("another", [] { throw 1; }));
  EXPECT_EQ(lines,
            (std::vector<std::string>{"a handler threw: no\\x0ayes", "another threw: something that is no std::exception"}));
}

TEST_F(guarded_fixture, a_callback_may_replace_itself) {
  std::string heard;
  std::function<void(std::string)> callback;
  callback = [&, big = std::string(100, 'x')](const std::string& text) {
    callback = [&](const std::string& t) { heard += "second " + t; };
    heard += text + big.substr(0, 1) + ' ';  // it is still there
  };
  EXPECT_TRUE(call_kept("it", callback, "first"));
  EXPECT_TRUE(call_kept("it", callback, "call"));
  EXPECT_EQ(heard, "firstx second call");
}

TEST_F(guarded_fixture, an_empty_callback_is_no_error) {
  EXPECT_TRUE(call_kept("it", std::function<void()>()));
  EXPECT_TRUE(lines.empty());
}

}  // namespace
}  // namespace jackfield::transport
