#include "commands.hpp"

#include "base/json.hpp"
#include "base/log.hpp"
#include "baseline.hpp"
#include "capacity.hpp"
#include "own_server.hpp"
#include "ramp.hpp"
#include "stamp.hpp"

#include <CLI/CLI.hpp>

#include <csignal>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <optional>
#include <stdexcept>

namespace jackfield::bench {

namespace {

constexpr int failed = 1, wrong_usage = 2, was_interrupted = 130;

std::atomic<bool> interrupted{false};

// The second signal does what it would have done.
void end_in_order() {
  struct sigaction action {};
  action.sa_handler = [](int) { interrupted = true; };
  action.sa_flags = SA_RESETHAND;
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
}

/// What cannot be asked for: status 2.
struct usage_error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

void write_file(const std::string& path, const std::string& text) {
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out << text;
  out.close();
  if (!out) throw std::runtime_error("cannot write " + path);
}

std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw std::runtime_error("cannot read " + path);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

struct commands::impl {
  impl() { how.line.tls.resume = false; }

  CLI::App *bench = nullptr, *capacity = nullptr, *serve = nullptr;
  settings how;
  std::string scenario_or_url = "echo", url, transport = "websocket", spacing = "even", backoff = "client";
  bool yes_mine = false, tls_insecure = false;
  double connect_timeout = 10;
  std::vector<int> pids;
  std::string json, html;
  std::string ramp;
  ramp_plan steps;
  double bound_ms = 50;
  // capacity
  std::vector<std::string> scenarios{"echo", "cast", "room"};
  unsigned most_connections = 20'000;
  double highest_rate = 5e6;
  bool no_connections = false;
  double step_seconds = 2;
  std::string baseline_path, compare_path;
  double tolerance = 15;
  // serve
  contract_options contract;

  std::optional<own_server> own;
  std::string server_name;

