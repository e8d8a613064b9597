// Socket.IO packets: decoding as a session does, and headers of what is sent.
#include "protocol/sio_text.hpp"

#include <benchmark/benchmark.h>

using namespace jackfield;
using namespace jackfield::protocol;

namespace {

void decode_text(benchmark::State& state, std::string_view text) {
  const sio_limits limits;
  sio_scratch scratch;
  sio_decoder d(limits, scratch);
  for (auto _ : state) {
    benchmark::DoNotOptimize(d.add_text(text));
    benchmark::DoNotOptimize(d.packet().items.data());
  }
}

void decode_binary(benchmark::State& state) {
  const sio_limits limits;
  sio_scratch scratch;
  sio_decoder d(limits, scratch);
  const bytes data(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) {
    d.add_text(R"(51-["baz",{"_placeholder":true,"num":0}])");
    benchmark::DoNotOptimize(d.add_binary(data));
  }
}

void encode_header(benchmark::State& state) {
  std::string out;
  for (auto _ : state) {
    out.clear();
    write_header(out, sio_type::event, "/admin", 12345, 0);
    benchmark::DoNotOptimize(out.data());
  }
}

}  // namespace

BENCHMARK_CAPTURE(decode_text, event,
                  R"(2["chat message",{"room":"lobby","text":"hello there, how are you today my friend","n":12345}])");
BENCHMARK_CAPTURE(decode_text, event_in_namespace_with_ack, R"(2/admin,123["chat message","hello"])");
BENCHMARK_CAPTURE(decode_text, ack, "3123[]");
BENCHMARK_CAPTURE(decode_text, connect, R"(0{"token":"0123456789"})");
BENCHMARK(decode_binary)->Arg(100)->Arg(10'000);
BENCHMARK(encode_header);

BENCHMARK_MAIN();
