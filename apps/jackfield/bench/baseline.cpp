#include "baseline.hpp"

#include "base/json.hpp"
#include "report.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace jackfield::bench {

namespace {

constexpr std::string_view format = "jackfield-capacity/1";

value or_null(const std::optional<double>& d) { return d ? value(*d) : value(); }
std::optional<double> number_at(const value& v, std::string_view key) {
  return v[key].is_number() ? std::optional(v[key].number_or(0)) : std::nullopt;
}

value to_value(const load_point& p) {
  return object{{"sent_per_s", p.sent_per_s},
                {"delivered_per_s", p.delivered_per_s},
                {"p50_us", p.p50_us},
                {"p99_us", p.p99_us},
                {"cpu_us_per_delivery", or_null(p.cpu_us_per_delivery)},
                {"server_cpu_share", or_null(p.server_cpu_share)}};
}

load_point point_of(const value& v) {
  return {v["sent_per_s"].number_or(0), v["delivered_per_s"].number_or(0),   v["p50_us"].number_or(0),
          v["p99_us"].number_or(0),     number_at(v, "cpu_us_per_delivery"), number_at(v, "server_cpu_share")};
}

value to_value(const message_capacity& m) {
  return object{{"scenario", m.scenario},
                {"connections", m.connections},
                {"size", m.size},
                {"rooms", m.rooms},
                {"copies_per_message", m.copies_per_message},
                {"max", to_value(m.most)},
                {"average", to_value(m.average)},
                {"limited_by", m.limited_by}};
}

message_capacity capacity_of(const value& v) {
  message_capacity m;
  m.scenario = v["scenario"].text_or("");
  m.connections = static_cast<unsigned>(v["connections"].number_or(0));
  m.size = static_cast<unsigned>(v["size"].number_or(0));
  m.rooms = static_cast<unsigned>(v["rooms"].number_or(0));
  m.copies_per_message = v["copies_per_message"].number_or(1);
  m.most = point_of(v["max"]);
  m.average = point_of(v["average"]);
  m.limited_by = v["limited_by"].text_or("");
  return m;
}

machine machine_of(const value& v) {
  machine m;
  m.cpu = v["cpu"].text_or("");
  m.cores = static_cast<unsigned>(v["cores"].number_or(0));
  m.memory_bytes = static_cast<std::uint64_t>(v["memory_bytes"].number_or(0));
  m.kernel = v["kernel"].text_or("");
  return m;
}

enum class good : std::uint8_t { more, less };

class comparer {
 public:
  comparer(double tolerance, comparison& out) : tolerance_(tolerance), out_(out) {}

  void figure(const std::string& what, double before, double now, good direction) {
    change c{what, before, now, change::kind::same};
    if (before > 0 && now > 0) {
      const double grown = now / before - 1, better = direction == good::more ? grown : -grown;
      if (better > tolerance_) c.verdict = change::kind::better;
      // What may fall to a half is as bad as what may grow to twice: measured from the larger one.
      const double loss = direction == good::more ? before / now - 1 : grown;
      if (loss > tolerance_) c.verdict = change::kind::worse;
    }
    if (before > 0 && now <= 0 && direction == good::more) c.verdict = change::kind::worse;  // nothing held at all
    out_.changes.push_back(c);
  }
  void figure(const std::string& what, const std::optional<double>& before, const std::optional<double>& now, good direction) {
    if (before && now) return figure(what, *before, *now, direction);
    if (before || now) out_.remarks.push_back(what + " stands in one of the two only.");
  }

 private:
  double tolerance_;
  comparison& out_;
};

bool of_generator(std::string_view limit) noexcept { return limit == "generator" || limit == "descriptors" || limit == "end"; }

void compare_connections(const baseline& before, const baseline& now, comparer& c, comparison& out) {
  if (!before.connections || !now.connections) {
    if (before.connections || now.connections) out.remarks.push_back("connections were measured in one of the two only.");
    return;
  }
  const connection_capacity &a = *before.connections, &b = *now.connections;
  if (of_generator(a.limited_by) && of_generator(b.limited_by) && a.most != b.most)
    out.remarks.push_back("the number of connections was not the server's limit in either: not judged.");
  else
    c.figure("connections", static_cast<double>(a.most), static_cast<double>(b.most), good::more);
  c.figure("bytes per connection", a.bytes_per_connection, b.bytes_per_connection, good::less);
  c.figure("us CPU per connect", a.cpu_us_per_connect, b.cpu_us_per_connect, good::less);
}

void compare_messages(const message_capacity& a, const message_capacity& b, comparer& c, comparison& out) {
  if (a.connections != b.connections || a.size != b.size || a.rooms != b.rooms) {
    out.remarks.push_back(a.scenario + " was run with other connections, sizes or rooms: not compared.");
    return;
  }
  if (of_generator(a.limited_by) || of_generator(b.limited_by))
    out.remarks.push_back(a.scenario + ": the most was limited by the load generator: not judged.");
  else
    c.figure(a.scenario + " messages/s", a.most.sent_per_s, b.most.sent_per_s, good::more);
  c.figure(a.scenario + " us CPU per delivery", a.most.cpu_us_per_delivery, b.most.cpu_us_per_delivery, good::less);
}

}  // namespace

