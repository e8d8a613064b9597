#include "net/connector.hpp"

#include "wire/proxy_address.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace jackfield::net {

// One address. Told of by the worker's set, so it is buried, not deleted: its event may be in the batch that is being handled.
class connector::attempt final : public base::ref_counted<attempt>, public pollable {
 public:
  attempt(connector& of, const endpoint_address& to) : of_(of), to_(to) {}
  ~attempt() { end(); }

  const endpoint_address& to() const noexcept { return to_; }
  /// 0: connected, or under way (then it tells the connector). Else: errno.
  int begin() {
    fd_.reset(::socket(to_.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!fd_) return errno;
    int on = 1;
    ::setsockopt(fd_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (::connect(fd_.get(), reinterpret_cast<const sockaddr*>(&to_.address), to_.size) != 0 && errno != EINPROGRESS)
      return errno;
    of_.worker_.watch(fd_.get(), *this, EPOLLOUT, trigger::edge);
    watched_ = true;
    return 0;
  }
  unique_fd take() {
    forget();
    return std::move(fd_);
  }
  void end() noexcept {
    forget();
    fd_.reset();
  }
  void on_events(std::uint32_t) override {
    if (!fd_) return;
    base::ref<attempt> self(this);
    base::ref<connector> of(&of_);
    int error = 0;
    socklen_t size = sizeof error;
    if (::getsockopt(fd_.get(), SOL_SOCKET, SO_ERROR, &error, &size) != 0) error = errno;
    if (error == 0) return of->won(take());
    end();
    of->failed(to_, error);
  }

 private:
  void forget() noexcept {
    if (std::exchange(watched_, false)) of_.worker_.forget(fd_.get());
  }
  connector& of_;
  endpoint_address to_;
  unique_fd fd_;
  bool watched_ = false;
};

std::vector<endpoint_address> by_turns(std::vector<endpoint_address> addresses) {
  if (addresses.empty()) return addresses;
  const int first = addresses.front().family();
  const auto middle =
      std::stable_partition(addresses.begin(), addresses.end(), [&](const auto& a) { return a.family() == first; });
  std::vector<endpoint_address> out;
  auto a = addresses.begin(), b = middle;
  while (a != middle || b != addresses.end()) {
    if (a != middle) out.push_back(*a++);
    if (b != addresses.end()) out.push_back(*b++);
  }
  return out;
}

connector::connector(worker& w, std::string name, const connect_times& times, done_fn done)
    : worker_(w), name_(std::move(name)), times_(times), done_(std::move(done)) {}

connector::~connector() = default;

base::ref<connector> connector::start(worker& w, std::string host, std::uint16_t port, const connect_times& times, done_fn done) {
  base::ref<connector> c(new connector(w, wire::authority(host, port), times, std::move(done)));
  c->arm_limit();
  c->lookup_ = lookup::start(w, host, port, [me = c.get()](std::vector<endpoint_address> all, std::string why) {
    me->on_addresses(std::move(all), std::move(why));
  });
  return c;
}

base::ref<connector> connector::start(worker& w, std::vector<endpoint_address> known, const connect_times& times, done_fn done) {
  base::ref<connector> c(new connector(w, known.empty() ? "nowhere" : known.front().text(), times, std::move(done)));
  c->arm_limit();
  w.defer([c, all = std::move(known)]() mutable { c->on_addresses(std::move(all), "it has no address"); });
  return c;
}

void connector::arm_limit() {
  self_ = base::ref<connector>(this);
  if (times_.limit.count() > 0) worker_.timers().arm(limit_, times_.limit);
}

void connector::on_addresses(std::vector<endpoint_address> all, std::string why) {
  base::ref<connector> self(this);
  if (!self_) return;
  if (all.empty()) return over({}, "cannot find the host of " + name_ + ": " + why);
  left_ = by_turns(std::move(all));
  std::reverse(left_.begin(), left_.end());
  try_next();
}

void connector::try_next() {
  base::ref<connector> self(this);
  stagger_.cancel();
  while (self_ && !left_.empty()) {
    auto one = base::make_ref<attempt>(*this, left_.back());
    left_.pop_back();
    const int error = one->begin();
    if (error != 0) {
      failed(one->to(), error);
      continue;
    }
    attempts_.push_back(std::move(one));
    if (!left_.empty()) worker_.timers().arm(stagger_, times_.stagger);
    return;
  }
}

void connector::failed(const endpoint_address& a, int error) {
  if (!failures_.empty()) failures_ += ", ";
  failures_ += std::strerror(error);
  const auto text = a.text();
  if (name_.find(text) == std::string::npos) failures_ += " (" + text + ")";
  const auto gone = std::find_if(attempts_.begin(), attempts_.end(), [&](const auto& t) { return &t->to() == &a; });
  const bool was_begun = gone != attempts_.end();
  if (was_begun) {
    worker_.bury(std::move(*gone));
    attempts_.erase(gone);
  }
  if (left_.empty() && attempts_.empty()) return over({}, "cannot connect to " + name_ + ": " + failures_);
  if (was_begun) try_next();
}

void connector::won(unique_fd fd) { over(std::move(fd), {}); }

void connector::on_limit() {
  base::ref<connector> self(this);
  std::string why = "no connection to " + name_ + " within " + std::to_string(times_.limit.count()) + " ms";
  if (!failures_.empty()) why += "; before that: " + failures_;
  over({}, std::move(why));
}

void connector::over(unique_fd fd, std::string why) {
  if (!self_) return;
  stagger_.cancel();
  limit_.cancel();
  lookup_.reset();
  left_.clear();
  for (auto& a : attempts_) {
    a->end();
    worker_.bury(std::move(a));
  }
  attempts_.clear();
  auto done = std::move(done_);
  worker_.bury(std::move(self_));
  if (done) done(std::move(fd), std::move(why));
}

void connector::cancel() {
  base::ref<connector> self(this);
  done_ = {};
  over({}, {});
}

}  // namespace jackfield::net
