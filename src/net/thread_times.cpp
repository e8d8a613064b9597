#include "net/thread_times.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <cstdint>

namespace jackfield::net {

thread_times::thread_times() noexcept : file_(::open("/proc/thread-self/schedstat", O_RDONLY | O_CLOEXEC)) {}

std::optional<run_times> thread_times::read() const noexcept {
  if (!file_) return std::nullopt;
  std::array<char, 80> line;
  const ssize_t n = ::pread(file_.get(), line.data(), line.size(), 0);
  if (n <= 0) return std::nullopt;
  return parse({line.data(), static_cast<std::size_t>(n)});
}

std::optional<run_times> thread_times::parse(std::string_view line) noexcept {
  std::array<std::int64_t, 2> numbers{};
  const char* at = line.data();
  const char* const end = at + line.size();
  for (auto& number : numbers) {
    const auto [behind, error] = std::from_chars(at, end, number);
    if (error != std::errc{} || behind == end || *behind != ' ') return std::nullopt;
    at = behind + 1;
  }
  return run_times{std::chrono::nanoseconds(numbers[0]), std::chrono::nanoseconds(numbers[1])};
}

}  // namespace jackfield::net
