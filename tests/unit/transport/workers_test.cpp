// Several workers behind one port, all polled by one thread: requests that reach the wrong one, ids that name one, limits of
// all together, and the end in common. (tests/threads has the same with threads.)
#include "transport/frontend.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>
#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace jackfield::transport {
namespace {

constexpr std::size_t how_many = 4;
constexpr std::string_view polling = "/socket.io/?EIO=4&transport=polling";

/// A connection to the server. Blocking is the test's thread alone: it polls the workers while it waits.
class wire_client {
 public:
  wire_client(frontend& f, std::uint16_t port) : front_(f), fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    refused = ::connect(fd_, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0;
  }
  ~wire_client() { ::close(fd_); }
  wire_client(const wire_client&) = delete;
  wire_client& operator=(const wire_client&) = delete;

  void send(std::string_view bytes) {
    ASSERT_EQ(::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
  }
  /// The next whole answer, head and body; what came of it when the server closes.
  std::string answer() {
    while (!closed && size_of_first() == 0) pump();
    const auto n = size_of_first() == 0 ? in.size() : size_of_first();
    auto text = in.substr(0, n);
    in.erase(0, n);
    return text;
  }
  std::string ask(std::string_view request) {
    send(request);
    return answer();
  }
  std::string get(std::string_view more) {
    return ask("GET " + std::string(polling) + std::string(more) + " HTTP/1.1\r\nHost: x\r\n\r\n");
  }
  std::string post(std::string_view more, std::string_view body) {
    return ask("POST " + std::string(polling) + std::string(more) +
               " HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body));
  }
  void pump() {
    front_.poll();
    char buffer[65536];
    const auto n = ::recv(fd_, buffer, sizeof buffer, MSG_DONTWAIT);
    if (n > 0) in.append(buffer, static_cast<std::size_t>(n));
    if (n == 0 || (n < 0 && errno == ECONNRESET)) closed = true;
  }

  std::string in;
  bool closed = false, refused = false;

 private:
  std::size_t size_of_first() const {
    const auto head = in.find("\r\n\r\n");
    if (head == std::string::npos) return 0;
    if (in.starts_with("HTTP/1.1 101")) return head + 4;
    const auto length = in.find("Content-Length: ");
    const auto n = head + 4 + (length < head ? std::stoul(in.substr(length + 16, 10)) : 0);
    return in.size() >= n ? n : 0;
  }
  frontend& front_;
  int fd_;
};

std::string sid_in(std::string_view answer) {
  const auto at = answer.find("\"sid\":\"");
  return at == std::string_view::npos ? std::string() : std::string(answer.substr(at + 7, answer.find('"', at + 7) - at - 7));
}

struct workers : ::testing::Test, session_sink, engine::session_listener {
  explicit workers(std::size_t n = how_many) { options.workers = n; }
  void open() {
    front = std::make_unique<frontend>(options);
    front->open(*this);
    port = front->listen("127.0.0.1", 0);
  }
  ~workers() override {
    if (front)
      front->inside([this](std::size_t w) {
        front->door(w).sessions().close_all(engine::close_reason::forced_close, engine::farewell::discard);
      });
  }
  void on_session(engine::session& s) override {
    s.set_listener(this);
    sessions.emplace_back(&s);
  }
  void on_message(engine::session& s, protocol::payload_kind, std::string_view data) override {
    heard[std::string(s.id())] += std::string(data) + ";";
  }
  void on_close(engine::session&, engine::close_reason, std::string_view) override {}

  std::unique_ptr<wire_client> dial() { return std::make_unique<wire_client>(*front, port); }
  std::string open_session() { return sid_in(dial()->get("")); }
  std::size_t worker_of(std::string_view sid) const {
    for (std::size_t w = 0; w < front->workers(); ++w)
      if (front->door(w).sessions().find(sid)) return w;
    return how_many;
  }
  /// Sessions until every worker has one: by worker.
  std::map<std::size_t, std::string> one_on_each() {
    std::map<std::size_t, std::string> all;
    for (int i = 0; i < 1000 && all.size() < front->workers(); ++i) {
      const auto sid = open_session();
      all.emplace(worker_of(sid), sid);
    }
    return all;
  }

  engine_options options;
  std::unique_ptr<frontend> front;
  std::uint16_t port = 0;
  std::vector<engine::session_ref> sessions;
  std::map<std::string, std::string> heard;
};

TEST_F(workers, all_of_them_get_clients_and_ids_name_where_they_live) {  // P4
  open();
  const auto all = one_on_each();
  ASSERT_EQ(all.size(), how_many);
  std::set<std::string> ids;
  for (const auto& s : sessions) {
    EXPECT_EQ(s->id().size(), 20u);
    EXPECT_EQ(s->id().find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"),
              std::string_view::npos);
    ids.emplace(s->id());
  }
  EXPECT_EQ(ids.size(), sessions.size());
}

TEST_F(workers, every_request_finds_its_session_from_a_connection_of_its_own) {
  open();
  for (const auto& [worker, sid] : one_on_each()) {
    for (int i = 0; i < 16; ++i) EXPECT_TRUE(dial()->post("&sid=" + sid, "4" + std::to_string(i)).ends_with("\r\n\r\nok"));
    EXPECT_EQ(heard[sid], "0;1;2;3;4;5;6;7;8;9;10;11;12;13;14;15;");
    front->inside([&, w = worker](std::size_t here) {
      if (here != w) return;
      const engine::message_view hello{protocol::payload_kind::text, "hello"};
      front->door(w).sessions().find(sid)->send(std::span(&hello, 1));
    });
    EXPECT_TRUE(dial()->get("&sid=" + sid).ends_with("\r\n\r\n4hello"));
    EXPECT_EQ(worker_of(sid), worker);
  }
}

TEST_F(workers, a_connection_that_is_kept_alive_moves_as_often_as_it_is_asked_to) {
  open();
  const auto all = one_on_each();
  ASSERT_EQ(all.size(), how_many);
  auto c = dial();
  for (int round = 0; round < 3; ++round)
    for (const auto& [worker, sid] : all) EXPECT_TRUE(c->post("&sid=" + sid, "4x").ends_with("\r\n\r\nok"));
  for (const auto& [worker, sid] : all) EXPECT_EQ(heard[sid], "x;x;x;");
  EXPECT_FALSE(c->closed);
}

TEST_F(workers, requests_sent_at_once_move_one_after_another_with_all_that_came_behind_them) {
  open();
  const auto all = one_on_each();
  auto c = dial();
  std::string together;
  for (int round = 0; round < 2; ++round)
    for (const auto& [worker, sid] : all)
      together += "POST " + std::string(polling) + "&sid=" + sid + " HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n\r\n4hello";
  c->send(together);
  for (std::size_t i = 0; i < 2 * how_many; ++i) EXPECT_TRUE(c->answer().ends_with("\r\n\r\nok"));
  for (const auto& [worker, sid] : all) EXPECT_EQ(heard[sid], "hello;hello;");
}

TEST_F(workers, a_request_that_comes_in_pieces_arrives_whole) {
  open();
  const auto all = one_on_each();
  for (const auto& [worker, sid] : all) {
    auto c = dial();
    const std::string request = "POST " + std::string(polling) + "&sid=" + sid +
                                " HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n4in parts";
    for (char byte : request) {
      c->send({&byte, 1});
      c->pump();
    }
    while (!c->in.ends_with("ok") && !c->closed) c->pump();
    EXPECT_TRUE(c->in.starts_with("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK")) << c->in;
    EXPECT_EQ(c->in.find("100 Continue", 20), std::string::npos) << "told twice";
    EXPECT_EQ(heard[sid], "in parts;");
  }
}

TEST_F(workers, an_upgrade_finds_its_session_too) {
  open();
  for (const auto& [worker, sid] : one_on_each()) {
    for (int i = 0; i < 8; ++i) {  // whichever worker gets them: the session has room for one candidate, and says so
      auto c = dial();
      const auto a = c->ask("GET /socket.io/?EIO=4&transport=websocket&sid=" + sid +
                            " HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                            "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n");
      EXPECT_TRUE(a.starts_with("HTTP/1.1 101 ")) << a;
      c->send(
          std::string("\x81\x86\0\0\0\0"
                      "2probe",
                      12));
      while (c->in.size() < 8 && !c->closed) c->pump();
      EXPECT_EQ(c->in,
                "\x81\x06"
                "3probe");
    }
  }
}

TEST_F(workers, a_client_that_goes_while_its_connection_moves_harms_nobody) {
  open();
  const auto all = one_on_each();
  for (int i = 0; i < 64; ++i)
    for (const auto& [worker, sid] : all) {
      auto c = dial();
      c->send("POST " + std::string(polling) + "&sid=" + sid + " HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n4half");
      for (int turns = i % 5; turns > 0; --turns) front->poll();
    }
  while (front->poll() > 0) {
  }
  std::size_t streams = 0;
  for (std::size_t w = 0; w < how_many; ++w) streams += front->door(w).streams();
  EXPECT_EQ(streams, 0u);
  EXPECT_FALSE(open_session().empty());
}

TEST_F(workers, an_id_of_the_programs_own_brings_its_client_to_the_worker_that_it_names) {
  int n = 0;
  options.generate_id = [&n](const http_head&) { return "client-" + std::to_string(n++); };
  open();
  std::set<std::size_t> used;
  for (int i = 0; i < 64; ++i) {
    const auto sid = open_session();
    ASSERT_EQ(sid, "client-" + std::to_string(i));
    ASSERT_LT(worker_of(sid), how_many);
    used.insert(worker_of(sid));
    EXPECT_TRUE(dial()->post("&sid=" + sid, "4x").ends_with("ok"));
    EXPECT_EQ(heard[sid], "x;");
  }
  EXPECT_EQ(used.size(), how_many);
}

TEST_F(workers, an_id_that_another_worker_has_already_is_refused) {
  options.generate_id = [](const http_head&) { return "the same"; };
  open();
  EXPECT_EQ(open_session(), "the same");
  for (int i = 0; i < 16; ++i) EXPECT_TRUE(dial()->get("").starts_with("HTTP/1.1 400 "));
}

TEST_F(workers, an_unknown_session_is_unknown_everywhere) {  // P12
  open();
  for (int i = 0; i < 16; ++i) {
    const auto a = dial()->get("&sid=nobody" + std::to_string(i));
    EXPECT_TRUE(a.starts_with("HTTP/1.1 400 ")) << a;
    EXPECT_NE(a.find("Session ID unknown"), std::string::npos);
  }
}

TEST_F(workers, connections_are_limited_for_all_together) {  // S34
  options.limits.connections = 10;
  open();
  std::vector<std::unique_ptr<wire_client>> all;
  for (int i = 0; i < 20; ++i) {
    all.push_back(dial());
    while (front->poll() > 0) {
    }
  }
  int closed = 0;
  for (auto& c : all) {
    c->pump();
    closed += c->closed;
  }
  EXPECT_EQ(closed, 10);
}

TEST_F(workers, clients_of_all_are_told_before_the_port_is_given_up) {  // S47
  open();
  const auto all = one_on_each();
  ASSERT_EQ(all.size(), how_many);
  std::vector<std::string> sids;
  for (const auto& s : sessions) sids.emplace_back(s->id());
  sessions.clear();
  front->host().post([this] {
    front->drain([this](std::size_t w) {
      front->door(w).sessions().close_all(engine::close_reason::server_shutdown, engine::farewell::graceful);
    });
  });
  while (front->poll() > 0) {
  }
  for (const auto& sid : sids) {
    auto c = dial();
    ASSERT_FALSE(c->refused);
    EXPECT_TRUE(c->get("&sid=" + sid)
                    .ends_with("\r\n\r\n6\x1e"
                               "1"));
  }
  while (!dial()->refused) front->poll();
}

TEST(worker_count, nonsense_is_answered_with_a_sentence) {
  const auto complaint = [](std::size_t n, boost::asio::io_context* guest_of = nullptr) -> std::string {
    engine_options o;
    o.workers = n;
    try {
      frontend f(o, guest_of);
      return {};
    } catch (const std::invalid_argument& e) {
      return e.what();
    }
  };
  EXPECT_EQ(complaint(1), "");
  EXPECT_EQ(complaint(0), "");
  EXPECT_EQ(complaint(3), "");
  EXPECT_EQ(complaint(100'000), "workers is 100000: at most 256 can be had (0: one for each core)");
  boost::asio::io_context context;
  EXPECT_EQ(complaint(1, &context), "");
  EXPECT_NE(complaint(2, &context).find("workers is 2: a server in an io_context has one"), std::string::npos);
  EXPECT_NE(complaint(0, &context).find("a server in an io_context has one"), std::string::npos);
}

TEST(worker_count, a_second_server_is_told_that_the_port_is_taken) {
  engine_options o;
  o.workers = 2;
  frontend first(o), second(o);
  struct deaf final : session_sink {
    void on_session(engine::session&) override {}
  } nobody;
  first.open(nobody);
  second.open(nobody);
  const auto port = first.listen("127.0.0.1", 0);
  EXPECT_THROW(second.listen("127.0.0.1", port), std::system_error);
}

}  // namespace
}  // namespace jackfield::transport
