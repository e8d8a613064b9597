// conversation: plays a script against the pure stack: verification, registry, session and codecs are the real
// ones, the roads are recorders and time is virtual. Everything the server does must be said by the script:
// whatever is left unclaimed before the next act of the client, the application or time is a failure.
#pragma once

#include "engine/registry.hpp"
#include "engine/verify.hpp"
#include "floor.hpp"
#include "script.hpp"
#include "support/fake_transport.hpp"
#include "support/virtual_host.hpp"

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace jackfield::talk {

class conversation {
 public:
  explicit conversation(std::unique_ptr<floor> above) : above_(std::move(above)) {}
  /// Throws failure.
  void play(const std::filesystem::path& file);

 private:
  void play(const line& l);
  void let_pass(const line& l);
  void set(const line& l);
  void act_polling(const line& l);
  void act_stream(const line& l);
  void get(const std::string& query);
  void post(const std::string& payload);
  template <class Reader>
  void post(engine::session& s, Reader packets);
  void open_stream(const std::string& channel, const std::string& query);
  void frame(test::fake_stream& road, const std::string& text);
  engine::verdict ask(std::string_view method, const std::string& query, engine::request_form form);
  bool refuse(const std::string& channel, const engine::verdict& v);
  void start(engine::transport_ref road, engine::transport_kind kind, protocol::eio_revision revision);
  std::string payload_of(const test::packets& answer) const;
  std::string frame_of(const std::string& packet) const;

  void end_turn();
  void collect();
  void expect(const line& l, const std::string& what);
  void expect_silence(const std::string& when);

  struct followed {
    base::ref<test::fake_stream> road;
    bool end_told = false;
  };

  test::virtual_host host_;
  engine::session_options options_;
  engine::request_rules rules_;
  engine::registry sessions_;
  std::unique_ptr<floor> above_;
  base::ref<test::fake_poll> poll_;
  std::map<std::string, followed> streams_;
  std::map<std::string, std::deque<std::string>> heard_;  // unclaimed, by channel
  bool opened_ = false;
  bool allow_eio3_ = false;
  protocol::eio_revision revision_ = protocol::eio_revision::v4;  // of the session, once there is one
};

}  // namespace jackfield::talk
