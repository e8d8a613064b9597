// What a process has spent so far, read from /proc.
#pragma once

#include <unistd.h>

#include <fstream>
#include <iterator>
#include <sstream>
#include <string>

struct Usage {
  double cpu_s = 0;
  double rss_kib = 0;
};
inline Usage usage_of(int pid) {
  Usage u;
  if (!pid) return u;
  std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
  std::string all((std::istreambuf_iterator<char>(stat)), {});
  auto paren = all.rfind(')');
  if (paren == std::string::npos) return u;
  std::istringstream in(all.substr(paren + 2));
  std::string field;
  unsigned long ut = 0, st = 0;
  for (int i = 3; i <= 15 && in >> field; ++i) {
    if (i == 14) ut = std::stoul(field);
    if (i == 15) st = std::stoul(field);
  }
  u.cpu_s = double(ut + st) / double(sysconf(_SC_CLK_TCK));
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(status, line);)
    if (line.rfind("VmRSS:", 0) == 0) u.rss_kib = std::stod(line.substr(6));
  return u;
}
