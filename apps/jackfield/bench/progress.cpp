#include "progress.hpp"

#include <unistd.h>

#include <cstdio>

namespace jackfield::bench {

progress::progress() : terminal_(::isatty(STDERR_FILENO) == 1) {}
progress::~progress() { clear(); }

void progress::show(const std::string& text) {
  if (!terminal_ || now() - last_ < 100 * millisecond) return;
  last_ = now();
  dirty_ = true;
  std::fprintf(stderr, "\r\033[K%s%s", prefix_.c_str(), text.c_str());
  std::fflush(stderr);
}

void progress::clear() {
  if (!dirty_) return;
  dirty_ = false;
  last_ = 0;
  std::fputs("\r\033[K", stderr);
  std::fflush(stderr);
}

}  // namespace jackfield::bench
