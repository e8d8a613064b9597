#include "net/memory.hpp"

#include <fcntl.h>
#include <unistd.h>

#if defined(__GLIBC__)
#include <malloc.h>
#endif

#include <algorithm>
#include <array>
#include <atomic>
#include <charconv>
#include <cstdint>
#include <exception>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

namespace jackfield::net {

namespace {

constexpr base::duration between_questions = std::chrono::milliseconds(100), between_trims = std::chrono::seconds(1);

/// The beginning of a file of /proc or /sys. Empty: there is none.
template <std::size_t N>
std::string_view read_file(const char* path, std::array<char, N>& into) noexcept {
  const int fd = ::open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return {};
  const auto n = ::read(fd, into.data(), into.size());
  ::close(fd);
  return n > 0 ? std::string_view(into.data(), static_cast<std::size_t>(n)) : std::string_view();
}

std::optional<std::size_t> leading_number(std::string_view text) noexcept {
  std::size_t n = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), n);
  return ec == std::errc() && end != text.data() ? std::optional(n) : std::nullopt;  // "max" is no number: no limit
}

/// The smallest limit of a control group and those above it.
std::size_t least_of_groups(std::string_view root, std::string_view group, std::string_view file) {
  auto least = std::numeric_limits<std::size_t>::max();
  for (;;) {
    std::array<char, 64> text;
    const auto path = std::string(root).append(group == "/" ? "" : group).append("/").append(file);
    if (const auto n = leading_number(read_file(path.c_str(), text))) least = std::min(least, *n);
    if (group.empty() || group == "/") return least;
    group = group.substr(0, group.rfind('/'));
  }
}

std::size_t group_limit() {
  std::array<char, 8192> text;
  auto lines = read_file("/proc/self/cgroup", text);
  auto least = std::numeric_limits<std::size_t>::max();
  while (!lines.empty()) {  // ID:CONTROLLERS:GROUP
    const auto line = lines.substr(0, lines.find('\n'));
    lines.remove_prefix(std::min(lines.size(), line.size() + 1));
    const auto first = line.find(':'), second = line.find(':', first + 1);
    if (second == std::string_view::npos) continue;
    const auto controllers = line.substr(first + 1, second - first - 1), group = line.substr(second + 1);
    if (controllers.empty()) least = std::min(least, least_of_groups("/sys/fs/cgroup", group, "memory.max"));
    if (controllers == "memory")
      least = std::min(least, least_of_groups("/sys/fs/cgroup/memory", group, "memory.limit_in_bytes"));
  }
  return least;
}

std::size_t limit_in_force(std::size_t most) noexcept {
  if (most != 0) return most;
  const auto all = available_bytes();
  return all == 0 ? std::numeric_limits<std::size_t>::max() : all / 10 * 9;
}

std::atomic<base::duration::rep> next_look{0};
std::atomic<bool> lay_free_before{false};
std::atomic<std::int64_t> not_heap{0};  // of the process's own memory, as it was seen when nothing lay free

/// Pages of the process's own, of files none, as /proc counts them.
std::int64_t own_bytes() noexcept {
  std::array<char, 128> text;
  auto line = read_file("/proc/self/statm", text);  // SIZE RESIDENT SHARED …, in pages
  std::array<std::size_t, 3> pages{};
  for (auto& n : pages) {
    n = leading_number(line).value_or(0);
    line.remove_prefix(std::min(line.size(), line.find(' ')));
    line.remove_prefix(std::min<std::size_t>(line.size(), 1));
  }
  return (static_cast<std::int64_t>(pages[1]) - static_cast<std::int64_t>(pages[2])) * ::sysconf(_SC_PAGESIZE);
}

}  // namespace

std::size_t resident_bytes() noexcept {
  std::array<char, 128> text;
  const auto line = read_file("/proc/self/statm", text);  // SIZE RESIDENT …, in pages
  const auto blank = line.find(' ');
  if (blank == std::string_view::npos) return 0;
  return leading_number(line.substr(blank + 1)).value_or(0) * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

std::size_t available_bytes() noexcept {
  const auto pages = ::sysconf(_SC_PHYS_PAGES), page = ::sysconf(_SC_PAGESIZE);
  const auto machine = pages > 0 && page > 0 ? static_cast<std::size_t>(pages) * static_cast<std::size_t>(page) : 0;
  try {
    const auto group = group_limit();
    return machine == 0 ? (group == std::numeric_limits<std::size_t>::max() ? 0 : group) : std::min(machine, group);
  } catch (const std::exception&) {  // no memory for a path
    return machine;
  }
}

bool time_to_look(base::time_point now, const give_back_rule& rule) noexcept {
  auto due = next_look.load(std::memory_order_relaxed);
  const auto at = now.time_since_epoch();
  return at.count() >= due &&
         next_look.compare_exchange_strong(due, (at + rule.between_looks).count(), std::memory_order_relaxed);
}

// What lies free is what the process has and the heap does not use: the heap's own figure goes on counting what was given back.
bool look_at_heap(const give_back_rule& rule) noexcept {
#if defined(__GLIBC__)
  const auto heap = ::mallinfo2();
  const auto used = static_cast<std::int64_t>(heap.uordblks + heap.hblkhd);
  const auto kept = own_bytes() - used - not_heap.load(std::memory_order_relaxed);
  const bool much = kept >= static_cast<std::int64_t>(rule.at_least) && kept >= used / 2;
  if (!lay_free_before.exchange(much, std::memory_order_relaxed) || !much) return much;
  ::malloc_trim(0);
  lay_free_before.store(false, std::memory_order_relaxed);
  not_heap.store(own_bytes() - used, std::memory_order_relaxed);
  return false;
#else
  static_cast<void>(rule);
  return false;
#endif
}

memory_limit::memory_limit(std::size_t most_bytes) noexcept : most_(limit_in_force(most_bytes)) {}

bool memory_limit::reached(base::time_point now) noexcept {
  if (most_ == std::numeric_limits<std::size_t>::max() || (asked_ && now - *asked_ < between_questions)) return reached_;
  asked_ = now;
  reached_ = resident_bytes() >= most_;
#if defined(__GLIBC__)
  if (reached_ && now - trimmed_ >= between_trims) {  // perhaps it is free, and only kept
    trimmed_ = now;
    ::malloc_trim(0);
    reached_ = resident_bytes() >= most_;
  }
#endif
  return reached_;
}

}  // namespace jackfield::net
