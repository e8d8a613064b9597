// The report as one page: style and plots inside, no script, and a policy that lets it load nothing.
#include "base/log.hpp"
#include "plot.hpp"
#include "report.hpp"

#include <algorithm>

namespace jackfield::bench {

namespace {

constexpr std::string_view style = R"css(
:root { color-scheme: light dark; --bg: #f6f7f9; --card: #fff; --ink: #1c2430; --soft: #5b6675; --line: #dde2e9; --grid: #e8ecf1;
  --s0: #1f66c1; --s1: #b3541e; --s2: #8a2f8f; --s3: #1d7a4f; --warn: #8a5300; --warn-bg: #fff3dc; --bad: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --bg: #12161c; --card: #1a2028; --ink: #e6eaf0; --soft: #9aa6b5; --line: #2c3541;
  --grid: #262e39; --s0: #6aa9ff; --s1: #ff9d66; --s2: #e08ae6; --s3: #5fd0a0; --warn: #ffcf7d; --warn-bg: #33280f; --bad: #ff8a80; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--bg); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
main { max-width: 1180px; margin: 0 auto; padding: 24px 16px 48px; }
h1 { font-size: 22px; margin: 0; overflow-wrap: anywhere; }
h2 { font-size: 16px; margin: 32px 0 10px; }
.sub { color: var(--soft); margin: 4px 0 20px; overflow-wrap: anywhere; }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(140px, 1fr)); gap: 10px; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 12px 14px; }
.card b { display: block; font-size: 21px; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
.card span { color: var(--soft); font-size: 13px; }
.card.bad b { color: var(--bad); }
.remarks { background: var(--warn-bg); color: var(--warn); border-radius: 10px; padding: 10px 16px 10px 32px; margin: 16px 0 0; }
.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 330px), 1fr)); gap: 12px; margin-top: 16px; }
figure { margin: 0; background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 12px 12px 6px; }
figcaption { display: flex; flex-wrap: wrap; gap: 2px 14px; font-size: 14px; margin-bottom: 6px; }
.legend { display: flex; flex-wrap: wrap; gap: 2px 12px; color: var(--soft); font-size: 13px; }
.legend i { display: inline-block; width: 10px; height: 3px; border-radius: 2px; margin-right: 5px; vertical-align: middle; }
svg { display: block; width: 100%; height: auto; }
svg text { fill: var(--soft); font: 12px system-ui, sans-serif; }
.grid { stroke: var(--grid); } .limit { stroke: var(--bad); stroke-dasharray: 5 4; } .mark { stroke: var(--soft); stroke-dasharray: 2 3; }
polyline { fill: none; stroke-width: 1.8; stroke-linejoin: round; }
polyline.s0 { stroke: var(--s0); } polyline.s1 { stroke: var(--s1); } polyline.s2 { stroke: var(--s2); } polyline.s3 { stroke: var(--s3); }
circle.s0, i.s0 { fill: var(--s0); } circle.s1, i.s1 { fill: var(--s1); } circle.s2, i.s2 { fill: var(--s2); } circle.s3 { fill: var(--s3); }
i.s0 { background: var(--s0); } i.s1 { background: var(--s1); } i.s2 { background: var(--s2); } i.s3 { background: var(--s3); }
details { margin-top: 12px; } summary { cursor: pointer; padding: 8px 0; font-weight: 500; }
.tables { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 330px), 1fr)); gap: 12px; align-items: start; }
.table { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 4px 14px; overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: 14px; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: 6px 12px 6px 0; border-bottom: 1px solid var(--line); vertical-align: top; }
tr:last-child > * { border-bottom: 0; } th { font-weight: 500; color: var(--soft); }
td.n, th.n { text-align: right; white-space: nowrap; } td:last-child, th:last-child { padding-right: 0; }
)css";

std::string card(const std::string& number, std::string_view what, bool bad = false) {
  return std::string("<div class=\"card") + (bad ? " bad" : "") + "\"><b>" + html_escaped(number) + "</b><span>" +
         html_escaped(what) + "</span></div>\n";
}

std::string row(std::string_view label, const std::string& text) {
  return "<tr><th scope=\"row\">" + html_escaped(label) + "</th><td class=\"n\">" + html_escaped(text) + "</td></tr>\n";
}

std::string table(std::string_view heading, const std::string& rows) {
  return "<section><h2>" + html_escaped(heading) + "</h2><div class=\"table\"><table>" + rows + "</table></div></section>\n";
}

