// Engine.IO 3 payloads: writing and reading both forms.
#include "protocol/eio3_payload.hpp"

#include <benchmark/benchmark.h>

using namespace jackfield::protocol;

namespace {

void write_payload(benchmark::State& state, eio3_form form) {
  const std::string text(static_cast<std::size_t>(state.range(0)), 'x');
  std::string out;
  for (auto _ : state) {
    out.clear();
    for (int i = 0; i < 4; ++i) append_eio3_packet(out, {eio_type::message, payload_kind::text, text}, form);
    benchmark::DoNotOptimize(out.data());
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(out.size()) * state.iterations());
}

void read_payload(benchmark::State& state, eio3_form form, std::string_view letter) {
  std::string text, body;
  for (std::int64_t i = 0; i < state.range(0); ++i) text += letter;
  for (int i = 0; i < 4; ++i) append_eio3_packet(body, {eio_type::message, payload_kind::text, text}, form);
  for (auto _ : state) {
    eio3_payload_reader r(body, form, 65'536);
    while (r.next().what == eio3_payload_reader::outcome::packet) {
    }
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(body.size()) * state.iterations());
}

}  // namespace

BENCHMARK_CAPTURE(write_payload, text, eio3_form::text)->Arg(100)->Arg(10'000);
BENCHMARK_CAPTURE(write_payload, binary, eio3_form::binary)->Arg(100)->Arg(10'000);
BENCHMARK_CAPTURE(read_payload, text_ascii, eio3_form::text, "x")->Arg(100)->Arg(10'000);
BENCHMARK_CAPTURE(read_payload, text_wide, eio3_form::text, "€")->Arg(100)->Arg(10'000);
BENCHMARK_CAPTURE(read_payload, binary_wide, eio3_form::binary, "€")->Arg(100)->Arg(10'000);

BENCHMARK_MAIN();