value to_value(const baseline& b) {
  value connections;
  if (b.connections)
    connections = object{{"max", b.connections->most},
                         {"limited_by", b.connections->limited_by},
                         {"probe_p99_us", b.connections->probe_p99_us},
                         {"bytes_per_connection", or_null(b.connections->bytes_per_connection)},
                         {"cpu_us_per_connect", or_null(b.connections->cpu_us_per_connect)}};
  array messages;
  for (const auto& m : b.messages) messages.push_back(to_value(m));
  return object{{"format", std::string(format)},
                {"version", b.version},
                {"made", b.made},
                {"machine", to_value(b.where)},
                {"target", object{{"url", b.url}, {"process", b.server_name}, {"own_server", b.own_server}}},
                {"bound", object{{"percentile", 99}, {"latency_us", b.bound_us}}},
                {"connections", std::move(connections)},
                {"messages", std::move(messages)}};
}

std::optional<baseline> read_baseline(std::string_view json, std::string& why) {
  value v;
  if (!base::json::parse(json, v)) {
    why = "it is no JSON";
    return std::nullopt;
  }
  if (v["format"].text_or("") != format) {
    why = "its \"format\" is not \"" + std::string(format) + "\"";
    return std::nullopt;
  }
  if (!v["messages"].is_array() || !v["machine"].is_object() || !v["bound"]["latency_us"].is_number()) {
    why = "\"messages\", \"machine\" or \"bound\" is missing or of the wrong kind";
    return std::nullopt;
  }
  baseline b;
  b.version = v["version"].text_or("");
  b.made = v["made"].text_or("");
  b.url = v["target"]["url"].text_or("");
  b.server_name = v["target"]["process"].text_or("");
  b.own_server = v["target"]["own_server"].bool_or(false);
  b.where = machine_of(v["machine"]);
  b.bound_us = v["bound"]["latency_us"].number_or(0);
  if (const value& c = v["connections"]; c.is_object()) {
    b.connections.emplace();
    b.connections->most = static_cast<std::uint64_t>(c["max"].number_or(0));
    b.connections->limited_by = c["limited_by"].text_or("");
    b.connections->probe_p99_us = c["probe_p99_us"].number_or(0);
    b.connections->bytes_per_connection = number_at(c, "bytes_per_connection");
    b.connections->cpu_us_per_connect = number_at(c, "cpu_us_per_connect");
  }
  for (const value& m : *v["messages"].if_array()) b.messages.push_back(capacity_of(m));
  return b;
}

bool comparison::regressed() const noexcept {
  return std::any_of(changes.begin(), changes.end(), [](const change& c) { return c.verdict == change::kind::worse; });
}

comparison compare(const baseline& before, const baseline& now, double tolerance) {
  comparison out;
  if (before.where.cpu != now.where.cpu || before.where.cores != now.where.cores)
    out.remarks.push_back("the machines differ (" + before.where.cpu + ", " + std::to_string(before.where.cores) +
                          " cores; now " + now.where.cpu + ", " + std::to_string(now.where.cores) +
                          " cores): differences may be theirs.");
  if (before.bound_us != now.bound_us) out.remarks.push_back("the bounds of latency differ.");
  comparer c(tolerance, out);
  compare_connections(before, now, c, out);
  for (const auto& a : before.messages) {
    const auto b =
        std::find_if(now.messages.begin(), now.messages.end(), [&a](const auto& m) { return m.scenario == a.scenario; });
    if (b != now.messages.end())
      compare_messages(a, *b, c, out);
    else
      out.remarks.push_back(a.scenario + " was not measured this time.");
  }
  return out;
}

std::string to_text(const comparison& c, double tolerance) {
  char text[200];
  std::snprintf(text, sizeof text, "compared with the baseline (tolerance %.0f %%)\n", 100 * tolerance);
  std::string out = text;
  for (const change& one : c.changes) {
    const char* word = one.verdict == change::kind::worse ? "WORSE" : one.verdict == change::kind::better ? "better" : "";
    std::snprintf(text, sizeof text, "  %-32s %14s -> %14s  %+6.1f %%  %s\n", one.what.c_str(), figure(one.before).c_str(),
                  figure(one.now).c_str(), one.before > 0 ? 100 * (one.now / one.before - 1) : 0.0, word);
    out += text;
  }
  for (const auto& remark : c.remarks) out += "  ! " + remark + "\n";
  return out;
}

std::string to_text(const baseline& b) {
  std::string out = "capacity of " + b.url + " with p99 of at most " + duration_text(to_nanos(b.bound_us / 1e6)) + "\n";
  if (b.connections) {
    out += "  connections       " + figure(b.connections->most) + ", limited by " + b.connections->limited_by;
    if (b.connections->bytes_per_connection) out += "; " + bytes_text(*b.connections->bytes_per_connection) + " each";
    if (b.connections->cpu_us_per_connect) out += ", " + figure(*b.connections->cpu_us_per_connect) + " us CPU to connect";
    out += "\n";
  }
  for (const auto& m : b.messages) {
    std::string name = m.scenario;
    name.resize(std::max<std::size_t>(name.size(), 16), ' ');
    out += "  " + name + "  " + figure(m.most.sent_per_s) + " messages/s";
    if (m.copies_per_message > 1) out += ", " + figure(m.most.delivered_per_s) + " deliveries/s";
    out += ", p99 " + duration_text(to_nanos(m.most.p99_us / 1e6));
    if (m.most.cpu_us_per_delivery) out += ", " + figure(*m.most.cpu_us_per_delivery) + " us CPU per delivery";
    out += "; limited by " + m.limited_by + "\n";
    out += "    at half of it   p50 " + duration_text(to_nanos(m.average.p50_us / 1e6)) + ", p99 " +
           duration_text(to_nanos(m.average.p99_us / 1e6));
    if (m.average.server_cpu_share) out += ", server at " + figure(100 * *m.average.server_cpu_share) + " % of a core";
    out += "\n";
  }
  return out;
}

}  // namespace jackfield::bench