bool counts_connects(const outcome& o) { return o.how.what == scenario::churn || o.how.what == scenario::storm; }

std::string cards_of(const outcome& o) {
  std::string out;
  const tally& t = o.counts;
  if (o.how.what != scenario::idle)
    out += card(figure(o.per_second()) + "/s", counts_connects(o) ? "connects" : "messages delivered");
  if (o.how.what != scenario::churn) out += card(figure(std::uint64_t{o.connected}), "clients connected");
  const histogram& h = t.latency.count() ? t.latency : t.connect_time;
  const bool of_connects = t.latency.count() == 0;
  if (h.count()) {
    out += card(duration_text(h.percentile(0.5)), of_connects ? "to connect, p50" : "latency p50");
    out += card(duration_text(h.percentile(0.99)), of_connects ? "to connect, p99" : "latency p99");
    out += card(duration_text(h.percentile(0.999)), of_connects ? "to connect, p99.9" : "latency p99.9");
  }
  if (const auto us = o.cpu_us_per_delivery(); us && o.how.what != scenario::idle)
    out += card(figure(*us) + " us", counts_connects(o) ? "server CPU per connect" : "server CPU per message");
  if (const auto each = o.bytes_per_connection()) out += card(bytes_text(*each), "server memory per connection");
  out += card(figure(t.errors()), "errors: failed, lost, twice", t.errors() > 0);
  return out;
}

std::string remarks_of(const std::vector<std::string>& remarks) {
  if (remarks.empty()) return {};
  std::string out = "<ul class=\"remarks\">";
  for (const auto& remark : remarks) out += "<li>" + html_escaped(remark) + "</li>";
  return out + "</ul>\n";
}

plot over_time(const outcome& o) {
  plot p{counts_connects(o) ? "Connects a second" : "Messages a second",
         {"since the measuring began", axis_unit::seconds, {}},
         {},
         {},
         {},
         {}};
  p.lines = {{"delivered", {}}, {"sent", {}}};
  const double each = to_seconds(o.piece_length);
  for (const auto& piece : o.pieces) {
    p.lines[0].points.emplace_back(to_seconds(piece.at), static_cast<double>(piece.delivered) / each);
    p.lines[1].points.emplace_back(to_seconds(piece.at), static_cast<double>(piece.sent) / each);
  }
  return p;
}

plot latency_over_time(const outcome& o) {
  plot p{"Latency over time",
         {"since the measuring began", axis_unit::seconds, {}},
         {"", axis_unit::micros, axis_scale::logarithmic},
         {},
         {},
         {}};
  p.lines = {{"p50", {}}, {"p99", {}}, {"max", {}}};
  for (const auto& piece : o.pieces) {
    const double at = to_seconds(piece.at);
    p.lines[0].points.emplace_back(at, static_cast<double>(piece.p50) / 1e3);
    p.lines[1].points.emplace_back(at, static_cast<double>(piece.p99) / 1e3);
    p.lines[2].points.emplace_back(at, static_cast<double>(piece.max) / 1e3);
  }
  return p;
}

std::vector<std::pair<double, double>> percentile_curve(const histogram& h) {
  std::vector<std::pair<double, double>> points;
  const auto all = static_cast<double>(h.count());
  for (double x = 1; h.count() && x <= all; x *= 1.15) points.emplace_back(x, static_cast<double>(h.percentile(1 - 1 / x)) / 1e3);
  return points;
}

plot percentiles(const outcome& o) {
  plot p{"Latency by percentile",
         {"share of all that took no longer", axis_unit::percentile, axis_scale::logarithmic},
         {"", axis_unit::micros, axis_scale::logarithmic},
         {},
         {},
         {}};
  p.lines = {{o.counts.latency.count() ? "latency" : "to connect",
              percentile_curve(o.counts.latency.count() ? o.counts.latency : o.counts.connect_time)}};
  if (o.counts.completion.count() && o.how.what == scenario::cast)
    p.lines.push_back({"to the last receiver", percentile_curve(o.counts.completion)});
  if (o.counts.lateness.count()) p.lines.push_back({"sent late by", percentile_curve(o.counts.lateness)});
  return p;
}

