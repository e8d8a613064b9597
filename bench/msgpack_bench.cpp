// Packets in MessagePack: decoding up to the canonical form that handlers read, and encoding from it.
#include "protocol/sio_msgpack.hpp"
#include "protocol/sio_packet.hpp"

#include <benchmark/benchmark.h>

#include <memory>

using namespace jackfield;
using namespace jackfield::protocol;

namespace {

const parser_limits limits{10, 1024, 256};

void decode(benchmark::State& state, std::string_view json) {
  std::string message;
  encode_msgpack({packet_type::event, "/", {}, json, {}}, message);
  sio_scratch scratch;
  scratch.draft = std::make_unique<packet_draft>();
  const sio_limits checked;
  for (auto _ : state) {
    scratch.draft->clear();
    benchmark::DoNotOptimize(decode_msgpack(message, limits, *scratch.draft));
    benchmark::DoNotOptimize(adopt_draft(scratch, checked));
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) * static_cast<std::int64_t>(message.size()));
}

void encode(benchmark::State& state, std::string_view json) {
  std::string out;
  for (auto _ : state) {
    out.clear();
    encode_msgpack({packet_type::event, "/", {}, json, {}}, out);
    benchmark::DoNotOptimize(out.data());
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) * static_cast<std::int64_t>(out.size()));
}

constexpr std::string_view chat =
    R"(["chat message",{"room":"lobby","text":"hello there, how are you today my friend","n":12345}])";
constexpr std::string_view numbers = R"(["state",[[1,2.5,-3],[4,5.25,-6],[7,8.125,-9],[100,200.5,-300],[1000,2000.25,-3000]]])";

}  // namespace

BENCHMARK_CAPTURE(decode, event, chat);
BENCHMARK_CAPTURE(decode, numbers, numbers);
BENCHMARK_CAPTURE(encode, event, chat);
BENCHMARK_CAPTURE(encode, numbers, numbers);

BENCHMARK_MAIN();
