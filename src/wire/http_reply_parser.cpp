#include "wire/http_reply_parser.hpp"

#include "wire/header_list.hpp"
#include "wire/http_text.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>

#include <algorithm>
#include <limits>
#include <utility>

namespace jackfield::wire {

namespace {

namespace http = boost::beast::http;

constexpr std::uint64_t longest = std::uint64_t{1} << 53;

/// One whole head through Beast's parser. It looks at no body.
class head_reader final : public http::basic_parser<false> {
 public:
  explicit head_reader(http_reply& into) : reply_(into) {  // the limits are ours
    header_limit(std::numeric_limits<std::uint32_t>::max());
    body_limit(boost::none);
  }
  bool read(std::string_view text) {
    error_code ec;
    const auto used = put(boost::asio::const_buffer(text.data(), text.size()), ec);
    return !ec && used == text.size() && is_header_done();
  }

 private:
  using error_code = boost::beast::error_code;
  using string_view = boost::beast::string_view;

  void on_request_impl(http::verb, string_view, string_view, int, error_code&) override {}
  void on_response_impl(int code, string_view, int version, error_code&) override {
    reply_.status = code;
    reply_.version = version;
  }
  void on_field_impl(http::field, string_view name, string_view value, error_code&) override {
    reply_.headers.emplace_back(std::string(name.data(), name.size()), std::string(value.data(), value.size()));
  }
  void on_header_impl(error_code&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
  std::size_t on_body_impl(string_view piece, error_code&) override { return piece.size(); }
  void on_chunk_header_impl(std::uint64_t, string_view, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, string_view piece, error_code&) override { return piece.size(); }
  void on_finish_impl(error_code&) override {}

  http_reply& reply_;
};

/// Digits alone, below 2^53.
bool read_length(std::string_view text, std::uint64_t& out) noexcept {
  if (text.empty()) return false;
  out = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return false;
    out = out * 10 + static_cast<unsigned>(c - '0');
    if (out >= longest) return false;
  }
  return true;
}

/// Lines of CRLF alone, none folded, no control characters, not too many.
std::string_view fault_of(std::string_view head, std::size_t most_lines) noexcept {
  std::size_t lines = 0;
  while (!head.empty()) {
    const auto end = head.find("\r\n");
    const auto line = head.substr(0, end);
    head.remove_prefix(end + 2);
    if (!header_value(line)) return "control character in the head";
    if (line.starts_with(' ') || line.starts_with('\t')) return "folded header";
    if (lines++ > most_lines) return "too many headers";
  }
  return {};
}

}  // namespace

void http_reply_parser::expect(http_request_kind kind) noexcept {
  kind_ = kind;
  part_ = part::head;
  keep_alive_ = started_ = chunked_ = has_length_ = false;
  interim_ = 0;
  left_ = 0;
  head_.clear();
  searched_ = 0;
  chunks_ = {};
  reply_ = {};
  error_ = {};
}

// Every step ends the answer, or uses up the input, or goes on to another part.
http_reply_parser::outcome http_reply_parser::feed(std::string_view& input) {
  started_ = started_ || !input.empty();
  for (;;) {
    auto o = outcome::more;
    const auto before = part_;
    switch (part_) {
      case part::head: o = take_head(input); break;
      case part::sized:
      case part::data: o = take_sized(input); break;
      case part::framing: o = take_framing(input); break;
      case part::until_end: o = take_rest(input); break;
      case part::done: return outcome::whole;
      case part::failed: return outcome::broken;
    }
    if (o != outcome::more || (input.empty() && part_ == before)) return o;
  }
}

http_reply_parser::outcome http_reply_parser::take_head(std::string_view& input) {
  if (input.empty()) return outcome::more;
  const auto before = head_.size();
  head_.append(input.substr(0, limits_.head_bytes + 1 - std::min(before, limits_.head_bytes + 1)));
  constexpr std::string_view begin = "HTTP/";
  if (head_.compare(0, begin.size(), begin, 0, std::min(head_.size(), begin.size())) != 0) return fail("not HTTP");
  const auto end = head_.find("\r\n\r\n", searched_);
  if (end == std::string::npos) {
    if (head_.size() > limits_.head_bytes) return fail("the head is too long");
    searched_ = head_.size() < 3 ? 0 : head_.size() - 3;
    input = {};
    return outcome::more;
  }
  if (end + 4 > limits_.head_bytes) return fail("the head is too long");
  input.remove_prefix(end + 4 - before);
  head_.resize(end + 4);
  searched_ = 0;
  const auto o = read_head(head_);
  head_.clear();
  return o;
}

http_reply_parser::outcome http_reply_parser::read_head(std::string_view text) {
  reply_.headers.clear();
  if (const auto why = fault_of(text, limits_.header_lines + 1); !why.empty()) return fail(why);
  head_reader reader(reply_);
  if (!reader.read(text) || reply_.status < 100 || reply_.status > 599) return fail("malformed head");
  keep_alive_ = reader.keep_alive();
  if (reply_.status == 101 && kind_ == http_request_kind::upgrade) return finished();
  if (reply_.status == 101) return fail("an answer 101 that nobody asked for");
  if (reply_.status >= 200) return choose_body();
  if (++interim_ > limits_.interim_answers) return fail("too many interim answers");
  return outcome::more;
}

http_reply_parser::outcome http_reply_parser::choose_body() {
  const auto lengths = reply_.count("content-length"), codings = reply_.count("transfer-encoding");
  if (lengths > 1 || codings > 1 || (lengths == 1 && codings == 1)) return fail("more than one length of the body");
  if (lengths == 1 && !read_length(reply_.header("content-length"), left_)) return fail("malformed Content-Length");
  if (codings == 1 && !equal_ignoring_case(reply_.header("transfer-encoding"), "chunked"))
    return fail("Transfer-Encoding is not chunked");
  const bool bodiless = reply_.status == 204 || reply_.status == 304;
  if (bodiless || (kind_ == http_request_kind::tunnel && reply_.status < 300)) return finished();
  if (left_ > limits_.body_bytes) return fail("the body is too big");
  if (codings == 1) return part_ = part::framing, outcome::more;
  if (lengths == 1) return part_ = part::sized, left_ == 0 ? finished() : outcome::more;
  keep_alive_ = false;
  part_ = part::until_end;
  return outcome::more;
}

http_reply_parser::outcome http_reply_parser::take_sized(std::string_view& input) {
  const auto piece = input.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(left_, input.size())));
  reply_.body.append(piece);
  input.remove_prefix(piece.size());
  left_ -= piece.size();
  if (left_ > 0) return outcome::more;
  if (part_ == part::sized) return finished();
  part_ = part::framing;
  return outcome::more;
}

