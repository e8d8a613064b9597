// client_dialer: opens the roads of clients' sessions on a worker: see engine/dialer.hpp for what they do.
//
//   transport::client_dialer d(worker, {.host = "example.com", .port = 443, .secure = true});
//   auto s = base::make_ref<engine::client_session>(worker, d, session_options);
//
// Owner: the client's manager. May be destroyed once its sessions have ended; what roads have still to say goodbye goes on by
// itself, on the worker. Thread: the worker's. Cost: nothing per session beyond its roads.
#pragma once

#include "engine/dialer.hpp"
#include "transport/dial_options.hpp"

#include <memory>
#include <string_view>

namespace jackfield::net {
class worker;
}

namespace jackfield::transport {

struct dial_plan;

class client_dialer final : public engine::dialer {
 public:
  /// Throws std::invalid_argument with a sentence: a host, path, header, query or proxy that cannot be used;
  /// tls_error: a certificate or an authority that cannot be.
  client_dialer(net::worker& w, dial_options options);
  ~client_dialer();

  engine::transport_ref dial(engine::session& s, engine::transport_kind kind, std::string_view sid) override;

 private:
  net::worker& worker_;
  std::shared_ptr<dial_plan> plan_;
};

}  // namespace jackfield::transport
