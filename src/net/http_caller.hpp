// http_caller: the client's end of an HTTP/1.1 connection: one request at a time, kept alive between them.
// Owner: itself while its stream is open, and whoever holds a ref. Thread: the worker's.
#pragma once

#include "base/ref.hpp"
#include "net/stream.hpp"
#include "wire/http_reply_parser.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

namespace jackfield::net {

class http_caller;

class call_handler {
 public:
  /// The answer; it may be moved from. The caller is idle(), or closed.
  virtual void on_reply(http_caller& c, wire::http_reply& reply) = 0;
  /// The connection is gone, and whether the server heard us, nobody knows. `why`: for people.
  virtual void on_call_failed(http_caller& c, std::string_view why) = 0;

 protected:
  ~call_handler() = default;
};

struct http_call {
  std::string_view head;  // request line and headers, with the empty line
  std::string_view body{};
  wire::http_request_kind kind = wire::http_request_kind::plain;
  std::chrono::milliseconds limit{0};  // for the whole answer; 0: none
};

class http_caller final : public base::ref_counted<http_caller>, stream_handler {
 public:
  http_caller(std::unique_ptr<stream> s, const wire::http_reply_limits& limits);
  ~http_caller();
  /// Once, before the first call.
  void start();

  /// REQUIRES: idle(). One of the handler's functions follows, in a later turn, unless forget() or drop() comes first.
  void call(const http_call& c, call_handler& h);
  /// Connected, and nothing under way.
  bool idle() const noexcept { return stream_ != nullptr && !calling_; }
  /// idle(), and the server has not ended the connection, as far as we can know.
  bool usable() const noexcept { return idle() && stream_->silent(); }
  /// When it became idle.
  base::time_point idle_since() const noexcept { return since_; }
  /// How long the server keeps an idle connection, by its own word; 0: it did not say.
  std::chrono::seconds kept_for() const noexcept { return kept_for_; }
  /// The handler is not told any more.
  void forget() noexcept { handler_ = nullptr; }
  /// The end at once. No callback.
  void drop();
  /// After an answer 101: the stream, and what came behind the answer. The caller is done.
  std::unique_ptr<stream> take_stream(std::string& early);

 private:
  void on_data(std::span<char> data) override;
  void on_end(stream_end how) override;
  void answered(std::string_view behind);
  void fail(std::string_view why);
  void on_limit();
  void leave();

  worker& worker_;
  std::unique_ptr<stream> stream_;
  call_handler* handler_ = nullptr;
  wire::http_reply_parser parser_;
  wire::http_request_kind kind_ = wire::http_request_kind::plain;
  std::chrono::milliseconds time_{0};
  std::chrono::seconds kept_for_{0};
  base::time_point since_{};
  std::string early_;
  bool calling_ = false;
  base::member_timer<http_caller, &http_caller::on_limit> limit_{*this};
  base::ref<http_caller> self_;
};

}  // namespace jackfield::net