std::string server_plots(const outcome& o) {
  plot memory{"Memory of the server",
              {"since the run began", axis_unit::seconds, {}},
              {"", axis_unit::bytes, {}},
              {{"resident", {}}},
              {},
              {}};
  plot cpu{
      "Processor time of the server", {"since the run began", axis_unit::seconds, {}}, {"", {}, {}}, {{"cores", {}}}, {}, {}};
  for (std::size_t i = 0; i < o.samples.size(); ++i) {
    memory.lines[0].points.emplace_back(to_seconds(o.samples[i].at), static_cast<double>(o.samples[i].rss_bytes));
    const double gap = i ? to_seconds(o.samples[i].at - o.samples[i - 1].at) : 0;
    if (gap < 0.1) continue;  // the kernel counts in hundredths
    cpu.lines[0].points.emplace_back(to_seconds(o.samples[i].at),
                                     (o.samples[i].cpu_seconds - o.samples[i - 1].cpu_seconds) / gap);
  }
  return to_figure(memory) + to_figure(cpu);
}

std::string settings_table(const outcome& o, const report& r) {
  const settings& s = o.how;
  std::string rows = row("scenario", std::string(name_of(s.what)));
  rows += row("transport", s.line.by == road::websocket ? "websocket"
                           : s.line.by == road::polling ? "polling"
                                                        : "polling, then upgrade");
  rows += row("connections", figure(std::uint64_t{s.connections}));
  rows += row("load", s.rate > 0                                              ? figure(s.rate) + "/s, open loop"
                      : s.what == scenario::idle || s.what == scenario::storm ? "none"
                                                                              : "closed loop");
  rows += row("payload", std::to_string(s.size) + " B");
  rows += row("warm-up, measured", figure(s.warmup) + " s, " + figure(o.window_seconds) + " s");
  rows += row("threads of the load generator", std::to_string(s.threads));
  rows += row("server", r.own_server            ? "own, in another process"
                        : r.server_name.empty() ? "not on this machine, or not visible"
                                                : r.server_name);
  rows += row("machine", r.where.cpu + ", " + std::to_string(r.where.cores) + " cores, " +
                             bytes_text(static_cast<double>(r.where.memory_bytes)));
  rows += row("kernel", r.where.kernel);
  return table("What was run", rows);
}

std::string counts_table(const outcome& o) {
  const tally& t = o.counts;
  std::string rows = row("connects tried", figure(t.attempts)) + row("connected", figure(t.connected));
  for (std::size_t i = 0; i < troubles; ++i)
    if (t.failures[i])
      rows += row("failed: " + std::string(name_of(static_cast<trouble>(i))) +
                      (t.words[i].empty() ? "" : ": " + base::escaped(t.words[i])),
                  figure(t.failures[i]));
  if (t.copies_expected) {
    rows += row("copies expected", figure(t.copies_expected)) + row("received", figure(t.copies_received)) +
            row("lost", figure(t.lost)) + row("twice", figure(t.twice)) + row("too late", figure(t.late)) +
            row("written off with their line", figure(t.written_off)) + row("malformed", figure(t.malformed));
  }
  rows += row("heartbeats answered", figure(t.heartbeats));
  rows += row("bytes in, out", bytes_text(static_cast<double>(t.bytes_in)) + ", " + bytes_text(static_cast<double>(t.bytes_out)));
  return table("What was counted", rows);
}

std::string use_table(const outcome& o) {
  std::string rows = row("generator's busiest thread", figure(100 * o.own.busiest_thread) + " % of a core");
  rows += row("machine busy", figure(100 * o.own.machine_busy) + " %");
  if (o.server) {
    const server_usage& s = *o.server;
    const double seconds = o.window_seconds > 0 ? o.window_seconds : 1;
    rows += row("server's CPU", figure(100 * s.in_window.cpu_seconds / seconds) + " % of a core");
    rows += row("server's busiest thread", figure(100 * s.in_window.busiest_thread / seconds) + " %");
    rows += row("memory before", bytes_text(static_cast<double>(s.rss_before)));
    rows += row("with everybody there", bytes_text(static_cast<double>(s.rss_connected)));
    rows += row("peak", bytes_text(static_cast<double>(s.rss_peak))) +
            row("at the end", bytes_text(static_cast<double>(s.rss_after)));
  }
  return table("What it took", rows);
}

