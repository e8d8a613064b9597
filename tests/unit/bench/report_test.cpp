// Reports: honest remarks, JSON that is read again, HTML that no name can break, plots.
#include "bench/report.hpp"

#include "base/json.hpp"
#include "bench/plot.hpp"

#include <gtest/gtest.h>

namespace jackfield::bench {
namespace {

constexpr const char* hostile = "\"'><script>alert(1)</script><img src=x onerror=alert(2)>&amp;\x01\n</style>";

/// A run as it comes out: ten messages a millisecond apart.
outcome some_outcome() {
  outcome o;
  o.how.what = scenario::cast;
  o.how.line.to.url = "http://127.0.0.1:3000";
  o.how.rate = 100;
  o.connected = o.still_there = 1000;
  o.window_seconds = 2;
  o.piece_length = second;
  o.counts.sent = 10;
  o.counts.delivered = o.counts.copies_expected = o.counts.copies_received = 10'000;
  o.counts.attempts = o.counts.connected = 1000;
  for (nanos i = 1; i <= 10; ++i) {
    o.counts.latency.record(i * millisecond, 1000);
    o.counts.completion.record(i * 2 * millisecond);
    o.counts.connect_time.record(i * millisecond, 100);
  }
  o.pieces = {{second, 5, 5000, millisecond, 2 * millisecond, 3 * millisecond},
              {2 * second, 5, 5000, millisecond, 2 * millisecond, 3 * millisecond}};
  o.server.emplace();
  o.server->in_window.cpu_seconds = 0.5;
  o.server->in_window.busiest_thread = 0.5;
  o.server->rss_before = 10 << 20;
  o.server->rss_connected = 12 << 20;
  o.server->connect_cpu_seconds = 0.1;
  o.samples = {{0, 0.1, 10 << 20}, {second, 0.4, 12 << 20}, {2 * second, 0.6, 12 << 20}};
  return o;
}

report some_report() {
  report r;
  r.version = "1.2.3";
  r.made = iso_time(1'795'636'800);
  r.where = {"a processor", 2, 8ull << 30, "Linux"};
  r.runs.push_back(some_outcome());
  return r;
}

bool any_has(const std::vector<std::string>& all, std::string_view part) {
  for (const auto& one : all)
    if (one.find(part) != std::string::npos) return true;
  return false;
}

TEST(Outcome, FiguresPerMessageConnectAndConnection) {
  const outcome o = some_outcome();
  EXPECT_DOUBLE_EQ(*o.cpu_us_per_delivery(), 50);
  EXPECT_DOUBLE_EQ(*o.cpu_us_per_connect(), 100);
  EXPECT_DOUBLE_EQ(*o.bytes_per_connection(), (2 << 20) / 1000.0);
  EXPECT_DOUBLE_EQ(o.per_second(), 5000);
  EXPECT_DOUBLE_EQ(o.copies_per_message(), 1000);
  outcome few = o;
  few.connected = 10;  // a process moves more than ten connections weigh
  EXPECT_FALSE(few.bytes_per_connection());
  outcome far = o;
  far.server.reset();
  EXPECT_FALSE(far.cpu_us_per_delivery());
}

TEST(Honesty, ABusyGeneratorBesideAnIdleServerIsTheBottleneck) {
  outcome o = some_outcome();
  EXPECT_FALSE(judge_honesty(o).generator_bound);
  EXPECT_TRUE(judge_honesty(o).remarks.empty());
  o.own.busiest_thread = 0.97;
  EXPECT_TRUE(judge_honesty(o).generator_bound);
  EXPECT_TRUE(any_has(judge_honesty(o).remarks, "the bottleneck"));
  o.server->in_window.busiest_thread = 1.99;  // of two seconds
  EXPECT_FALSE(judge_honesty(o).generator_bound);
  EXPECT_TRUE(any_has(judge_honesty(o).remarks, "Both"));
  o.server.reset();  // elsewhere: nobody knows
  EXPECT_TRUE(judge_honesty(o).generator_bound);
}

TEST(Honesty, SendsThatLeftLateAreSaid) {
  outcome o = some_outcome();
  o.counts.lateness.record(10 * microsecond, 1000);
  EXPECT_TRUE(judge_honesty(o).remarks.empty());
  o.counts.lateness.record(8 * millisecond, 100);
  EXPECT_TRUE(any_has(judge_honesty(o).remarks, "after its time"));
  EXPECT_TRUE(judge_honesty(o).generator_bound);  // most of 10 ms
}

TEST(Honesty, InterruptionsStrangersAndFailuresAreSaid) {
  outcome o = some_outcome();
  o.interrupted = true;
  o.counts.foreign = 3;
  o.failure = "Nobody could connect.";
  o.own.machine_busy = 0.99;
  const auto remarks = judge_honesty(o).remarks;
  EXPECT_TRUE(any_has(remarks, "Interrupted"));
  EXPECT_TRUE(any_has(remarks, "somebody else"));
  EXPECT_TRUE(any_has(remarks, "Nobody could connect."));
  EXPECT_TRUE(any_has(remarks, "All cores"));
}

TEST(Report, TextSaysTheFigures) {
  const std::string text = to_text(some_report());
  for (const char* part : {"cast against http://127.0.0.1:3000", "5,000/s", "10,000 of 10,000", "lost 0, twice 0",
                           "to the last receiver", "50.0 us per message", "failures", "none"})
    EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
}

TEST(Report, JsonIsReadAgain) {
  value v;
  ASSERT_TRUE(base::json::parse(json_text(to_value(some_report())), v));
  EXPECT_EQ(v["format"].text_or(""), "jackfield-bench/1");
  EXPECT_EQ(v["made"].text_or(""), "2026-11-25T20:00:00Z");
  const value& run = (*v["runs"].if_array())[0];
  EXPECT_EQ(run["copies"]["lost"].number_or(-1), 0);
  EXPECT_EQ(run["delivered"].number_or(0), 10'000);
  EXPECT_NEAR(run["latency_us"]["p50"].number_or(0), 5000, 5);
  EXPECT_EQ(run["server"]["cpu_us_per_delivery"].number_or(0), 50);
  EXPECT_FALSE(run["generator"]["was_the_bottleneck"].bool_or(true));
  EXPECT_TRUE(v["ramp"].is_null());
}

// Everything that comes from outside: the URL, the process, the processor; and labels and acts, which are ours today.
report hostile_report() {
  report r = some_report();
  r.version = r.server_name = r.where.cpu = r.where.kernel = hostile;
  r.labels = {hostile};
  outcome& o = r.runs[0];
  o.how.line.to.url = o.failure = hostile;
  o.acts.resize(1);
  o.acts[0].name = hostile;
  r.climbed.emplace();
  r.climbed->unit = r.climbed->reading.explanation = hostile;
  r.climbed->bound_us = 1000;
  for (double load = 1; load < 5; ++load) r.climbed->steps.push_back({load, load, 1, load, 0, false});
  return r;
}

TEST(Report, NoNameBreaksThePage) {
  const std::string page = to_html(hostile_report());
  for (const char* part : {"<script", "<img", "onerror=alert(2)>", "&amp;amp;amp"})
    EXPECT_EQ(page.find(part), std::string::npos) << part;
  EXPECT_NE(page.find("&lt;script&gt;alert(1)&lt;/script&gt;"), std::string::npos);
  EXPECT_NE(page.find("&quot;&#39;&gt;"), std::string::npos);
  EXPECT_EQ(page.find("</style>"), page.rfind("</style>"));
  EXPECT_EQ(page.find('\x01'), std::string::npos);
}

TEST(Report, NoNameBreaksTheJson) {
  value v;
  ASSERT_TRUE(base::json::parse(json_text(to_value(hostile_report())), v));
  EXPECT_EQ(v["target"]["process"].text_or(""), hostile);
}

TEST(Report, ThePageNeedsNothingButItself) {
  const std::string page = to_html(some_report());
  for (const char* part : {"src=", "href=", "url(", "@import", "<script", "<link"})
    EXPECT_EQ(page.find(part), std::string::npos) << part;
  EXPECT_NE(page.find("default-src 'none'"), std::string::npos);
  EXPECT_NE(page.find("<svg"), std::string::npos);
  EXPECT_NE(page.find("Memory of the server"), std::string::npos);
}

TEST(Report, NothingRunIsNoCrash) {
  report r;
  EXPECT_FALSE(to_text(r).empty());
  EXPECT_FALSE(to_html(r).empty());
  r.runs.emplace_back();
  EXPECT_FALSE(to_text(r).empty());
  EXPECT_FALSE(to_html(r).empty());
  value v;
  EXPECT_TRUE(base::json::parse(json_text(to_value(r)), v));
}

TEST(Figures, AsPeopleReadThem) {
  EXPECT_EQ(figure(std::uint64_t{1'234'567}), "1,234,567");
  EXPECT_EQ(figure(std::uint64_t{999}), "999");
  EXPECT_EQ(figure(0.0), "0.00");
  EXPECT_EQ(figure(1234.6), "1,235");
  EXPECT_EQ(figure(12.34), "12.3");
  EXPECT_EQ(figure(-12.34), "-12.3");
  EXPECT_EQ(duration_text(1500), "1.50 us");
  EXPECT_EQ(duration_text(45 * millisecond), "45.0 ms");
  EXPECT_EQ(duration_text(2 * second), "2.00 s");
  EXPECT_EQ(bytes_text(1536), "1.50 KiB");
}

TEST(Plot, TicksAreRound) {
  EXPECT_EQ(ticks_between(0, 100, axis_scale::linear, 6), (std::vector<double>{0, 20, 40, 60, 80, 100}));
  EXPECT_EQ(ticks_between(1, 1000, axis_scale::logarithmic, 6), (std::vector<double>{1, 10, 100, 1000}));
  EXPECT_LE(ticks_between(0, 987'654, axis_scale::linear, 6).size(), 7u);
  EXPECT_TRUE(ticks_between(5, 5, axis_scale::linear, 6).empty());
}

TEST(Plot, StaysInItsFrameWhateverTheValues) {
  plot p{"t", {"x", {}, axis_scale::logarithmic}, {"y", axis_unit::micros, axis_scale::logarithmic}, {}, {}, {}};
  p.lines = {{"a", {{0, 5}, {1, 0}, {10, 1e9}, {100, 1e-3}, {1000, 7}}}};
  const std::string svg = to_figure(p);
  ASSERT_FALSE(svg.empty());
  EXPECT_EQ(svg.find("nan"), std::string::npos);
  EXPECT_EQ(svg.find("inf"), std::string::npos);
  EXPECT_EQ(svg.find("\"-"), std::string::npos);  // no negative coordinate
}

TEST(Plot, OnePointIsNoLine) {
  plot p{"t", {}, {}, {{"a", {{1, 1}}}}, {}, {}};
  EXPECT_EQ(to_figure(p), "");
}

}  // namespace
}  // namespace jackfield::bench