http_reply_parser::outcome http_reply_parser::take_framing(std::string_view& input) {
  if (input.empty()) return outcome::more;
  std::size_t used = 0;
  const auto found = chunks_.scan(input, limits_.chunk_overhead_bytes, used);
  if (found == http_chunk_scan::found::refused) return fail(chunks_.refusal().text);
  input.remove_prefix(used);
  if (found == http_chunk_scan::found::more) return outcome::more;
  left_ = chunks_.size();
  if (left_ == 0) return finished();
  if (left_ > limits_.body_bytes - std::min(reply_.body.size(), limits_.body_bytes)) return fail("the body is too big");
  part_ = part::data;
  return outcome::more;
}

http_reply_parser::outcome http_reply_parser::take_rest(std::string_view& input) {
  if (input.size() > limits_.body_bytes - reply_.body.size()) return fail("the body is too big");
  reply_.body.append(input);
  input = {};
  return outcome::more;
}

http_reply_parser::outcome http_reply_parser::end() noexcept {
  if (part_ == part::until_end) return finished();
  if (part_ == part::done) return outcome::whole;
  return part_ == part::failed ? outcome::broken : fail("the connection was closed in the middle of an answer");
}

http_reply_parser::outcome http_reply_parser::finished() noexcept {
  part_ = part::done;
  return outcome::whole;
}

http_reply_parser::outcome http_reply_parser::fail(std::string_view why) noexcept {
  part_ = part::failed;
  keep_alive_ = false;
  error_ = why;
  return outcome::broken;
}

}  // namespace jackfield::wire
