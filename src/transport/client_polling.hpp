// client_polling: the client's road over HTTP long-polling (protocol.md 1.4, 1.10): a GET is always under way and brings packets,
// a POST carries what is sent, one at a time. They take turns on one or two connections that are kept alive.
//
// No request goes out again, not even a GET on a connection that had been kept: whether the server heard it, and took packets out
// of its queue for an answer that was lost, nobody knows. A kept connection whose end has come is not used. Owner: the session;
// itself while it says goodbye. Thread: the worker's.
#pragma once

#include "engine/session.hpp"
#include "engine/transport.hpp"
#include "transport/dial_plan.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace jackfield::transport {

class client_polling final : public engine::transport, net::call_handler, net::lodger {
 public:
  client_polling(net::worker& w, dial_plan_ref plan);
  ~client_polling() override;

  /// The GET that opens the session.
  void start(engine::session& s);

  engine::transport_kind kind() const noexcept override { return engine::transport_kind::polling; }
  bool ready() const noexcept override { return state_ == state::open && !post_.busy; }
  bool idle() const noexcept override { return ready(); }
  bool quiet() const noexcept override { return !get_.busy && !post_.busy; }
  std::size_t unsent_bytes() const noexcept override { return posting_bytes_; }
  void send(std::span<const protocol::eio_packet> packets, engine::compression c) override;
  void send(const engine::outgoing& shared) override;
  void close() override;
  void detach() noexcept override;
  void pause_reading(bool paused) override;

 private:
  enum class state : std::uint8_t {
    opening,
    open,
    leaving,  // close(): what was sent, then "1"
    done,
  };
  /// One direction, and where its request is.
  struct way {
    std::string_view method;
    std::string body{};
    base::ref<net::opener> opening{};
    base::ref<net::http_caller> on{};
    bool busy = false;
  };

  void on_reply(net::http_caller& c, wire::http_reply& reply) override;
  void on_call_failed(net::http_caller& c, std::string_view why) override;

  void begin(way& w);
  void on_opened(way& w, std::unique_ptr<net::stream> s, std::string why);
  void call(way& w, base::ref<net::http_caller> on);
  base::ref<net::http_caller> take_idle();
  void keep(base::ref<net::http_caller> c);
  void post(std::string body);
  void got(wire::http_reply& reply);
  bool deliver(std::string_view payload);
  void posted();
  void lose(std::string_view why);
  void say_goodbye();
  void on_goodbye_limit() { end(); }
  void on_worker_ends() noexcept override { end(); }
  void end() noexcept;
  void give_up(way& w) noexcept;

  net::worker& worker_;
  dial_plan_ref plan_;
  engine::session* session_ = nullptr;
  way get_{.method = "GET"}, post_{.method = "POST"};
  std::vector<base::ref<net::http_caller>> idle_;  // the one used last at the end
  std::string sid_;
  std::size_t posting_bytes_ = 0;
  state state_ = state::opening;
  bool paused_ = false;
  bool said_goodbye_ = false;
  bool told_ = false;  // the server said goodbye, or the road was lost: nothing more is said to it
  base::member_timer<client_polling, &client_polling::on_goodbye_limit> goodbye_limit_{*this};
  base::ref<client_polling> self_;  // while it says goodbye
};

}  // namespace jackfield::transport
