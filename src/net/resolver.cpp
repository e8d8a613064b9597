#include "net/resolver.hpp"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>

#include <chrono>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>

namespace jackfield::net {

namespace {

constexpr std::size_t most_threads = 4;
constexpr std::chrono::seconds idle_time{10};

struct found {
  std::vector<endpoint_address> addresses;
  std::string why;
};

found ask_system(const std::string& host, std::uint16_t port, int flags) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV | flags;
  addrinfo* list = nullptr;
  found f;
  if (const int e = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &list); e != 0) {
    f.why = e == EAI_SYSTEM ? std::strerror(errno) : ::gai_strerror(e);
    return f;
  }
  for (const addrinfo* a = list; a; a = a->ai_next) {
    if ((a->ai_family != AF_INET && a->ai_family != AF_INET6) || a->ai_addrlen > sizeof(sockaddr_storage)) continue;
    endpoint_address e;
    std::memcpy(&e.address, a->ai_addr, a->ai_addrlen);
    e.size = a->ai_addrlen;
    f.addresses.push_back(e);
  }
  ::freeaddrinfo(list);
  if (f.addresses.empty()) f.why = "it has no address";
  return f;
}

}  // namespace

std::string endpoint_address::text() const {
  char out[INET6_ADDRSTRLEN] = {};
  const void* raw = family() == AF_INET ? static_cast<const void*>(&reinterpret_cast<const sockaddr_in&>(address).sin_addr)
                                        : static_cast<const void*>(&reinterpret_cast<const sockaddr_in6&>(address).sin6_addr);
  return ::inet_ntop(family(), raw, out, sizeof out) ? out : "";
}

// Between a lookup, on its worker, and the thread that asks for it.
struct lookup::order {
  std::string host;
  std::uint16_t port = 0;
  std::mutex mutex;
  worker* back = nullptr;  // guarded; null: cancelled or answered
  done_fn done;            // the worker's

  void answer(std::shared_ptr<order> self, found f) {
    std::lock_guard lock(mutex);  // held while posting: the worker may not go away in between
    if (!back) return;
    back->post([self = std::move(self), f = std::move(f)]() mutable { self->tell(std::move(f)); });
  }
  void tell(found f) {
    {
      std::lock_guard lock(mutex);
      if (!back) return;
      back = nullptr;
    }
    auto call = std::move(done);
    call(std::move(f.addresses), std::move(f.why));
  }

  class crew;
};

// The threads. Never destroyed: one of them may be inside getaddrinfo when the process ends.
class lookup::order::crew {
 public:
  static crew& of_process() {
    static auto* one = new crew;
    return *one;
  }
  void take(std::shared_ptr<order> o) {
    std::lock_guard lock(mutex_);
    orders_.push_back(std::move(o));
    if (idle_ > 0) {
      wake_.notify_one();
    } else if (threads_ < most_threads) {
      std::thread([this] { work(); }).detach();
      ++threads_;
    }
  }

 private:
  void work() {
    std::unique_lock lock(mutex_);
    for (;;) {
      if (orders_.empty()) {
        ++idle_;
        const bool called = wake_.wait_for(lock, idle_time, [this] { return !orders_.empty(); });
        --idle_;
        if (!called) break;
      }
      auto o = std::move(orders_.front());
      orders_.pop_front();
      lock.unlock();
      serve(std::move(o));
      lock.lock();
    }
    --threads_;
  }
  static void serve(std::shared_ptr<order> o) {
    {
      std::lock_guard lock(o->mutex);
      if (!o->back) return;
    }
    auto f = ask_system(o->host, o->port, 0);
    order& of = *o;
    of.answer(std::move(o), std::move(f));
  }

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::shared_ptr<order>> orders_;
  std::size_t threads_ = 0, idle_ = 0;
};

base::ref<lookup> lookup::start(worker& w, const std::string& host, std::uint16_t port, done_fn done) {
  auto o = std::make_shared<order>();
  o->host = host;
  o->port = port;
  o->back = &w;
  o->done = std::move(done);
  base::ref<lookup> l(new lookup(o));
  auto f = ask_system(host, port, AI_NUMERICHOST);
  if (f.why.empty())
    w.defer([o, f = std::move(f)]() mutable { o->tell(std::move(f)); });
  else
    order::crew::of_process().take(std::move(o));
  return l;
}

lookup::~lookup() { cancel(); }

void lookup::cancel() noexcept {
  std::lock_guard lock(order_->mutex);
  order_->back = nullptr;
}

}  // namespace jackfield::net
