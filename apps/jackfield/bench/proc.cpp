#include "proc.hpp"

#include <sched.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>

namespace jackfield::bench {

namespace {

namespace fs = std::filesystem;

std::string read_all(const std::string& path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), {}};
}

double tick_seconds() noexcept { return 1.0 / static_cast<double>(::sysconf(_SC_CLK_TCK)); }

std::string_view word(std::string_view& line) {
  line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
  const auto w = line.substr(0, line.find_first_of(" \t"));
  line.remove_prefix(w.size());
  return w;
}

// The number behind a label, whatever its unit.
std::uint64_t number_behind(std::string_view text, std::string_view label) {
  const auto at = text.find(label);
  if (at == std::string_view::npos) return 0;
  text.remove_prefix(at + label.size());
  const auto digits = word(text);
  std::uint64_t number = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return number;
}

std::vector<int> numbers_in(const std::string& folder) {
  std::vector<int> all;
  std::error_code error;
  for (fs::directory_iterator i(folder, error), end; !error && i != end; i.increment(error)) {
    const std::string name = i->path().filename();
    int n = 0;
    const auto [stop, wrong] = std::from_chars(name.data(), name.data() + name.size(), n);
    if (wrong == std::errc() && stop == name.data() + name.size()) all.push_back(n);
  }
  return all;
}

// To the nanosecond, of all threads, also ended ones. /proc/PID/stat has ticks of 10 ms.
std::optional<double> cpu_clock_of(int pid) noexcept {
  clockid_t clock{};
  timespec t{};
  if (::clock_getcpuclockid(pid, &clock) != 0 || ::clock_gettime(clock, &t) != 0) return std::nullopt;
  return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

// schedstat begins with nanoseconds; a kernel without it has ticks.
std::optional<double> seconds_of_thread(const std::string& folder) {
  const std::string schedstat = read_all(folder + "/schedstat");
  std::uint64_t ns = 0;
  if (std::from_chars(schedstat.data(), schedstat.data() + schedstat.size(), ns).ec == std::errc())
    return 1e-9 * static_cast<double>(ns);
  const auto ticks = ticks_in_stat(read_all(folder + "/stat"));
  if (!ticks) return std::nullopt;
  return static_cast<double>(*ticks) * tick_seconds();
}

bool add_usage(usage& u, int pid) {
  const std::string folder = "/proc/" + std::to_string(pid);
  const auto ticks = ticks_in_stat(read_all(folder + "/stat"));
  if (!ticks) return false;
  u.cpu_seconds += cpu_clock_of(pid).value_or(static_cast<double>(*ticks) * tick_seconds());
  u.rss_bytes += number_behind(read_all(folder + "/status"), "VmRSS:") * 1024;
  for (const int thread : numbers_in(folder + "/task")) {
    if (const auto spent = seconds_of_thread(folder + "/task/" + std::to_string(thread))) u.threads.emplace_back(thread, *spent);
  }
  return true;
}

bool holds_one_of(int pid, const std::set<std::string>& sockets) {
  std::error_code error;
  for (fs::directory_iterator i("/proc/" + std::to_string(pid) + "/fd", error), end; !error && i != end; i.increment(error)) {
    std::error_code gone;
    if (sockets.count(fs::read_symlink(i->path(), gone).string())) return true;
  }
  return false;
}

}  // namespace

std::optional<std::uint64_t> ticks_in_stat(std::string_view stat) {
  const auto behind_name = stat.rfind(')');
  if (behind_name == std::string_view::npos) return std::nullopt;
  stat.remove_prefix(behind_name + 1);
  for (int field = 3; field < 14; ++field) word(stat);  // to utime
  std::uint64_t ticks = 0;
  for (int i = 0; i < 2; ++i) {
    const auto digits = word(stat);
    std::uint64_t n = 0;
    if (std::from_chars(digits.data(), digits.data() + digits.size(), n).ec != std::errc()) return std::nullopt;
    ticks += n;
  }
  return ticks;
}

