#include "engine_rig.hpp"

namespace jackfield::test {
namespace {

using namespace std::chrono_literals;

using heartbeat = rig;

// P63
TEST_F(heartbeat, pings_an_interval_after_the_open_and_an_interval_after_the_pong) {
  open_websocket();
  host.advance(24999ms);
  EXPECT_EQ(ws->take(), packets{});
  host.advance(1ms);
  EXPECT_EQ(ws->take(), packets{"2"});
  host.advance(5s);
  EXPECT_TRUE(hear(*ws, {"3"}));
  host.advance(24999ms);
  EXPECT_EQ(ws->take(), packets{});
  host.advance(1ms);
  EXPECT_EQ(ws->take(), packets{"2"});
}

}  // namespace
}  // namespace jackfield::test
