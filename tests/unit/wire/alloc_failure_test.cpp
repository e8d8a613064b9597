// Every allocation of the codecs made to fail in turn (S44): the failure reaches the caller as std::bad_alloc, what
// was at work can be destroyed, and nothing is left behind. The operators below serve the whole program; they fail
// only on a thread that armed them.
#include "unit/wire/http_feeding.hpp"
#include "unit/wire/ws_feeding.hpp"
#include "wire/cookie.hpp"
#include "wire/http_response.hpp"
#include "wire/ws_handshake.hpp"

#include <atomic>
#include <cstdlib>
#include <new>
#include <thread>

namespace {

std::atomic<long> living{0};
thread_local long allocations_left = -1;  // until one fails; negative: not armed

bool fails_now() noexcept { return allocations_left >= 0 && allocations_left-- == 0; }

void* take(std::size_t size) noexcept {
  if (fails_now()) return nullptr;
  void* memory = std::malloc(size == 0 ? 1 : size);
  if (memory != nullptr) ++living;
  return memory;
}

void give(void* memory) noexcept {
  if (memory != nullptr) --living;
  std::free(memory);
}

}  // namespace

void* operator new(std::size_t size) {
  if (void* memory = take(size)) return memory;
  throw std::bad_alloc();
}
void* operator new[](std::size_t size) { return operator new(size); }
void* operator new(std::size_t size, const std::nothrow_t&) noexcept { return take(size); }
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept { return take(size); }
void operator delete(void* memory) noexcept { give(memory); }
void operator delete[](void* memory) noexcept { give(memory); }
void operator delete(void* memory, std::size_t) noexcept { give(memory); }
void operator delete[](void* memory, std::size_t) noexcept { give(memory); }

namespace jackfield::wire::test {
namespace {

using enum ws_opcode;

/// Runs `work` with its first allocation failing, then its second, and so on until it gets through; each time on a
/// thread of its own, so that the pools of a thread begin and end empty. Returns how many allocations were failed.
template <class Work>
int fail_each(Work work) {
  for (int nth = 0; nth < 10'000; ++nth) {
    bool through = false;
    const long before = living;
    std::thread([&] {
      allocations_left = nth;
      try {
        work();
        through = true;
      } catch (const std::bad_alloc&) {
      }
      allocations_left = -1;
    }).join();
    EXPECT_EQ(living, before) << "left behind when allocation " << nth << " failed";
    if (through) return nth;
  }
  ADD_FAILURE() << "never got through";
  return 0;
}

void pump(ws_decoder& decoder, std::string& wire, std::size_t step) {
  for (std::size_t at = 0; at < wire.size(); at += step) {
    std::span<char> input(wire.data() + at, std::min(step, wire.size() - at));
    while (decoder.next(input).kind != ws_event::what::need_more) {
    }
  }
}

void pump(http_parser& parser, std::string_view wire, std::size_t step) {
  for (std::size_t at = 0; at < wire.size(); at += step) {
    auto input = wire.substr(at, step);
    for (;;) {
      const auto event = parser.next(input);
      if (event.kind == http_event::what::need_more || event.kind == http_event::what::error) break;
      if (event.kind == http_event::what::complete) parser.take_body(), parser.reset();
    }
  }
}

std::string stream_of_frames() {
  return frame(text, "a text that is longer than a short string", fin::no) +
         frame(ping, "a ping that is longer than a short string") + frame(continuation, std::string(5000, 'x')) +
         frame(binary, "whole") + frame(close, ws_close_payload(1000, "a reason that is long enough"));
}

// S44
TEST(alloc_failure, decoder) {
  const ws_limits limits;
  for (const std::size_t step : {1u, 7u, 100'000u}) {
    const auto frames = stream_of_frames();
    std::string wire = frames;
    const int failed = fail_each([&] {
      std::copy(frames.begin(), frames.end(), wire.begin());
      ws_decoder decoder(ws_role::server, limits);
      pump(decoder, wire, step);
    });
    EXPECT_GE(failed, step == 100'000 ? 2 : 5);
  }
}

// S44: zlib's own allocations too.
TEST(alloc_failure, decoder_with_inflater) {
  const ws_limits limits;
  std::string data, message;
  for (int i = 0; i < 40'000; ++i) message += std::to_string(i * 7919);
  message.resize(200'000);
  ws_deflater(15, takeover::none).deflate(message, data);
  const auto frames = frame(text, data, fin::yes, true) + frame(text, data, fin::yes, true);
  for (const auto keep : {takeover::none, takeover::context}) {
    std::string wire = frames;
    const int failed = fail_each([&] {
      std::copy(frames.begin(), frames.end(), wire.begin());
      ws_decoder decoder(ws_role::server, limits);
      decoder.set_inflater(std::make_unique<ws_inflater>(15, keep));
      pump(decoder, wire, 4096);
    });
    EXPECT_GE(failed, 8);
  }
}

// S44
TEST(alloc_failure, deflater) {
  const std::string message(50'000, 'x');
  const int failed = fail_each([&] {
    ws_deflater deflater(12, takeover::context);
    std::string out;
    deflater.deflate(message, out);
    out = compress_body(message, content_coding::gzip);
  });
  EXPECT_GE(failed, 10);
}

// S44
TEST(alloc_failure, parser) {
  const http_limits limits;
  const auto wire = get_with("Cookie: a\r\nConnection: keep-alive\r\n") +
                    post_with("Content-Length: 40\r\n", std::string(40, 'x')) +
                    post_with("Transfer-Encoding: chunked\r\n",
                              "14;an=extension;of=some-length\r\n" + std::string(20, 'y') + "\r\n0\r\nA: trailer\r\n\r\n") +
                    "GET / HTTP/9.9\r\n";
  for (const std::size_t step : {1u, 13u, 100'000u}) {
    const int failed = fail_each([&] {
      http_parser parser(limits);
      pump(parser, wire, step);
    });
    EXPECT_GE(failed, 9);
  }
}

// S44
TEST(alloc_failure, head_handshake_and_answers) {
  const int failed = fail_each([] {
    const auto head =
        http_head::builder()
            .request_line("GET", "/socket.io/?a=a+value+that+is+longer+than+a+short+string&b=%FF%FF%FF%FF%FF%FF%FF&a=again", 11)
            .header("Connection", "Upgrade")
            .header("Upgrade", "websocket")
            .header("Sec-WebSocket-Version", "13")
            .header("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==")
            .header("Sec-WebSocket-Extensions", "permessage-deflate; client_max_window_bits")
            .build();
    const auto handshake = ws_check_handshake(*head);
    const auto all = head->query_parameters();
    const auto one = head->query("a");
    std::string out = deflate_response(*negotiate_deflate(handshake.extensions, {}));
    out += set_cookie({.name = "io"}, "lv_VI97HAXpY6yYWAAAC", true);
    append_response(out, {.body = *one});
  });
  EXPECT_GE(failed, 13);
}

}  // namespace
}  // namespace jackfield::wire::test
