// jackfield: a realtime service. The command line; what a command does stands in a file of its name.
#include "bench/commands.hpp"
#include "emit.hpp"
#include "listen.hpp"
#include "serve.hpp"

#include <CLI/CLI.hpp>

#include <sys/resource.h>

#include <cstdio>
#include <exception>

namespace {

constexpr int wrong_usage = 2;

void add_serve(CLI::App& program, jackfield::app::serve_options& o) {
  CLI::App* serve = program.add_subcommand("serve", "Serve Socket.IO, and a chat to try it with");
  serve->add_option("--host", o.host, "Address to listen on; 0.0.0.0 or :: for all")->capture_default_str();
  serve->add_option("--port", o.port, "Port; 0 takes any free one and says which")->capture_default_str();
  serve->add_option("--workers", o.workers, "Threads that share the clients; 0: one for each core")->capture_default_str();
  serve->add_flag("!--no-io-uring", o.io_uring, "Send to each client by a call of its own, also where the kernel has io_uring");
  serve->add_flag("!--no-queue-turns", o.queue_turns, "Let all workers run at once, also where they wait for cores");
  CLI::Option* cert =
      serve->add_option("--tls-cert", o.tls_cert, "Serve https: PEM file of the certificate and its chain; SIGHUP reads it again")
          ->check(CLI::ExistingFile);
  serve->add_option("--tls-key", o.tls_key, "PEM file of its private key (default: it stands in the file of the certificate)")
      ->check(CLI::ExistingFile)
      ->needs(cert);
  serve->add_flag("!--no-chat", o.chat, "The Socket.IO endpoint alone, without the chat and its page");
  serve->add_option("--origin", o.origins, "Web origin, as https://example.com, whose pages may connect too; may be repeated");
  serve
      ->add_option("--client-dir", o.client_dir,
                   "Folder of the official browser client (default: ../share/jackfield/client beside the program)")
      ->check(CLI::ExistingDirectory);
  serve->add_option("--log-level", o.log_level, "debug, info, warning or error")
      ->capture_default_str()
      ->check(CLI::IsMember({"debug", "info", "warning", "error"}));
}

void add_emit(CLI::App& program, jackfield::app::emit_options& o) {
  CLI::App* emit = program.add_subcommand("emit", "Send one event to a server");
  add_talk_options(*emit, o.talk);
  emit->add_option("EVENT", o.event, "The event's name")->required();
  emit->add_option("ARGS", o.arguments,
                   "Arguments: JSON, @FILE for the bytes of a file (@-: standard input), other text a string");
  emit->add_flag("--ack", o.ack, "Wait for the answer and print it, a JSON array");
  emit->add_option("--timeout", o.seconds, "Seconds for all of it")->capture_default_str()->check(CLI::PositiveNumber);
}

void add_listen(CLI::App& program, jackfield::app::listen_options& o) {
  CLI::App* listen = program.add_subcommand("listen", "Print the events that a server sends, a line of JSON each");
  add_talk_options(*listen, o.talk);
  listen->add_option("EVENT", o.events, "Only these events (default: all)");
  listen->add_option("--count", o.count, "End after so many events; 0: never")->capture_default_str();
  listen
      ->add_option("--answer", o.answer, "Answer events that ask for it with this argument, as emit takes them; may be repeated")
      ->each([&o](const std::string&) { o.answers = true; });
}

bool has_command(const CLI::App& program, const char* name) {
  return !program.get_subcommands([name](const CLI::App* a) { return a->get_name() == name; }).empty();
}

// A core file would hold what people wrote, and session ids (S54).
void write_no_core_files() {
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
}

}  // namespace

int main(int argc, char** argv) try {
  write_no_core_files();
  CLI::App program("Socket.IO for C++");
  program.name("jackfield");
  program.set_version_flag("--version", "jackfield " JACKFIELD_VERSION);
  program.require_subcommand(1);
  jackfield::app::serve_options serve;
  jackfield::app::emit_options emit;
  jackfield::app::listen_options listen;
  add_serve(program, serve);
  add_emit(program, emit);
  add_listen(program, listen);
  jackfield::bench::commands bench;
  bench.add_to(program);
  if (argc > 1 && argv[1][0] != '-' && !has_command(program, argv[1])) {
    std::fprintf(stderr, "jackfield: there is no command '%s'; jackfield --help lists them\n", argv[1]);
    return wrong_usage;
  }
  try {
    program.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return program.exit(e) == 0 ? 0 : wrong_usage;
  }
  if (program.got_subcommand("emit")) return jackfield::app::emit(emit);
  if (program.got_subcommand("listen")) return jackfield::app::listen(listen);
  return bench.chosen() ? bench.run() : jackfield::app::serve(serve);
} catch (const std::exception& e) {
  std::fprintf(stderr, "jackfield: %s\n", e.what());
  return 1;
}
