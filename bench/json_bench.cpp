// JSON: what an event of about 100 bytes costs to check, to parse, to write; and throughput on larger texts.
#include "base/json.hpp"

#include <benchmark/benchmark.h>

using namespace jackfield;
namespace json = jackfield::base::json;

namespace {

const std::string event = R"(["chat message",{"room":"lobby","text":"hello there, how are you today my friend","n":12345}])";
const std::string small = R"(["ping",1])";

std::string large() {
  std::string s = "[";
  for (int i = 0; i < 1000; ++i)
    s += R"({"id":)" + std::to_string(i) + R"(,"name":"user é )" + std::to_string(i) + R"(","tags":["a","b\n"],"x":0.5},)";
  return s + "null]";
}

void scan_array(benchmark::State& state, const std::string& text) {
  std::vector<json::element> out;
  for (auto _ : state) {
    benchmark::DoNotOptimize(json::scan_array(text, out));
    benchmark::ClobberMemory();
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}

void parse(benchmark::State& state, const std::string& text) {
  for (auto _ : state) {
    value v;
    benchmark::DoNotOptimize(json::parse(text, v));
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}

void write(benchmark::State& state, const std::string& text) {
  value v;
  json::parse(text, v);
  std::string out;
  std::vector<bytes_view> attachments;
  for (auto _ : state) {
    out.clear();
    benchmark::DoNotOptimize(json::write(v, out, attachments));
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(out.size()));
}

void write_double(benchmark::State& state, double d) {
  std::string out;
  for (auto _ : state) {
    out.clear();
    json::write_number(d, out);
    benchmark::DoNotOptimize(out.data());
  }
}

}  // namespace

BENCHMARK_CAPTURE(scan_array, event, event);
BENCHMARK_CAPTURE(scan_array, small, small);
BENCHMARK_CAPTURE(scan_array, large, large());
BENCHMARK_CAPTURE(parse, event, event);
BENCHMARK_CAPTURE(parse, large, large());
BENCHMARK_CAPTURE(write, event, event);
BENCHMARK_CAPTURE(write, large, large());
BENCHMARK_CAPTURE(write_double, third, 1.0 / 3);
BENCHMARK_CAPTURE(write_double, whole, 12345.0);

BENCHMARK_MAIN();