  void add_target(CLI::App& app);
  void add_run(CLI::App& app);
  void add_load(CLI::App& app);
  void add_ramp(CLI::App& app);
  void add_capacity(CLI::App& app);
  void take_words();
  void choose_target();
  int run_bench();
  int run_capacity();
  report new_report() const;
};

void commands::impl::add_target(CLI::App& app) {
  app.add_option("url", url, "http:// or https://HOST:PORT of the server; left out: a server of its own, in another process");
  app.add_option("--transport", transport, "websocket, polling, or upgrade (polling first, as browsers do)")
      ->capture_default_str()
      ->check(CLI::IsMember({"websocket", "polling", "upgrade"}));
  app.add_option("--nsp", how.line.nsp, "Namespace")->capture_default_str();
  app.add_option("--auth", how.line.auth, "JSON that each client sends when it connects to the namespace");
  app.add_option("--tls-ca", how.line.tls.ca_file,
                 "https: PEM file of who may vouch for the server, instead of the machine's authorities")
      ->check(CLI::ExistingFile);
  app.add_flag("--tls-insecure", tls_insecure, "https: do not check the server's certificate");
  app.add_flag("--tls-resume", how.line.tls.resume,
               "https: resume earlier TLS sessions, as browsers do; else every handshake is a full one");
  app.add_option("--server-pid", pids, "Process of the server, if not the one that listens on the port; may be repeated");
  app.add_flag("--i-own-this-server", yes_mine, "Needed for any server that is not on this machine's loopback");
  app.add_option("--connect-timeout", connect_timeout, "Seconds until a client that is not in its namespace has failed")
      ->capture_default_str()
      ->check(CLI::Range(0.1, 600.0));
  app.add_option("--size", how.size, "Bytes of a payload")->capture_default_str()->check(CLI::Range(1u, 1'000'000u));
  app.add_option("--threads", how.threads, "Threads of the load generator")->capture_default_str()->check(CLI::Range(1u, 64u));
  app.add_option("--patience", how.patience, "Seconds until a message that has not come is lost")
      ->capture_default_str()
      ->check(CLI::Range(0.1, 600.0));
  app.add_option("--connecting", how.connecting, "Connects under way at once while everybody comes")
      ->capture_default_str()
      ->check(CLI::Range(1u, 100'000u));
  app.add_option("--connect-rate", how.connect_rate, "Connects a second while everybody comes; 0: as fast as that lets")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 1e6));
  app.add_option("--bound", bound_ms, "With --ramp and capacity: the longest p99 that is good enough, in milliseconds")
      ->capture_default_str()
      ->check(CLI::Range(0.01, 60'000.0));
  app.add_option("--json", json, "Write the report as JSON into this file");
}

void commands::impl::add_run(CLI::App& app) {
  app.add_option("--connections,-c", how.connections, "Clients")->capture_default_str()->check(CLI::Range(1u, 1'000'000u));
  app.add_option("--seconds,-s", how.seconds, "Seconds measured")->capture_default_str()->check(CLI::Range(0.1, 3600.0));
  app.add_option("--warmup", how.warmup, "Seconds before that, thrown away")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 600.0));
  app.add_option("--html", html, "Write the report as an HTML page into this file");
  app.add_option("--seed", how.seed, "Of everything that is drawn")->capture_default_str();
}

void commands::impl::add_load(CLI::App& app) {
  app.add_option("--rate,-r", how.rate,
                 "Messages (churn: connects, chat: acts) a second in all, whatever the server does; 0: closed loop")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 1e7));
  app.add_option("--in-flight", how.in_flight, "Closed loop: messages under way per sender")
      ->capture_default_str()
      ->check(CLI::Range(1u, 100'000u));
  app.add_option("--spacing", spacing, "With --rate: even, or poisson as many independent users would be")
      ->capture_default_str()
      ->check(CLI::IsMember({"even", "poisson"}));
  app.add_option("--senders", how.senders, "Clients that send; 0: one for cast, all for the others")->capture_default_str();
  app.add_option("--rooms", how.rooms, "room, chat: rooms; 0: one for every ten clients")->capture_default_str();
  app.add_option("--probe-rate", how.probe_rate, "idle: echoes a second beside the silence")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 10'000.0));
  app.add_option("--casts", how.casts, "idle: events to everybody at the end, one after another")
      ->capture_default_str()
      ->check(CLI::Range(0u, 1000u));
  app.add_option("--kill", how.kill_percent, "idle: at last, reset so many percent of the lines at once")
      ->capture_default_str()
      ->check(CLI::Range(0u, 100u));
  app.add_option("--settle", how.settle, "idle: seconds watched behind --kill")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 600.0));
  app.add_option("--rounds", how.rounds, "storm: how often all lines are cut")
      ->capture_default_str()
      ->check(CLI::Range(1u, 100u));
  app.add_option("--back", backoff, "storm: client (pauses as the official client makes them) or at-once")
      ->capture_default_str()
      ->check(CLI::IsMember({"client", "at-once"}));
}

void commands::impl::add_ramp(CLI::App& app) {
  app.add_option("--ramp", ramp, "rate or connections: again and again with more of it, until --bound is broken")
      ->check(CLI::IsMember({"rate", "connections"}));
  app.add_option("--ramp-from", steps.from, "First step")->capture_default_str()->check(CLI::Range(1.0, 1e7));
  app.add_option("--ramp-to", steps.to, "Last step")->capture_default_str()->check(CLI::Range(1.0, 1e7));
  app.add_option("--ramp-factor", steps.factor, "From step to step")->capture_default_str()->check(CLI::Range(1.05, 10.0));
}

void commands::impl::add_capacity(CLI::App& app) {
  app.add_option("--scenario", scenarios, "Scenarios of messages: echo, poll, cast, room, chat; separated by commas")
      ->delimiter(',')
      ->capture_default_str()
      ->check(CLI::IsMember({"echo", "poll", "cast", "room", "chat"}));
  app.add_option("--max-connections", most_connections, "Connections are not tried beyond this")
      ->capture_default_str()
      ->check(CLI::Range(10u, 1'000'000u));
  app.add_option("--max-rate", highest_rate, "Messages a second are not tried beyond this")
      ->capture_default_str()
      ->check(CLI::Range(10.0, 1e7));
  app.add_flag("--no-connections", no_connections, "Measure messages only");
  app.add_option("--step-seconds", step_seconds, "Seconds measured in each step")
      ->capture_default_str()
      ->check(CLI::Range(0.2, 60.0));
  app.add_option("--baseline", baseline_path, "Write the baseline into this file");
  app.add_option("--compare", compare_path, "Compare with this baseline; status 1 when something is worse")
      ->check(CLI::ExistingFile);
  app.add_option("--tolerance", tolerance, "With --compare: percent that are still the same")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 500.0));
}

