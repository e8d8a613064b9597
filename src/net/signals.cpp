#include "net/signals.hpp"

#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace jackfield::net {

signals::signals(worker& w, base::unique_function<void()> on_first) : worker_(w), on_first_(std::move(on_first)) {
  sigset_t ending, before;
  ::sigemptyset(&held_);
  ::sigemptyset(&ending);
  for (int s : {SIGTERM, SIGINT}) ::sigaddset(&ending, s);
  fd_ = ::signalfd(-1, &ending, SFD_NONBLOCK | SFD_CLOEXEC);
  if (fd_ < 0) throw std::system_error(errno, std::generic_category(), "cannot wait for signals");
  ::pthread_sigmask(SIG_BLOCK, &ending, &before);
  for (int s : {SIGTERM, SIGINT})
    if (::sigismember(&before, s) == 0) ::sigaddset(&held_, s);
  worker_.watch(fd_, *this, EPOLLIN, trigger::level);
}

signals::~signals() { end(); }

void signals::on_events(std::uint32_t) {
  signalfd_siginfo which;
  if (::read(fd_, &which, sizeof which) != sizeof which) return;
  end();
  on_first_();
}

void signals::end() noexcept {
  if (fd_ < 0) return;
  worker_.forget(fd_);
  ::close(fd_);
  fd_ = -1;
  ::pthread_sigmask(SIG_UNBLOCK, &held_, nullptr);
}

}  // namespace jackfield::net
