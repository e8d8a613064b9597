#include "base/log.hpp"

#include "base/utf8.hpp"

#include <cstdio>
#include <ctime>
#include <memory>
#include <mutex>

#include <unistd.h>

namespace jackfield::base {
namespace {

std::atomic<log_level> least{log_level::info};

struct shared_sink {
  std::mutex lock;
  std::shared_ptr<const log_sink> sink;  // null: the default
};
shared_sink& current() {
  static auto* const s = new shared_sink;  // never destroyed: threads may log while the process ends
  return *s;
}

/// One write, so that lines of several threads do not mix.
void write_line(log_level level, std::string_view message) {
  std::timespec t{};
  std::timespec_get(&t, TIME_UTC);
  std::tm utc{};
  ::gmtime_r(&t.tv_sec, &utc);
  char stamp[64];
  const auto n = std::strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%S", &utc);
  char millis[8];
  std::snprintf(millis, sizeof millis, ".%03dZ", static_cast<int>(t.tv_nsec / 1'000'000 % 1000));
  std::string line(stamp, n);
  line.append(millis).append(1, ' ').append(name_of(level)).append(1, ' ').append(message).append(1, '\n');
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, line.data(), line.size());
}

bool is_control(std::string_view character) noexcept {
  const auto first = static_cast<unsigned char>(character[0]);
  if (character.size() == 1) return first < 0x20 || first == 0x7F;
  return first == 0xC2 && static_cast<unsigned char>(character[1]) < 0xA0;  // U+0080..U+009F: 8-bit ESC sequences
}

void append_hex(std::string& out, std::string_view raw) {
  constexpr std::string_view hex = "0123456789abcdef";
  for (const char c : raw) {
    out += "\\x";
    out += hex[static_cast<unsigned char>(c) >> 4];
    out += hex[static_cast<unsigned char>(c) & 15];
  }
}

}  // namespace

std::string_view name_of(log_level level) noexcept {
  switch (level) {
    case log_level::debug: return "debug";
    case log_level::info: return "info";
    case log_level::warning: return "warning";
    case log_level::error: return "error";
  }
  return "error";
}

void set_log_level(log_level level) noexcept { least.store(level, std::memory_order_relaxed); }
bool log_enabled(log_level level) noexcept { return level >= least.load(std::memory_order_relaxed); }

void set_sink(log_sink sink) {
  auto fresh = sink ? std::make_shared<const log_sink>(std::move(sink)) : nullptr;
  auto& c = current();
  const std::lock_guard hold(c.lock);
  c.sink.swap(fresh);
}

void log(log_level level, std::string_view message) noexcept {
  if (!log_enabled(level)) return;
  try {
    std::shared_ptr<const log_sink> sink;
    {
      auto& c = current();
      const std::lock_guard hold(c.lock);
      sink = c.sink;
    }
    sink ? (*sink)(level, message) : write_line(level, message);
  } catch (...) {  // a sink's trouble is not the caller's
  }
}

std::string escaped(std::string_view data, std::size_t most) {
  std::string out;
  while (!data.empty()) {
    const auto first = first_sequence(data);
    const auto character = data.substr(0, first.size);
    const auto before = out.size();
    if (first.what != utf8_sequence::kind::character || is_control(character)) {
      append_hex(out, character);
    } else {
      if (character[0] == '\\') out += '\\';
      out += character;
    }
    if (out.size() > most) {
      out.resize(before);
      return out += "...";
    }
    data.remove_prefix(character.size());
  }
  return out;
}

bool once_per_second::allow(time_point now) noexcept {
  const auto t = now.time_since_epoch().count();
  auto last = last_.load(std::memory_order_relaxed);
  const bool due = last == never || t - last >= duration(std::chrono::seconds(1)).count();
  if (due && last_.compare_exchange_strong(last, t, std::memory_order_relaxed)) return true;
  suppressed_.fetch_add(1, std::memory_order_relaxed);
  return false;
}

}  // namespace jackfield::base
