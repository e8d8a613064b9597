// Requests through the parser and answers into bytes: nanoseconds per request. Target: a polling GET in 1.5 µs.
#include "wire/http_parser.hpp"
#include "wire/http_response.hpp"
#include "wire/ws_handshake.hpp"

#include <benchmark/benchmark.h>

#include <array>

namespace {

using namespace jackfield;
using namespace jackfield::wire;

constexpr http_limits limits;
constexpr std::string_view headers =
    "Host: chat.example.com\r\nConnection: keep-alive\r\nAccept: */*\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64) "
    "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36\r\nReferer: https://chat.example.com/room\r\n"
    "Accept-Encoding: gzip, deflate, br\r\nAccept-Language: en-US,en;q=0.9,de;q=0.8\r\nCookie: theme=dark; "
    "id=0123456789abcdef\r\n";

std::string polling_get() {
  return "GET /socket.io/?EIO=4&transport=polling&t=OqZxYzA&sid=lv_VI97HAXpY6yYWAAAC HTTP/1.1\r\n" + std::string(headers) +
         "\r\n";
}

std::string polling_post() {
  return "POST /socket.io/?EIO=4&transport=polling&t=OqZxYzA&sid=lv_VI97HAXpY6yYWAAAC HTTP/1.1\r\n" + std::string(headers) +
         "Content-Type: text/plain;charset=UTF-8\r\nContent-Length: 44\r\n\r\n42[\"chat "
         "message\",{\"room\":\"a\",\"text\":\"hello\"}]";
}

void parse(benchmark::State& state, const std::string& wire, std::size_t step) {
  http_parser parser(limits);
  for (auto _ : state) {
    for (std::size_t at = 0; at < wire.size(); at += step) {
      auto input = std::string_view(wire).substr(at, step);
      while (parser.next(input).kind == http_event::what::head) {
      }
    }
    benchmark::DoNotOptimize(parser.head().get());
    benchmark::DoNotOptimize(parser.take_body());
    parser.reset();
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(wire.size()));
}

void parse_get(benchmark::State& state) { parse(state, polling_get(), 1'000'000); }
void parse_get_in_pieces_of_100(benchmark::State& state) { parse(state, polling_get(), 100); }
void parse_post(benchmark::State& state) { parse(state, polling_post(), 1'000'000); }
void parse_large_post(benchmark::State& state) {
  parse(state, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 500000\r\n\r\n" + std::string(500'000, 'x'), 65'536);
}

void read_query(benchmark::State& state) {
  const auto head =
      http_head::builder().request_line("GET", "/socket.io/?EIO=4&transport=polling&t=OqZxYzA&sid=lv_VI97HAXpY6yYWAAAC").build();
  for (auto _ : state) {
    benchmark::DoNotOptimize(head->query("EIO"));
    benchmark::DoNotOptimize(head->query("transport"));
    benchmark::DoNotOptimize(head->query("sid"));
  }
}

void write_response(benchmark::State& state) {
  const std::array<header_view, 2> lines{{{"Content-Type", "text/plain; charset=UTF-8"}, {"cache-control", "no-store"}}};
  std::string out;
  for (auto _ : state) {
    out.clear();
    append_response(out, {.headers = lines, .body = "42[\"chat message\",{\"room\":\"a\",\"text\":\"hello\"}]"});
    benchmark::DoNotOptimize(out.data());
  }
}

void check_handshake(benchmark::State& state) {
  const auto head = http_head::builder()
                        .request_line("GET", "/socket.io/?EIO=4&transport=websocket")
                        .header("Host", "chat.example.com")
                        .header("Connection", "Upgrade")
                        .header("Upgrade", "websocket")
                        .header("Sec-WebSocket-Version", "13")
                        .header("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==")
                        .header("Sec-WebSocket-Extensions", "permessage-deflate; client_max_window_bits")
                        .build();
  for (auto _ : state) benchmark::DoNotOptimize(ws_check_handshake(*head));
}

BENCHMARK(parse_get);
BENCHMARK(parse_get_in_pieces_of_100);
BENCHMARK(parse_post);
BENCHMARK(parse_large_post);
BENCHMARK(read_query);
BENCHMARK(write_response);
BENCHMARK(check_handshake);

}  // namespace

BENCHMARK_MAIN();
