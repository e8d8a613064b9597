// log: where the library's few messages go. Any thread. The default sink writes one line to standard error; a program
// sets its own. A sink must be quick; what it throws is swallowed (S42: logging never blocks or kills).
// No clock is read here, but by the default sink.
#pragma once

#include "base/timer_wheel.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace jackfield::base {

enum class log_level : std::uint8_t { debug, info, warning, error };
std::string_view name_of(log_level) noexcept;

using log_sink = std::function<void(log_level, std::string_view message)>;

/// What is less than `level` is dropped before the sink. Default: info.
void set_log_level(log_level level) noexcept;
bool log_enabled(log_level level) noexcept;
/// An empty function brings the default back. Messages under way may still reach the former sink.
void set_sink(log_sink sink);
/// One message, one line; peers' data in it through escaped().
void log(log_level level, std::string_view message) noexcept;

/// Data of a peer, fit for a log (S42): CR, LF, ESC and other control characters and bytes that are no UTF-8 as \xHH,
/// a backslash as two; cut behind `most` bytes of output, with "..." behind it then.
std::string escaped(std::string_view data, std::size_t most = 256);

/// A place in the code that logs at most once a second: `static once_per_second limit; if (limit.allow(now)) log(…)`.
/// Any thread.
class once_per_second {
 public:
  /// Whether to log now.
  bool allow(time_point now) noexcept;
  /// How often allow() said no since it last said yes. Read behind a yes: how many were left out before it.
  std::uint64_t take_suppressed() noexcept { return suppressed_.exchange(0, std::memory_order_relaxed); }

 private:
  static constexpr duration::rep never = duration::min().count();
  std::atomic<duration::rep> last_{never};
  std::atomic<std::uint64_t> suppressed_{0};
};

}  // namespace jackfield::base
