// connector: a TCP connection to a host by name, by whichever of its addresses answers first (RFC 8305): IPv6 and IPv4 by turns,
// the next one after 250 ms or as soon as one has failed, and the others are given up once one is there.
// Owner: itself until it is over, and whoever holds the ref. Thread: the worker's. A failure is a sentence that names every
// address tried and what became of it.
#pragma once

#include "base/function.hpp"
#include "base/ref.hpp"
#include "net/resolver.hpp"
#include "net/unique_fd.hpp"
#include "net/worker.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace jackfield::net {

struct connect_times {
  std::chrono::milliseconds limit{20000};  // for all of it, the lookup of the name included
  std::chrono::milliseconds stagger{250};  // after which the next address is tried too
};

/// In the order to try: the first family first, then by turns.
std::vector<endpoint_address> by_turns(std::vector<endpoint_address> addresses);

class connector final : public base::ref_counted<connector> {
 public:
  /// Once, in a later turn or at the end of this one: a connected descriptor, or none and why.
  using done_fn = base::unique_function<void(unique_fd, std::string why)>;

  static base::ref<connector> start(worker& w, std::string host, std::uint16_t port, const connect_times& times, done_fn done);
  /// The same to addresses that are known.
  static base::ref<connector> start(worker& w, std::vector<endpoint_address> known, const connect_times& times, done_fn done);
  ~connector();
  /// The end at once; `done` is not called.
  void cancel();

 private:
  friend class base::ref_counted<connector>;
  class attempt;
  connector(worker& w, std::string name, const connect_times& times, done_fn done);
  void arm_limit();
  void on_addresses(std::vector<endpoint_address> all, std::string why);
  void try_next();
  void on_stagger() { try_next(); }
  void on_limit();
  void failed(const endpoint_address& a, int error);
  void won(unique_fd fd);
  void over(unique_fd fd, std::string why);

  worker& worker_;
  std::string name_;  // "host:port", for sentences
  connect_times times_;
  done_fn done_;
  base::ref<lookup> lookup_;
  std::vector<endpoint_address> left_;  // the next one last
  std::vector<base::ref<attempt>> attempts_;
  std::string failures_;
  base::member_timer<connector, &connector::on_stagger> stagger_{*this};
  base::member_timer<connector, &connector::on_limit> limit_{*this};
  base::ref<connector> self_;
};

}  // namespace jackfield::net