// `bench URL` is `bench echo URL`.
void commands::impl::take_words() {
  if (scenario_or_url.find("://") != std::string::npos) {
    if (!url.empty()) throw usage_error("two targets: '" + scenario_or_url + "' and '" + url + "'");
    url = scenario_or_url;
    scenario_or_url = "echo";
  }
  const auto what = scenario_named(scenario_or_url);
  if (!what)
    throw usage_error("there is no scenario '" + scenario_or_url + "': idle, echo, poll, cast, room, churn, storm or chat");
  how.what = *what;
  how.line.by = transport == "polling" || how.what == scenario::poll ? road::polling
                : transport == "upgrade"                             ? road::upgrade
                                                                     : road::websocket;
  how.line.park = how.what == scenario::idle;
  how.line.connect_limit = to_nanos(connect_timeout);
  if (tls_insecure) how.line.tls.verify = tls_client_options::verification::off_and_insecure;
  how.spacing = spacing == "poisson" ? spacing::poisson : spacing::even;
  how.backoff = backoff == "client" ? backoff::client : backoff::none;
  if (how.what == scenario::chat && how.rate == 0) how.rate = std::max(1.0, how.connections / 10.0);
  if (!how.line.auth.empty() && !base::json::valid(how.line.auth)) throw usage_error("--auth is no JSON");
  if (how.line.nsp.empty() || how.line.nsp[0] != '/' || how.line.nsp.find_first_of(",?\"\\") != std::string::npos)
    throw usage_error("--nsp is / or /name");
}

void commands::impl::choose_target() {
  if (url.empty()) {
    if (!pids.empty()) throw usage_error("--server-pid belongs to a server that is named by its URL");
    own.emplace();
    url = own->url();
    pids.push_back(own->pid());
  }
  try {
    how.line.to = read_target(url);
    resolve(how.line.to);
  } catch (const std::exception& e) {
    throw usage_error(e.what());
  }
  if (!how.line.to.tls && (tls_insecure || how.line.tls.resume || !how.line.tls.ca_file.empty()))
    throw usage_error("--tls-ca, --tls-insecure and --tls-resume belong to https://; '" + url + "' is plain");
  const bool here = how.line.to.loopback();
  if (!here && !yes_mine)
    throw usage_error("'" + url +
                      "' is not on this machine's loopback. A load test harms a server that does not expect it: say "
                      "--i-own-this-server if this one is yours to load");
  if (!here && !pids.empty()) throw usage_error("--server-pid belongs to a server on this machine");
  how.server_pids = pids.empty() && here ? listeners_on(how.line.to.port) : pids;
  if (!how.server_pids.empty()) server_name = base::escaped(process_name(how.server_pids.front()));
}

report commands::impl::new_report() const {
  report r;
  r.version = JACKFIELD_VERSION;
  r.made = iso_time(std::time(nullptr));
  r.server_name = server_name;
  r.own_server = own.has_value();
  r.where = this_machine();
  return r;
}

int commands::impl::run_bench() {
  take_words();
  steps.what = ramp == "connections" ? ramped::connections : ramped::rate;
  steps.bound_us = bound_ms * 1000;
  settings sample = how;
  if (ramp == "rate") sample.rate = steps.from;
  if (ramp == "connections") sample.connections = static_cast<unsigned>(steps.from);
  if (const auto why = objection_to(sample); !why.empty()) throw usage_error(why);
  if (!ramp.empty() && how.what == scenario::storm) throw usage_error("storm has no ramp: give --connections");
  if (!ramp.empty() && steps.to < steps.from) throw usage_error("--ramp-to is less than --ramp-from");
  choose_target();
  progress line;
  report r = new_report();
  if (ramp.empty()) {
    r.runs.push_back(bench::run(how, interrupted, line));
  } else {
    r.climbed = as_ramp(climb_with_runs(how, steps, interrupted, line, r.runs, r.labels), steps);
  }
  std::fputs(to_text(r).c_str(), stdout);
  if (!json.empty()) write_file(json, json_text(to_value(r)));
  if (!html.empty()) write_file(html, to_html(r));
  if (interrupted) return was_interrupted;
  if (r.climbed) return r.climbed->reading.last_held ? 0 : failed;
  const outcome& o = r.runs.front();
  const bool silent = o.failure.empty() && o.counts.copies_expected > 0 && o.counts.copies_received == 0;
  if (silent && how.needs_contract())
    std::fprintf(stderr, "jackfield: nothing came back: the server has to offer the event '%s' of the bench contract\n",
                 how.what == scenario::poll ? "echo" : std::string(name_of(how.what)).c_str());
  return o.failure.empty() && o.counts.errors() == 0 && !silent ? 0 : failed;
}

