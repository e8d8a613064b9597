#include "crowd.hpp"

#include "wire/ws_handshake.hpp"

#include <sys/epoll.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace jackfield::bench {

namespace {

constexpr int events_per_turn = 1024;
constexpr std::size_t buffer_bytes = 256 * 1024;
constexpr std::size_t most_message = 16 * 1024 * 1024, most_words = 200;
constexpr std::string_view key = "dGhlIHNhbXBsZSBub25jZQ==";

std::string upgrade_request(const target& to) {
  return "Host: " + to.authority + "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: " + std::string(key) +
         "\r\nSec-WebSocket-Version: 13\r\n\r\n";
}

}  // namespace

crowd::crowd(const crowd_settings& settings, crowd_watcher& watcher)
    : settings_(settings),
      watcher_(watcher),
      reader_(settings.nsp),
      connect_packet_("40" + (settings.nsp == "/" ? std::string() : settings.nsp + ",") + settings.auth),
      upgrade_request_(upgrade_request(settings.to)),
      accept_(wire::ws_accept_key(key)),
      buffer_(buffer_bytes) {
  epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
  if (epoll_ < 0) throw std::runtime_error("no epoll set: " + std::string(std::strerror(errno)));
  ::prctl(PR_SET_TIMERSLACK, 1UL);  // sends are due at the microsecond
  limits_.max_message_bytes = most_message;
  if (settings.to.tls) tls_ = std::make_unique<tls_lines>(settings.tls);
}

crowd::~crowd() {
  close_all();
  ::close(epoll_);
}

peer& crowd::add() {
  peers_.push_back(std::make_unique<peer>(*this, static_cast<std::uint32_t>(peers_.size())));
  return *peers_.back();
}

void crowd::open(peer& p, nanos meant) {
  p.open(meant);
  if (p.off()) return;
  waiting_.push_back({p.started_, p.index_});
}

// epoll_pwait2, for sends that are due between two milliseconds.
int crowd::wait(nanos until) {
  static thread_local epoll_event events[events_per_turn];
  const nanos left = std::max<nanos>(0, until - now());
  const timespec rest{left / second, left % second};
  const int n = ::epoll_pwait2(epoll_, events, events_per_turn, &rest, nullptr);
  for (int i = 0; i < n; ++i) {
    const auto index = static_cast<std::uint32_t>(events[i].data.u64 >> 32);
    peer& p = *peers_[index];
    if (p.fd_ >= 0 && p.life_ == static_cast<std::uint32_t>(events[i].data.u64)) p.on_events(events[i].events);
  }
  return n;
}

void crowd::turn(nanos until) {
  if (!waiting_.empty()) until = std::min(until, waiting_.front().since + settings_.connect_limit);
  if (wait(until) < 0 && errno != EINTR) throw std::runtime_error("epoll_pwait2: " + std::string(std::strerror(errno)));
  expire(now());
  flush();
}

// What connected meanwhile, or was opened again, is passed over when its turn comes.
void crowd::expire(nanos when) {
  while (!waiting_.empty()) {
    const connecting_peer w = waiting_.front();
    peer& p = *peers_[w.index];
    const bool still = p.started_ == w.since && !p.off() && !p.ready();
    if (still && w.since + settings_.connect_limit > when) return;
    waiting_.pop_front();
    if (still) p.down(trouble::timed_out);
  }
}

void crowd::touch(peer& p) {
  if (p.dirty_) return;
  p.dirty_ = true;
  dirty_.push_back(&p);
}

void crowd::explain(trouble t, std::string_view words) {
  auto& said = words_[static_cast<std::size_t>(t)];
  if (said.empty()) said = words.substr(0, most_words);
}

void crowd::flush() {
  for (std::size_t i = 0; i < dirty_.size(); ++i) {  // a peer that goes down may bring in others
    dirty_[i]->dirty_ = false;
    if (!dirty_[i]->off() && !dirty_[i]->connecting()) dirty_[i]->flush();  // it may have been opened again meanwhile
  }
  dirty_.clear();
}

void crowd::close_all() noexcept {
  for (auto& p : peers_)
    if (!p->off()) p->leave();
}

}  // namespace jackfield::bench
