#include "floor.hpp"
#include "notation.hpp"

#include <utility>

namespace jackfield::talk {
namespace {

class engine_floor final : public floor, public engine::session_listener {
 public:
  void attach(engine::session& s) override {
    session_ = engine::session_ref(&s);
    s.set_listener(this);
  }

  bool act(std::string_view verb, const std::string& text) override {
    if (!session_) return false;
    if (verb == "SEND") return send(text, engine::delivery::regular), true;
    if (verb == "VOLATILE") return send(text, engine::delivery::if_writable), true;
    if (verb == "CLOSE") return session_->close(), true;
    if (verb == "SHUTDOWN") return session_->close(engine::close_reason::server_shutdown), true;
    if (verb == "DISCARD") return session_->discard(), true;
    if (verb == "PAUSE") return session_->pause_reading(true), true;
    if (verb == "RESUME") return session_->pause_reading(false), true;
    return verb == "WATCH" && text == "drain" && (watches_drain_ = true);
  }
  std::vector<std::string> take_events() override { return std::exchange(events_, {}); }

  void on_message(engine::session&, protocol::payload_kind kind, std::string_view data) override {
    const auto text = kind == protocol::payload_kind::binary ? bytes_written(data) : std::string(data);
    events_.push_back(text.empty() ? "HEARS" : "HEARS " + text);
  }
  void on_upgrade(engine::session&, engine::transport_kind kind) override {
    events_.push_back("UPGRADED " + std::string(name_of(kind)));
  }
  void on_drain(engine::session&) override {
    if (watches_drain_) events_.push_back("DRAINED");
  }
  void on_close(engine::session&, engine::close_reason why, std::string_view) override {
    events_.push_back("CLOSED " + std::string(name_of(why)));
  }

 private:
  /// Attachments stand behind the text: `header <01 02> <03>` is one group of three.
  void send(const std::string& text, engine::delivery how) {
    const auto parts = group_of(text);
    std::vector<engine::message_view> group;
    for (const auto& p : parts) group.push_back({p.kind, p.data});
    session_->send(group, {.how = how});
  }

  engine::session_ref session_;
  std::vector<std::string> events_;
  bool watches_drain_ = false;
};

}  // namespace

std::unique_ptr<floor> make_engine_floor() { return std::make_unique<engine_floor>(); }

}  // namespace jackfield::talk
