// A stream of requests, cut where the fuzzer says: the events are the same as in one piece, what is served is well
// formed, limits hold, the status of a refusal is one that the contract names.
// Input: flags (1 small limits, 2 also byte by byte), number of cuts, the cuts, the stream.
#include "wire/http_parser.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

namespace {

using namespace jackfield;
using namespace jackfield::wire;

void require(bool fact) {
  if (!fact) std::abort();
}

constexpr http_limits small{
    .request_line_bytes = 60, .header_bytes = 200, .header_lines = 6, .body_bytes = 50, .chunk_overhead_bytes = 30};
constexpr http_limits usual{.body_bytes = 2000};

bool clean(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) { return c == '\0' || c == '\r' || c == '\n'; });
}

void check_head(const http_parser& parser) {
  const auto& head = *parser.head();
  require(!head.method().empty() && !head.target().empty() && clean(head.method()) && clean(head.target()));
  require(head.version() == 10 || head.version() == 11);
  require(head.version() == 10 || head.has_header("host"));
  require(head.path().size() + head.query_string().size() <= head.target().size());
  for (std::size_t i = 0; i < head.header_count(); ++i) {
    const auto line = head.header_at(i);
    require(!line.name.empty() && clean(line.name) && clean(line.value) && head.has_header(line.name));
  }
  require(!(head.has_header("content-length") && head.has_header("transfer-encoding")));
  require(!parser.upgrade() || head.version() == 11);
}

void check_status(int status) {
  constexpr int known[] = {400, 413, 414, 415, 417, 431, 505};
  require(std::find(std::begin(known), std::end(known), status) != std::end(known));
}

std::string describe(http_parser& parser) {
  const auto& head = *parser.head();
  std::string text = std::string(head.method()) + ' ' + std::string(head.target()) + ' ' + std::to_string(head.version());
  for (std::size_t i = 0; i < head.header_count(); ++i)
    text.append("\n").append(head.header_at(i).name).append(":").append(head.header_at(i).value);
  text += parser.keep_alive() ? " keep" : " close";
  return text + "\n\n" + parser.take_body();
}

/// False: the conversation is over.
bool feed(http_parser& parser, const http_limits& limits, std::string_view piece, std::string& log) {
  const std::vector<char> memory(piece.begin(), piece.end());
  std::string_view input(memory.data(), memory.size());
  for (;;) {
    const auto event = parser.next(input);
    switch (event.kind) {
      case http_event::what::need_more: require(input.empty()); return true;
      case http_event::what::head:
        check_head(parser);
        log += "head\n";
        break;
      case http_event::what::complete:
        log += describe(parser);
        require(log.size() < 100'000'000 && parser.head());
        parser.reset();
        break;
      case http_event::what::error:
        check_status(event.status);
        require(!event.text.empty() && !parser.keep_alive() && limits.body_bytes > 0);
        log += std::to_string(event.status) + std::string(event.text);
        return false;
    }
  }
}

std::string run(const http_limits& limits, std::string_view wire, const std::vector<std::size_t>& cuts) {
  http_parser parser(limits);
  std::string log;
  for (std::size_t at = 0, i = 0; at < wire.size(); ++i) {
    const auto size = cuts.empty() ? wire.size() : 1 + cuts[i % cuts.size()];
    if (!feed(parser, limits, wire.substr(at, size), log)) break;
    at += std::min(size, wire.size() - at);
  }
  return log;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const auto& limits = (data[0] & 1) != 0 ? small : usual;
  const std::size_t cut_count = data[1] % 8;
  if (size < 2 + cut_count) return 0;
  const std::vector<std::size_t> cuts(data + 2, data + 2 + cut_count);
  const std::string wire(reinterpret_cast<const char*>(data) + 2 + cut_count, size - 2 - cut_count);
  const auto whole = run(limits, wire, {});
  if (!cuts.empty()) require(run(limits, wire, cuts) == whole);
  if ((data[0] & 2) != 0) require(run(limits, wire, {0}) == whole);
  return 0;
}
