// WebSocket frames through the codec: nanoseconds per message.
#include "wire/ws_decoder.hpp"
#include "wire/ws_deflate.hpp"
#include "wire/ws_encoder.hpp"

#include <benchmark/benchmark.h>

#include <cstring>
#include <vector>

namespace {

using namespace jackfield::wire;

constexpr ws_limits limits;
constexpr int frames_per_input = 32;

std::string payload_of(std::size_t size) {
  std::string payload;
  while (payload.size() < size) payload += "42[\"chat message\",{\"room\":\"lobby\",\"text\":\"hello\"}]";
  payload.resize(size);
  return payload;
}

// The input is restored for each round: unmasking changes it. Its cost is measured by `copy`.
void decode(benchmark::State& state, ws_opcode op, std::string_view payload) {
  std::string wire;
  for (int i = 0; i < frames_per_input; ++i) ws_append_masked(wire, op, payload, 0x37fa213d);
  std::vector<char> memory(wire.size());
  ws_decoder decoder(ws_role::server, limits);
  for (auto _ : state) {
    std::memcpy(memory.data(), wire.data(), wire.size());
    std::span<char> input(memory);
    while (true) {
      const auto event = decoder.next(input);
      benchmark::DoNotOptimize(event);
      if (event.kind == ws_event::what::need_more) break;
    }
  }
  state.SetItemsProcessed(state.iterations() * frames_per_input);
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(wire.size()));
}

void decode_text(benchmark::State& state) {
  decode(state, ws_opcode::text, payload_of(static_cast<std::size_t>(state.range(0))));
}
void decode_binary(benchmark::State& state) {
  decode(state, ws_opcode::binary, payload_of(static_cast<std::size_t>(state.range(0))));
}
void decode_text_not_ascii(benchmark::State& state) {
  std::string payload;
  while (payload.size() < static_cast<std::size_t>(state.range(0))) payload += "\xe2\x82\xac and \xc3\xa9, ";
  decode(state, ws_opcode::text, payload);
}

void copy(benchmark::State& state) {
  std::string wire;
  for (int i = 0; i < frames_per_input; ++i)
    ws_append_masked(wire, ws_opcode::text, payload_of(static_cast<std::size_t>(state.range(0))), 1);
  std::vector<char> memory(wire.size());
  for (auto _ : state) {
    std::memcpy(memory.data(), wire.data(), wire.size());
    benchmark::DoNotOptimize(memory.data());
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations() * frames_per_input);
}

void decode_in_pieces(benchmark::State& state) {
  std::string wire;
  ws_append_masked(wire, ws_opcode::text, payload_of(100'000), 0x37fa213d);
  std::vector<char> memory(wire.size());
  const auto step = static_cast<std::size_t>(state.range(0));
  ws_decoder decoder(ws_role::server, limits);
  for (auto _ : state) {
    std::memcpy(memory.data(), wire.data(), wire.size());
    for (std::size_t at = 0; at < memory.size(); at += step) {
      std::span<char> input(memory.data() + at, std::min(step, memory.size() - at));
      benchmark::DoNotOptimize(decoder.next(input));
    }
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(wire.size()));
}

void encode_masked(benchmark::State& state) {
  const auto payload = payload_of(static_cast<std::size_t>(state.range(0)));
  std::string out;
  for (auto _ : state) {
    out.clear();
    ws_append_masked(out, ws_opcode::text, payload, 0x37fa213d);
    benchmark::DoNotOptimize(out.data());
  }
}

void deflate_message(benchmark::State& state) {
  const auto payload = payload_of(static_cast<std::size_t>(state.range(0)));
  ws_deflater deflater(15, state.range(1) != 0 ? takeover::context : takeover::none);
  std::string out;
  for (auto _ : state) {
    out.clear();
    deflater.deflate(payload, out);
    benchmark::DoNotOptimize(out.data());
  }
}

void inflate_message(benchmark::State& state) {
  const auto payload = payload_of(static_cast<std::size_t>(state.range(0)));
  std::string data, out;
  ws_deflater(15, takeover::none).deflate(payload, data);
  ws_inflater inflater(15, takeover::none);
  for (auto _ : state) {
    out.clear();
    benchmark::DoNotOptimize(inflater.inflate(data, true, out, 1'000'000));
  }
}

BENCHMARK(decode_text)->Arg(16)->Arg(100)->Arg(1000)->Arg(10'000);
BENCHMARK(decode_binary)->Arg(16)->Arg(100)->Arg(1000)->Arg(10'000);
BENCHMARK(decode_text_not_ascii)->Arg(100)->Arg(1000);
BENCHMARK(copy)->Arg(16)->Arg(100)->Arg(1000)->Arg(10'000);
BENCHMARK(decode_in_pieces)->Arg(1000)->Arg(16'384);
BENCHMARK(encode_masked)->Arg(100)->Arg(10'000);
BENCHMARK(deflate_message)->Args({100, 0})->Args({100, 1})->Args({10'000, 0});
BENCHMARK(inflate_message)->Arg(100)->Arg(10'000);

}  // namespace

BENCHMARK_MAIN();
