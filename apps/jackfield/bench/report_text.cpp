// The report for a terminal: one fact a line, what is not so in words.
#include "report.hpp"

#include <cstdio>

namespace jackfield::bench {

namespace {

std::string line(std::string_view label, const std::string& text) {
  std::string out = "  ";
  out += label;
  out.append(out.size() < 24 ? 24 - out.size() : 1, ' ');
  return out + text + "\n";
}

std::string percentiles(const histogram& h) {
  return "p50 " + duration_text(h.percentile(0.5)) + "   p90 " + duration_text(h.percentile(0.9)) + "   p99 " +
         duration_text(h.percentile(0.99)) + "   p99.9 " + duration_text(h.percentile(0.999)) + "   max " +
         duration_text(h.max());
}

std::string load_of(const settings& s) {
  if (s.what == scenario::idle) return figure(s.seconds) + " s held";
  if (s.what == scenario::storm)
    return std::to_string(s.rounds) + " rounds, " +
           (s.backoff == backoff::client ? "pauses as the official client makes them" : "everybody back at once");
  if (s.what == scenario::chat)
    return figure(s.rate) + " acts/s in " + figure(std::uint64_t{s.rooms_or_usual()}) + " rooms, open loop";
  const std::string unit = s.what == scenario::churn ? " connects/s" : " messages/s";
  std::string text = s.rate > 0 ? figure(s.rate) + unit + ", open loop" : "closed loop";
  if (s.what == scenario::churn) return text;
  if (s.rate == 0) text += ", " + std::to_string(s.in_flight) + " in flight per sender";
  text += ", " + figure(std::uint64_t{s.senders_or_usual()}) + (s.senders_or_usual() == 1 ? " sender" : " senders");
  if (s.what == scenario::room) text += ", " + figure(std::uint64_t{s.rooms_or_usual()}) + " rooms";
  return text + ", " + std::to_string(s.size) + " bytes";
}

std::string copies_text(const tally& t) {
  std::string text = figure(t.copies_received) + " of " + figure(t.copies_expected) + " expected; lost " + figure(t.lost) +
                     ", twice " + figure(t.twice);
  if (t.late) text += ", too late " + figure(t.late);
  if (t.malformed) text += ", malformed " + figure(t.malformed);
  if (t.written_off) text += ", written off with a line that was cut " + figure(t.written_off);
  return text;
}

std::string server_text(const outcome& o) {
  const server_usage& s = *o.server;
  const double seconds = o.window_seconds > 0 ? o.window_seconds : 1;
  std::string text = figure(100 * s.in_window.cpu_seconds / seconds) + " % of a core";
  if (const auto us = o.cpu_us_per_delivery())
    text += ", " + figure(*us) +
            (o.how.what == scenario::churn || o.how.what == scenario::storm ? " us per connect" : " us per message");
  return text;
}

std::string memory_text(const outcome& o) {
  const server_usage& s = *o.server;
  std::string text = bytes_text(static_cast<double>(s.rss_connected)) + " with everybody there";
  if (const auto each = o.bytes_per_connection()) text += ", " + bytes_text(*each) + " per connection";
  return text + "; peak " + bytes_text(static_cast<double>(s.rss_peak)) + ", at the end " +
         bytes_text(static_cast<double>(s.rss_after));
}

std::string act_text(const act& a) {
  std::string text = figure(a.happened) + " of " + figure(a.expected) + " in " + duration_text(a.end - a.begin);
  if (a.latency.count())
    text += "   p50 " + duration_text(a.latency.percentile(0.5)) + "   p99 " + duration_text(a.latency.percentile(0.99)) +
            "   last " + duration_text(a.latency.max());
  if (a.probes.count())
    text += "   probes p50 " + duration_text(a.probes.percentile(0.5)) + ", max " + duration_text(a.probes.max());
  if (a.lines_lost) text += "   lines lost " + figure(a.lines_lost);
  return text;
}

std::string run_text(const outcome& o) {
  std::string out = line("load", load_of(o.how));
  const tally& t = o.counts;
  if (o.how.what != scenario::churn)
    out += line("connected", figure(std::uint64_t{o.connected}) + " of " + figure(std::uint64_t{o.how.connections}) + " in " +
                                 duration_text(to_nanos(o.connect_seconds)) + "; at the end " +
                                 figure(std::uint64_t{o.still_there}));
  if (t.connect_time.count()) out += line("connecting took", percentiles(t.connect_time));
  out += line("failures", failures_text(t));
  const bool connects = o.how.what == scenario::churn || o.how.what == scenario::storm;
  if (t.sent || t.delivered)
    out += line(connects ? "connects" : "delivered", figure(o.per_second()) + "/s   (" + figure(t.delivered) + " in " +
                                                         figure(o.window_seconds) + " s; meant " + figure(o.sent_per_second()) +
                                                         "/s)");
  if (t.latency.count()) out += line("latency", percentiles(t.latency));
  if (t.completion.count() && (o.how.what == scenario::cast || o.how.what == scenario::room))
    out += line("to the last receiver", percentiles(t.completion));
  if (t.lateness.count()) out += line("sent late by", percentiles(t.lateness));
  if (t.copies_expected) out += line("copies", copies_text(t));
  if (t.heartbeats) out += line("heartbeats", figure(t.heartbeats));
  for (const act& a : o.acts) out += line(a.name, act_text(a));
  if (o.server) {
    out += line("server CPU", server_text(o));
    out += line("server memory", memory_text(o));
  }
  out += line("this generator",
              figure(100 * o.own.busiest_thread) + " % of a core; machine " + figure(100 * o.own.machine_busy) + " % busy");
  for (const auto& remark : judge_honesty(o).remarks) out += "  ! " + remark + "\n";
  return out;
}

std::string ramp_text(const ramp& r) {
  char text[160];
  std::snprintf(text, sizeof text, "  %14s %14s %12s %12s %8s  %s\n", r.unit.c_str(), "achieved", "p50 ms", "p99 ms", "errors",
                "");
  std::string out = text;
  for (std::size_t i = 0; i < r.steps.size(); ++i) {
    const ramp_step& s = r.steps[i];
    std::snprintf(text, sizeof text, "  %14s %14s %12s %12s %8s  %s%s\n", figure(s.offered).c_str(), figure(s.achieved).c_str(),
                  figure(s.p50_us / 1000).c_str(), figure(s.p99_us / 1000).c_str(), figure(s.errors).c_str(),
                  std::string(name_of(judge(s, r.bound_us))).c_str(), r.reading.bend == i ? ", latency bends here" : "");
    out += text;
  }
  return out + "\n  " + r.reading.explanation + "\n";
}

}  // namespace

std::string to_text(const report& r) {
  if (r.runs.empty()) return "nothing was run\n";
  const settings& how = r.runs.front().how;
  std::string out = std::string(name_of(how.what)) + " against " + how.line.to.url;
  if (r.own_server)
    out += " (a server of its own, in another process)";
  else if (!r.server_name.empty())
    out += " (" + r.server_name + ", pid " + std::to_string(how.server_pids.front()) + ")";
  out += "\n";
  if (r.climbed) return out + ramp_text(*r.climbed);
  return out + run_text(r.runs.front());
}

}  // namespace jackfield::bench