std::optional<usage> usage_of(const std::vector<int>& pids) {
  usage u;
  bool any = false;
  for (const int pid : pids) any |= add_usage(u, pid);
  if (!any) return std::nullopt;
  for (const auto& t : u.threads) u.busiest_thread = std::max(u.busiest_thread, t.second);
  return u;
}

usage between(const usage& before, const usage& after) {
  usage u = after;
  u.cpu_seconds -= before.cpu_seconds;
  u.busiest_thread = 0;
  for (auto& [id, spent] : u.threads) {
    for (const auto& [earlier, seconds] : before.threads)
      if (earlier == id) spent -= seconds;
    u.busiest_thread = std::max(u.busiest_thread, spent);
  }
  return u;
}

// sl local_address rem_address st … : the address is hex, a colon, the port in four hex digits; state 0A listens; field 10 is the
// inode.
std::vector<std::uint64_t> listening_inodes(std::string_view table, std::uint16_t port) {
  std::vector<std::uint64_t> found;
  while (!table.empty()) {
    std::string_view line = table.substr(0, table.find('\n'));
    table.remove_prefix(std::min(table.size(), line.size() + 1));
    word(line);
    const auto local = word(line);
    word(line);
    if (word(line) != "0A") continue;
    const auto colon = local.rfind(':');
    unsigned number = 0;
    if (colon == std::string_view::npos) continue;
    std::from_chars(local.data() + colon + 1, local.data() + local.size(), number, 16);
    if (number != port) continue;
    for (int field = 4; field < 9; ++field) word(line);
    const auto digits = word(line);
    std::uint64_t inode = 0;
    if (std::from_chars(digits.data(), digits.data() + digits.size(), inode).ec == std::errc()) found.push_back(inode);
  }
  return found;
}

std::vector<int> listeners_on(std::uint16_t port) {
  std::set<std::string> sockets;
  for (const char* table : {"/proc/net/tcp", "/proc/net/tcp6"})
    for (const auto inode : listening_inodes(read_all(table), port)) sockets.insert("socket:[" + std::to_string(inode) + "]");
  std::vector<int> pids;
  if (sockets.empty()) return pids;
  for (const int pid : numbers_in("/proc"))
    if (holds_one_of(pid, sockets)) pids.push_back(pid);
  std::sort(pids.begin(), pids.end());
  return pids;
}

std::uint64_t descriptor_limit_of(int pid) {
  return number_behind(read_all("/proc/" + std::to_string(pid) + "/limits"), "Max open files");
}

std::string process_name(int pid) {
  std::string name = read_all("/proc/" + std::to_string(pid) + "/comm");
  while (!name.empty() && name.back() == '\n') name.pop_back();
  return name;
}

machine_time machine_time_now() {
  std::istringstream in(read_all("/proc/stat"));
  std::string label;
  in >> label;
  machine_time m;
  double ticks = 0;
  for (int field = 0; field < 8 && in >> ticks; ++field) {  // user nice system idle iowait irq softirq steal
    m.all_seconds += ticks * tick_seconds();
    if (field != 3 && field != 4) m.busy_seconds += ticks * tick_seconds();
  }
  return m;
}

machine this_machine() {
  machine m;
  const std::string cpus = read_all("/proc/cpuinfo");
  const auto at = cpus.find("model name");
  if (at != std::string::npos) {
    const auto colon = cpus.find(": ", at);
    if (colon != std::string::npos) m.cpu = cpus.substr(colon + 2, cpus.find('\n', colon) - colon - 2);
  }
  cpu_set_t set;
  CPU_ZERO(&set);
  if (::sched_getaffinity(0, sizeof set, &set) == 0) m.cores = static_cast<unsigned>(CPU_COUNT(&set));
  m.memory_bytes = number_behind(read_all("/proc/meminfo"), "MemTotal:") * 1024;
  utsname u{};
  if (::uname(&u) == 0) m.kernel = std::string(u.sysname) + " " + u.release + " " + u.machine;
  return m;
}

double own_thread_seconds() noexcept {
  timespec t{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

}  // namespace jackfield::bench
