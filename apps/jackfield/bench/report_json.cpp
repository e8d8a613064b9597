// The report as JSON: format "jackfield-bench/1", described in docs/guides/bench.md.
#include "base/json.hpp"
#include "base/log.hpp"
#include "report.hpp"

#include <string_view>

namespace jackfield::bench {

namespace {

value micros(nanos n) { return static_cast<double>(n) / 1e3; }

value to_value(const histogram& h) {
  return object{{"count", h.count()},
                {"min", micros(h.min())},
                {"mean", h.mean() / 1e3},
                {"p50", micros(h.percentile(0.5))},
                {"p90", micros(h.percentile(0.9))},
                {"p99", micros(h.percentile(0.99))},
                {"p999", micros(h.percentile(0.999))},
                {"max", micros(h.max())}};
}

std::string_view name_of(road r) noexcept {
  return r == road::websocket ? "websocket" : r == road::polling ? "polling" : "upgrade";
}

value settings_value(const settings& s) {
  return object{{"connections", s.connections},
                {"threads", s.threads},
                {"transport", std::string(name_of(s.line.by))},
                {"rate", s.rate},
                {"spacing", s.spacing == spacing::even ? "even" : "poisson"},
                {"in_flight", s.rate > 0 ? 0u : s.in_flight},
                {"size", s.size},
                {"senders", s.senders_or_usual()},
                {"rooms", s.what == scenario::room || s.what == scenario::chat ? s.rooms_or_usual() : 0u},
                {"warmup", s.warmup},
                {"seconds", s.seconds},
                {"patience", s.patience},
                {"seed", s.seed}};
}

value connects_value(const outcome& o) {
  object failures;
  for (std::size_t i = 0; i < troubles; ++i)
    failures.append(std::string(bench::name_of(static_cast<trouble>(i))), o.counts.failures[i]);
  object words;
  for (std::size_t i = 0; i < troubles; ++i)
    if (!o.counts.words[i].empty())
      words.append(std::string(bench::name_of(static_cast<trouble>(i))), base::escaped(o.counts.words[i]));
  return object{{"attempts", o.counts.attempts},   {"connected", o.counts.connected},
                {"failures", std::move(failures)}, {"first_words", std::move(words)},
                {"seconds", o.connect_seconds},    {"there", o.connected},
                {"still_there", o.still_there},    {"latency_us", to_value(o.counts.connect_time)}};
}

value copies_value(const tally& t) {
  return object{{"expected", t.copies_expected},
                {"received", t.copies_received},
                {"lost", t.lost},
                {"late", t.late},
                {"twice", t.twice},
                {"written_off", t.written_off},
                {"foreign", t.foreign},
                {"malformed", t.malformed}};
}

value server_value(const outcome& o) {
  if (!o.server) return nullptr;
  const server_usage& s = *o.server;
  const double seconds = o.window_seconds > 0 ? o.window_seconds : 1;
  object v{{"cpu_share", s.in_window.cpu_seconds / seconds},
           {"busiest_thread_share", s.in_window.busiest_thread / seconds},
           {"rss_before_bytes", s.rss_before},
           {"rss_connected_bytes", s.rss_connected},
           {"rss_peak_bytes", s.rss_peak},
           {"rss_after_bytes", s.rss_after}};
  const auto cpu = o.cpu_us_per_delivery();
  const auto bytes = o.bytes_per_connection();
  v.append("cpu_us_per_delivery", cpu ? value(*cpu) : value());
  v.append("bytes_per_connection", bytes ? value(*bytes) : value());
  return v;
}

value acts_value(const outcome& o) {
  array all;
  for (const act& a : o.acts)
    all.push_back(object{{"name", a.name},
                         {"seconds", to_seconds(a.end - a.begin)},
                         {"expected", a.expected},
                         {"happened", a.happened},
                         {"lines_lost", a.lines_lost},
                         {"latency_us", to_value(a.latency)},
                         {"probes_us", to_value(a.probes)}});
  return all;
}

value timeline_value(const outcome& o) {
  array sent, delivered, p50, p99, max;
  for (const auto& p : o.pieces) {
    sent.push_back(p.sent);
    delivered.push_back(p.delivered);
    p50.push_back(micros(p.p50));
    p99.push_back(micros(p.p99));
    max.push_back(micros(p.max));
  }
  array samples;
  for (const auto& s : o.samples) samples.push_back(array{to_seconds(s.at), s.cpu_seconds, s.rss_bytes});
  return object{{"piece_seconds", to_seconds(o.piece_length)},
                {"sent", std::move(sent)},
                {"delivered", std::move(delivered)},
                {"p50_us", std::move(p50)},
                {"p99_us", std::move(p99)},
                {"max_us", std::move(max)},
                {"server_samples", std::move(samples)}};
}

value run_value(const outcome& o, const std::string& label) {
  const judgement j = judge_honesty(o);
  array remarks(j.remarks.begin(), j.remarks.end());
  return object{{"label", label},
                {"settings", settings_value(o.how)},
                {"connect", connects_value(o)},
                {"window_seconds", o.window_seconds},
                {"sent", o.counts.sent},
                {"sent_per_s", o.sent_per_second()},
                {"delivered", o.counts.delivered},
                {"delivered_per_s", o.per_second()},
                {"latency_us", to_value(o.counts.latency)},
                {"to_last_receiver_us", to_value(o.counts.completion)},
                {"late_sends_us", to_value(o.counts.lateness)},
                {"copies", copies_value(o.counts)},
                {"heartbeats", o.counts.heartbeats},
                {"bytes_in", o.counts.bytes_in},
                {"bytes_out", o.counts.bytes_out},
                {"server", server_value(o)},
                {"generator", object{{"busiest_thread_share", o.own.busiest_thread},
                                     {"machine_busy_share", o.own.machine_busy},
                                     {"was_the_bottleneck", j.generator_bound}}},
                {"acts", acts_value(o)},
                {"timeline", timeline_value(o)},
                {"errors", o.counts.errors()},
                {"interrupted", o.interrupted},
                {"failure", o.failure.empty() ? value() : value(o.failure)},
                {"remarks", std::move(remarks)}};
}

value ramp_value(const ramp& r) {
  array steps;
  for (const ramp_step& s : r.steps)
    steps.push_back(object{{"offered", s.offered},
                           {"achieved", s.achieved},
                           {"p50_us", s.p50_us},
                           {"p99_us", s.p99_us},
                           {"errors", s.errors},
                           {"verdict", std::string(bench::name_of(judge(s, r.bound_us)))}});
  const auto at = [&r](const std::optional<std::size_t>& i) { return i ? value(r.steps[*i].offered) : value(); };
  return object{{"unit", r.unit},
                {"bound_us", r.bound_us},
                {"steps", std::move(steps)},
                {"held_upto", at(r.reading.last_held)},
                {"broke_at", at(r.reading.first_broken)},
                {"why", std::string(bench::name_of(r.reading.why))},
                {"bend_at", at(r.reading.bend)},
                {"explanation", r.reading.explanation}};
}

}  // namespace

value to_value(const machine& m) {
  return object{{"cpu", m.cpu}, {"cores", m.cores}, {"memory_bytes", m.memory_bytes}, {"kernel", m.kernel}};
}

value to_value(const report& r) {
  array runs, pids;
  for (std::size_t i = 0; i < r.runs.size(); ++i)
    runs.push_back(run_value(r.runs[i], i < r.labels.size() ? r.labels[i] : std::string()));
  const settings how = r.runs.empty() ? settings() : r.runs.front().how;
  for (const int pid : how.server_pids) pids.push_back(pid);
  return object{{"format", "jackfield-bench/1"},
                {"version", r.version},
                {"made", r.made},
                {"machine", to_value(r.where)},
                {"target", object{{"url", how.line.to.url},
                                  {"loopback", how.line.to.loopback()},
                                  {"own_server", r.own_server},
                                  {"process", r.server_name},
                                  {"pids", std::move(pids)}}},
                {"scenario", std::string(name_of(how.what))},
                {"runs", std::move(runs)},
                {"ramp", r.climbed ? ramp_value(*r.climbed) : value()}};
}

std::string json_text(const value& v) {
  std::string text;
  std::vector<bytes_view> none;
  base::json::write(v, text, none);
  text += '\n';
  return text;
}

}  // namespace jackfield::bench
