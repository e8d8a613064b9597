// shared_function: who calls keeps what was set; what is replaced ends outside of the lock.
#include "base/shared_function.hpp"

#include <gtest/gtest.h>

#include <memory>

namespace jackfield::base {
namespace {

TEST(shared_function, none_until_one_is_set_and_none_again) {
  shared_function<int(int)> f;
  EXPECT_EQ(f.get(), nullptr);
  f.set([](int n) { return n + 1; });
  EXPECT_EQ((*f.get())(1), 2);
  f.set({});
  EXPECT_EQ(f.get(), nullptr);
}

TEST(shared_function, a_caller_keeps_the_one_that_it_has) {
  shared_function<int()> f;
  f.set([kept = std::make_shared<int>(7)] { return *kept; });
  const auto mine = f.get();
  f.set([] { return 0; });
  EXPECT_EQ((*mine)(), 7);
}

TEST(shared_function, the_end_of_the_old_one_may_ask_for_the_new_one) {
  shared_function<void()> f;
  bool asked = false;
  {
    std::shared_ptr<int> last(new int, [&](int* p) {
      delete p;
      asked = f.get() != nullptr;
    });
    f.set([last] {});
  }
  f.set([] {});
  EXPECT_TRUE(asked);
}

}  // namespace
}  // namespace jackfield::base
