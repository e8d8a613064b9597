// asking: a CONNECT for a name that is no namespace yet, while the rules of the parents are asked about it, one after another
// (protocol.md 4.7). Kept by those rules that have its `next`, and by the connection until it is answered.
// Owner: the connection. Thread: the worker's; answers come from any.
#pragma once

#include "base/ref.hpp"
#include "base/timer_wheel.hpp"
#include "server/connection.hpp"

#include <jackfield/next.hpp>
#include <jackfield/value.hpp>

#include <atomic>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace jackfield::srv {

class asking final : public detail::chain {
 public:
  /// `auth`: JSON of an object, or empty; `attachments`: what its placeholders stand for.
  asking(connection& c, std::string_view name, std::string_view auth, std::span<const bytes_view> attachments);

  const std::string& name() const noexcept { return name_; }
  const std::string& auth() const noexcept { return auth_; }
  const std::vector<bytes>& attachments() const noexcept { return attachments_; }
  /// The first rule is asked. May be answered when this returns.
  void start();
  /// Nobody waits for the answer any more.
  void cancel() noexcept;

  void answer(std::size_t step, std::optional<refuse> no) override;

 private:
  void ask();
  void go_on(std::size_t step, bool yes);
  void on_timeout();

  static constexpr std::size_t done = static_cast<std::size_t>(-1);
  base::ref<connection> connection_;
  std::string name_, auth_;
  std::vector<bytes> attachments_;
  value told_;            // auth, for the rules
  std::size_t step_ = 0;  // which rule is asked
  base::member_timer<asking, &asking::on_timeout> timer_{*this};
};

}  // namespace jackfield::srv