int commands::impl::run_capacity() {
  take_words();
  std::optional<baseline> before;
  if (!compare_path.empty()) {  // first: a wrong file should not cost minutes
    std::string why;
    before = read_baseline(read_file(compare_path), why);
    if (!before) throw usage_error(compare_path + " is no baseline: " + why);
  }
  capacity_plan plan;
  for (const auto& name : scenarios) {
    plan.scenarios.push_back(*scenario_named(name));
    how.what = plan.scenarios.back();
    how.rate = 100;
    plan.base = how;
    settings sample = capacity_settings(plan, how.what);
    if (const auto why = objection_to(sample); !why.empty()) throw usage_error(why);
  }
  choose_target();
  how.rate = 0;
  plan.base = how;
  plan.connections = !no_connections;
  plan.most_connections = most_connections;
  plan.highest_rate = highest_rate;
  plan.bound_us = bound_ms * 1000;
  plan.step_seconds = step_seconds;
  baseline now;
  const report about = new_report();
  now.version = about.version;
  now.made = about.made;
  now.url = how.line.to.url;
  now.server_name = server_name;
  now.own_server = own.has_value();
  now.where = about.where;
  now.bound_us = plan.bound_us;
  progress line;
  find_capacity(plan, interrupted, line, now);
  line.clear();
  std::fputs(to_text(now).c_str(), stdout);
  if (!json.empty()) write_file(json, json_text(to_value(now)));
  if (interrupted) return was_interrupted;  // half a baseline is none
  if (!baseline_path.empty()) write_file(baseline_path, json_text(to_value(now)));
  if (!before) return 0;
  const comparison c = compare(*before, now, tolerance / 100);
  std::fputs(to_text(c, tolerance / 100).c_str(), stdout);
  return c.regressed() ? failed : 0;
}

commands::commands() : impl_(std::make_unique<impl>()) {}
commands::~commands() = default;

void commands::add_to(CLI::App& program) {
  impl& i = *impl_;
  i.bench = program.add_subcommand("bench", "Measure a Socket.IO server under load (docs/guides/bench.md)");
  i.bench->require_subcommand(0, 1);
  i.bench->add_option("scenario", i.scenario_or_url, "idle, echo, poll, cast, room, churn, storm or chat")->capture_default_str();
  i.add_target(*i.bench);
  i.add_run(*i.bench);
  i.add_load(*i.bench);
  i.add_ramp(*i.bench);
  i.capacity = i.bench->add_subcommand("capacity", "Find the most connections and messages a second within a bound of latency");
  i.add_target(*i.capacity);
  i.add_capacity(*i.capacity);
  i.serve = i.bench->add_subcommand("serve", "A server with the events of the bench contract on 127.0.0.1, to be measured");
  i.serve->add_option("--port", i.contract.port, "Port; 0 takes any free one and says which")->capture_default_str();
  CLI::Option* cert =
      i.serve->add_option("--tls-cert", i.contract.tls_cert, "Serve https: PEM file of the certificate and its chain")
          ->check(CLI::ExistingFile);
  i.serve
      ->add_option("--tls-key", i.contract.tls_key,
                   "PEM file of its private key (default: it stands in the file of the certificate)")
      ->check(CLI::ExistingFile)
      ->needs(cert);
  i.serve->add_flag("--child", i.contract.child, "End with the process that started it")->group("");
}

bool commands::chosen() const { return impl_->bench->parsed(); }

int commands::run() try {
  impl& i = *impl_;
  if (i.serve->parsed()) return serve_contract(i.contract);
  end_in_order();
  return i.capacity->parsed() ? i.run_capacity() : i.run_bench();
} catch (const usage_error& e) {
  std::fprintf(stderr, "jackfield bench: %s\n", e.what());
  return wrong_usage;
}

}  // namespace jackfield::bench
