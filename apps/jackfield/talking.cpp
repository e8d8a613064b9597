#include "talking.hpp"

#include "plain_values.hpp"

#include <jackfield/json.hpp>

#include <CLI/CLI.hpp>

#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace jackfield::app {
namespace {

bytes all_of(std::istream& in) {
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  const auto* first = reinterpret_cast<const std::byte*>(text.data());
  return bytes(first, first + text.size());
}

value contents_of(const std::string& file) {
  if (file == "-") return all_of(std::cin);
  std::ifstream in(file, std::ios::binary);
  if (!in) throw std::invalid_argument("the file " + file + " cannot be read");
  return all_of(in);
}

value argument_of(const std::string& text) {
  if (text.starts_with('@')) return contents_of(text.substr(1));
  auto parsed = from_json(text);
  return parsed ? from_plain(*parsed) : value(text);
}

std::pair<std::string, std::string> header_of(const std::string& text) {
  const auto colon = text.find(':');
  if (colon == std::string::npos || colon == 0) throw std::invalid_argument("the header \"" + text + "\" is not \"Name: value\"");
  const auto from = text.find_first_not_of(' ', colon + 1);
  return {text.substr(0, colon), from == std::string::npos ? std::string() : text.substr(from)};
}

}  // namespace

void add_talk_options(CLI::App& command, talk_options& o) {
  command.add_option("URL", o.url, "The server, as https://example.com/namespace")->required();
  command.add_option("--path", o.path, "Path of the server's HTTP requests")->capture_default_str();
  command.add_option("--auth", o.auth, "JSON object that the server's middlewares get with the connection");
  command.add_option("--header", o.headers, "A header of every request, as \"Name: value\"; may be repeated");
  command.add_option("--transport", o.transport, "Only this one (default: polling, then a WebSocket where that works)")
      ->check(CLI::IsMember({"polling", "websocket"}));
  command.add_option("--ca", o.ca_file, "PEM file of the authorities that may vouch for the server (default: the machine's)")
      ->check(CLI::ExistingFile);
  command.add_option("--proxy", o.proxy, "HTTP proxy, as http://user:password@host:port");
  command.add_flag("--insecure", o.insecure, "Do not verify the server: anybody may read and change what is said");
}

client_options options_of(const talk_options& o) {
  client_options out;
  out.path = o.path;
  if (!o.transport.empty()) out.transports = {o.transport == "polling" ? client_transport::polling : client_transport::websocket};
  for (const auto& h : o.headers) out.extra_headers.push_back(header_of(h));
  out.proxy = o.proxy;
  out.tls.ca_file = o.ca_file;
  if (o.insecure) out.tls.verify = tls_client_options::verification::off_and_insecure;
  if (o.auth.empty()) return out;
  auto auth = from_json(o.auth);
  if (!auth || !auth->is_object()) throw std::invalid_argument("--auth is no JSON object: " + o.auth);
  out.auth = client_auth(std::move(*auth));
  return out;
}

array arguments_of(const std::vector<std::string>& texts) {
  array out;
  for (const auto& t : texts) out.push_back(argument_of(t));
  return out;
}

void print_line(const value& v) {
  const auto line = to_json(v) + '\n';
  std::fwrite(line.data(), 1, line.size(), stdout);
  std::fflush(stdout);
}

void complain(const std::string& text) { std::fprintf(stderr, "jackfield: %s\n", text.c_str()); }

}  // namespace jackfield::app
