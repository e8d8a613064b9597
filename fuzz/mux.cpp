// Any Engine.IO messages into a whole Socket.IO server of one worker: namespaces, middlewares, typed handlers, rooms, answers.
// Input: a length byte (0: time passes, 255: the next client) and so many bytes of a message; the top bit makes it binary.
// A run must leave nothing allocated: libFuzzer looks for leaks after each one that does, which takes a hundred times as long.
#include "base/log.hpp"
#include "server/access.hpp"
#include "server/shard.hpp"

#include "../tests/support/fake_transport.hpp"
#include "../tests/support/virtual_host.hpp"

#include <jackfield/server.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace jf = jackfield;
using namespace std::chrono_literals;

namespace {

struct client {
  client(jf::test::virtual_host& host, jf::srv::shard& shard, const jf::engine::session_options& o)
      : road(jf::base::make_ref<jf::test::fake_stream>()),
        session(jf::base::make_ref<jf::engine::session>(host, o, "id", jf::http_head::builder().request_line("GET", "/").build(),
                                                        "192.0.2.1")) {
    shard.on_session(*session);
    session->open(road, "{}");
  }
  jf::base::ref<jf::test::fake_stream> road;
  jf::engine::session_ref session;
};

void furnish(jf::server& io) {
  io.on_fault([](const jf::fault&) {});
  io.on_connection([&io](jf::socket s) {
    s.on("echo", [](jf::arg v, jf::ack a) { a(v); });
    s.on("all", [](jf::args v, jf::ack a) { a(v, v); });
    s.on("sum", [](int a, std::optional<std::int64_t> b) { return a + b.value_or(1); });
    s.on("tree", [](jf::value v) { return v; });
    s.on("bytes", [](jf::bytes_view b, std::string_view t) { return b.size() + t.size(); });
    s.on("room", [&io](jf::socket who, std::string room, jf::arg v) {
      who.join(room);
      io.to(room).except("x").emit("room", v, jf::bytes{std::byte{1}});
    });
    s.on("leave", [](jf::socket who, std::string room) { who.leave(room); });
    s.on("ask",
         [](jf::socket who, jf::arg v) -> jf::task<jf::value> { co_return co_await who.timeout(2s).emit_with_ack("q", v); });
    s.on("askall", [&io](jf::arg v) -> jf::task<std::size_t> {
      co_return (co_await io.timeout(2s).emit_with_ack("q", v).as_result())->values.size();
    });
    s.on("bye", [](jf::socket who, bool close) { who.disconnect(close); });
    s.on("throw", [] { throw 1; });
  });
  io.of("/auth").use([](jf::socket s, jf::next next) {
    s.join("hall");
    if (s.handshake().auth["ok"].bool_or(false))
      next();
    else
      next(jf::refuse("no", s.handshake().auth));
  });
  io.of("/slow").use([&io](jf::socket, jf::next next) { io.after(1s, [next] { next(); }); });
  io.of("/any").on_connection([](jf::socket s) {
    s.on_any([](std::string_view, const jf::args& a) { static_cast<void>(a.keep()); });
    s.on_any_outgoing([](std::string_view, const jf::args&) {});
    s.use([](jf::event& e, jf::next next) {
      if (e.name() == "no") return next(jf::refuse("no"));
      e.rename("echo");
      next();
    });
    s.on("echo", [](jf::socket who, jf::args a) { who.emit("echo", a); });
  });
}

/// Handlers that throw and limits that are reached are what the inputs are about: no lines for them.
bool keep_quiet() {
  jf::base::set_sink([](jf::base::log_level, std::string_view) {});
  return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  [[maybe_unused]] static const bool quiet = keep_quiet();
  if (size > 4096) return 0;
  jf::test::virtual_host host;
  jf::server_options options;
  options.limits.attachment_bytes = 4096;
  options.limits.rooms_per_socket = 8;
  jf::engine::session_options session_options;
  {
    jf::srv::shard shard(host, options);
    jf::server io = jf::srv::server_access::make(shard);
    furnish(io);
    std::vector<std::unique_ptr<client>> clients;
    for (int i = 0; i < 3; ++i) clients.push_back(std::make_unique<client>(host, shard, session_options));
    std::size_t who = 0;
    for (std::size_t at = 0; at < size;) {
      const unsigned head = data[at++];
      if (head == 0) {
        host.advance(500ms);
      } else if (head == 255) {
        who = (who + 1) % clients.size();
      } else {
        const std::size_t n = std::min<std::size_t>(head & 127, size - at);
        const std::string message(reinterpret_cast<const char*>(data + at), n);
        at += n;
        const auto kind = head & 128 ? jf::protocol::payload_kind::binary : jf::protocol::payload_kind::text;
        auto& c = *clients[who];
        if (c.session->state() == jf::engine::ready_state::open)
          c.session->on_packet(*c.road, {jf::protocol::eio_type::message, kind, message});
        host.run_turn();
      }
    }
    clients.clear();
    host.settle();
  }
  host.settle();
  return 0;
}
