#include "http_answer.hpp"

#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include <optional>

namespace jackfield::bench {

namespace http = boost::beast::http;

struct http_answer::impl {
  std::optional<http::response_parser<http::string_body>> parser;
  std::string kept;  // of a head that has not come whole: the parser wants it in one piece
};

namespace {

constexpr std::uint32_t most_head = 16 * 1024;
constexpr std::uint64_t most_body = 16 * 1024 * 1024;

}  // namespace

http_answer::http_answer() : impl_(std::make_unique<impl>()) { reset(); }
http_answer::~http_answer() = default;

void http_answer::reset() {
  impl_->parser.emplace();
  impl_->parser->header_limit(most_head);
  impl_->parser->body_limit(most_body);
  impl_->parser->eager(true);
  impl_->kept.clear();
}

http_answer::outcome http_answer::next(std::string_view& input) {
  auto& parser = *impl_->parser;
  std::string joined;
  const std::size_t before = impl_->kept.size();
  std::string_view data = input;
  if (before) {
    joined = std::move(impl_->kept);
    impl_->kept.clear();
    joined.append(input);
    data = joined;
  }
  std::size_t used = 0;
  while (!parser.is_done() && used < data.size()) {
    boost::system::error_code error;
    const std::size_t n = parser.put(boost::asio::buffer(data.data() + used, data.size() - used), error);
    used += n;
    if (error == http::error::need_more) break;
    if (error) return outcome::malformed;
    if (n == 0) break;
  }
  if (parser.is_done()) {
    input.remove_prefix(used > before ? used - before : 0);
    return outcome::complete;
  }
  impl_->kept.assign(data.substr(used));
  input = {};
  return outcome::need_more;
}

unsigned http_answer::status() const noexcept { return impl_->parser->get().result_int(); }
const std::string& http_answer::body() const noexcept { return impl_->parser->get().body(); }

std::string_view http_answer::header(std::string_view name) const noexcept {
  const auto found = impl_->parser->get().find(boost::beast::string_view(name.data(), name.size()));
  if (found == impl_->parser->get().end()) return {};
  return {found->value().data(), found->value().size()};
}

}  // namespace jackfield::bench
