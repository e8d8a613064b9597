// http_answer: reads HTTP/1.1 answers from a server, one after another on one connection, through Boost.Beast's parser. Pure and
// incremental. One owner, one thread. A body of more than 16 MiB, or a head of more than 16 KiB, is an error.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace jackfield::bench {

class http_answer {
 public:
  http_answer();
  ~http_answer();
  http_answer(const http_answer&) = delete;
  http_answer& operator=(const http_answer&) = delete;

  enum class outcome : std::uint8_t { need_more, complete, malformed };
  /// Takes from the front of `input`; what belongs to the next answer, or to WebSocket behind a 101, stays.
  outcome next(std::string_view& input);

  /// From `complete` on, until reset().
  unsigned status() const noexcept;
  const std::string& body() const noexcept;
  /// Empty when there is none.
  std::string_view header(std::string_view name) const noexcept;
  void reset();

 private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

}  // namespace jackfield::bench