std::string acts_table(const outcome& o) {
  if (o.acts.empty()) return {};
  std::string rows =
      "<tr><th>act</th><th class=\"n\">happened</th><th class=\"n\">took</th><th class=\"n\">p50</th><th class=\"n\">last</th>"
      "<th class=\"n\">probes max</th><th class=\"n\">lines lost</th></tr>\n";
  const auto cell = [](const std::string& t) { return "<td class=\"n\">" + html_escaped(t) + "</td>"; };
  for (const act& a : o.acts)
    rows += "<tr><td>" + html_escaped(a.name) + "</td>" + cell(figure(a.happened) + " of " + figure(a.expected)) +
            cell(duration_text(a.end - a.begin)) + cell(a.latency.count() ? duration_text(a.latency.percentile(0.5)) : "-") +
            cell(a.latency.count() ? duration_text(a.latency.max()) : "-") +
            cell(a.probes.count() ? duration_text(a.probes.max()) : "-") + cell(figure(a.lines_lost)) + "</tr>\n";
  return table("One after another", rows);
}

std::string ramp_section(const ramp& r) {
  plot latency{"Latency against load",
               {r.unit, {}, axis_scale::logarithmic},
               {"", axis_unit::micros, axis_scale::logarithmic},
               {},
               {},
               {}};
  plot achieved{"Achieved against offered", {r.unit + " offered", {}, {}}, {"", {}, {}}, {}, {}, {}};
  latency.lines = {{"p50", {}}, {"p99", {}}};
  achieved.lines = {{"achieved", {}}, {"offered", {}}};
  std::string rows = "<tr><th class=\"n\">" + html_escaped(r.unit) +
                     "</th><th class=\"n\">achieved</th><th class=\"n\">p50</th>"
                     "<th class=\"n\">p99</th><th class=\"n\">errors</th><th>verdict</th></tr>\n";
  const auto cell = [](const std::string& t) { return "<td class=\"n\">" + html_escaped(t) + "</td>"; };
  for (const ramp_step& s : r.steps) {
    latency.lines[0].points.emplace_back(s.offered, s.p50_us);
    latency.lines[1].points.emplace_back(s.offered, s.p99_us);
    achieved.lines[0].points.emplace_back(s.offered, s.achieved);
    achieved.lines[1].points.emplace_back(s.offered, s.offered);
    rows += "<tr>" + cell(figure(s.offered)) + cell(figure(s.achieved)) + cell(duration_text(to_nanos(s.p50_us / 1e6))) +
            cell(duration_text(to_nanos(s.p99_us / 1e6))) + cell(figure(s.errors)) + "<td>" +
            html_escaped(name_of(judge(s, r.bound_us))) + "</td></tr>\n";
  }
  latency.limit = {r.bound_us, "bound of p99"};
  if (r.reading.bend) latency.mark = {r.steps[*r.reading.bend].offered, "bend"};
  return "<p>" + html_escaped(r.reading.explanation) + "</p><div class=\"plots\">" + to_figure(latency) + to_figure(achieved) +
         "</div>" + table("Steps", rows);
}

std::string run_section(const outcome& o, const report& r) {
  std::string out =
      "<div class=\"cards\">" + cards_of(o) + "</div>" + remarks_of(judge_honesty(o).remarks) + "<div class=\"plots\">";
  if (o.how.what != scenario::idle) out += to_figure(over_time(o)) + to_figure(latency_over_time(o));
  out += to_figure(percentiles(o)) + server_plots(o) + "</div>" + acts_table(o);
  return out + "<div class=\"tables\">" + settings_table(o, r) + counts_table(o) + use_table(o) + "</div>";
}

}  // namespace

std::string html_escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\'': out += "&#39;"; break;
      default: out += static_cast<unsigned char>(c) < ' ' || c == 127 ? ' ' : c;
    }
  }
  return out;
}

std::string to_html(const report& r) {
  const settings how = r.runs.empty() ? settings() : r.runs.front().how;
  const std::string title = std::string(name_of(how.what)) + " against " + how.line.to.url;
  std::string out =
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>" +
      html_escaped(title) + "</title><style>" + std::string(style) + "</style></head><body><main>\n<h1>" + html_escaped(title) +
      "</h1><p class=\"sub\">jackfield bench " + html_escaped(r.version) + ", " + html_escaped(r.made) + "</p>\n";
  if (r.climbed) out += ramp_section(*r.climbed);
  for (std::size_t i = 0; i < r.runs.size(); ++i) {
    const bool one_of_many = r.climbed.has_value();
    if (one_of_many) out += "<details><summary>" + html_escaped(i < r.labels.size() ? r.labels[i] : "") + "</summary>";
    out += run_section(r.runs[i], r) + (one_of_many ? "</details>" : "");
  }
  return out + "</main></body></html>\n";
}

}  // namespace jackfield::bench
