#include "net/event_wait.hpp"

#include <linux/time_types.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <limits>

namespace jackfield::net {
namespace {

using std::chrono::milliseconds, std::chrono::nanoseconds, std::chrono::seconds;

__kernel_timespec in_parts(base::duration time) noexcept {
  return {.tv_sec = std::chrono::floor<seconds>(time).count(), .tv_nsec = nanoseconds(time % seconds(1)).count()};
}

// The thread sanitizer has to see a thread wait, or it holds back the signals that would end the wait.
#if defined(SYS_epoll_pwait2) && !defined(__SANITIZE_THREAD__)
int wait_exactly(int set, epoll_event* ready, int room, const std::optional<base::duration>& time) noexcept {
  const auto left = in_parts(time.value_or(base::duration::zero()));
  return static_cast<int>(::syscall(SYS_epoll_pwait2, set, ready, room, time ? &left : nullptr, nullptr, std::size_t{0}));
}
#else
int wait_exactly(int, epoll_event*, int, const std::optional<base::duration>&) noexcept {
  errno = ENOSYS;
  return -1;
}
#endif

/// Rounded up: a timer never fires early.
int whole_milliseconds(const std::optional<base::duration>& time) noexcept {
  if (!time) return -1;
  constexpr std::int64_t most = std::numeric_limits<int>::max();
  return static_cast<int>(std::min<std::int64_t>(std::chrono::ceil<milliseconds>(*time).count(), most));
}

}  // namespace

std::size_t event_wait::operator()(int set, std::span<epoll_event> ready, std::optional<base::duration> time) noexcept {
  if (time) time = std::max(*time, base::duration::zero());
  const auto room = static_cast<int>(ready.size());
  if (unit_ == unit::nanosecond) {
    const int n = wait_exactly(set, ready.data(), room, time);
    if (n >= 0) return static_cast<std::size_t>(n);
    if (errno != ENOSYS && errno != EPERM) return 0;  // EPERM: what guards a container does not know the call
    unit_ = unit::millisecond;
  }
  return static_cast<std::size_t>(std::max(::epoll_wait(set, ready.data(), room, whole_milliseconds(time)), 0));
}

bool event_wait::some(int set, std::optional<base::duration> time) noexcept {
  const auto parts = in_parts(std::max(time.value_or(base::duration::zero()), base::duration::zero()));
  const timespec left{.tv_sec = parts.tv_sec, .tv_nsec = parts.tv_nsec};
  pollfd one{.fd = set, .events = POLLIN, .revents = 0};
  return ::ppoll(&one, 1, time ? &left : nullptr, nullptr) > 0 && (one.revents & POLLIN) != 0;
}

}  // namespace jackfield::net
