// A schema as a TypeScript module, in the form that the typings of socket.io and socket.io-client take.
#include "base/json.hpp"

#include <jackfield/schema.hpp>

#include <algorithm>

namespace jackfield {
namespace {

using kind = shape::kind;

std::string quoted(std::string_view text) {
  std::string out;
  base::json::write_string(text, out);
  return out;
}

/// A member's name: bare where it may be.
std::string key(std::string_view name) {
  const bool bare = !name.empty() && !(name[0] >= '0' && name[0] <= '9') && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
  return bare ? std::string(name) : quoted(name);
}

std::string type_of(const shape& s);

std::string joined(const std::vector<shape>& all, std::string_view between) {
  std::string out;
  for (const auto& s : all) out.append(out.empty() ? "" : between).append(type_of(s));
  return out;
}

std::string tuple_of(const shape& s) {
  std::string out = "[";
  for (std::size_t i = 0; i < s.parts.size(); ++i) {
    if (i > 0) out += ", ";
    const auto t = type_of(s.parts[i]);
    out += i + s.optional >= s.parts.size() ? "(" + t + ")?" : t;
  }
  return out + "]";
}

std::string type_of(const shape& s) {
  switch (s.what) {
    case kind::anything: return "unknown";
    case kind::null: return "null";
    case kind::boolean: return "boolean";
    case kind::integer:
    case kind::number: return "number";
    case kind::string:
    case kind::date: return "string";
    case kind::binary: return "Binary";
    case kind::list: return "Array<" + type_of(s.parts[0]) + ">";
    case kind::tuple: return tuple_of(s);
    case kind::map: return "Record<string, " + type_of(s.parts[0]) + ">";
    case kind::choice: return joined(s.parts, " | ");
    case kind::named: return s.name;
  }
  return "unknown";
}

std::string declaration(const named_types::type& t) {
  if (t.is_enum) {
    std::string out;
    for (const auto& v : t.values) out.append(out.empty() ? "" : " | ").append(to_json(v));
    return "export type " + t.name + " = " + (out.empty() ? "never" : out) + ";\n";
  }
  std::string out = "export interface " + t.name + " {\n";
  for (const auto& m : t.members) out += "  " + key(m.name) + (m.required ? ": " : "?: ") + type_of(m.of) + ";\n";
  return out + "}\n";
}

enum class sender : bool { client, server };

/// Handlers of ours may refuse their arguments instead of answering.
std::string acknowledgement(const detail::declared_event& e, sender from) {
  const std::string refusal = from == sender::client ? "Refusal" : "";
  if (e.ack == detail::answering::empty) return refusal.empty() ? "ack: () => void" : "ack: (refusal?: " + refusal + ") => void";
  return "ack: (answer: " + type_of(e.answer) + (refusal.empty() ? "" : " | " + refusal) + ") => void";
}

std::string signature(const detail::declared_event& e, sender from) {
  std::string out;
  const bool has_ack = e.ack != detail::answering::not_at_all;
  for (std::size_t i = 0; i < e.arguments.size(); ++i) {
    // With a function behind them, arguments cannot be left out.
    const bool optional = !has_ack && i + e.optional >= e.arguments.size();
    out += (i > 0 ? ", " : "") + (e.names.empty() ? "arg" + std::to_string(i + 1) : e.names[i]);
    out += (optional ? "?: " : ": ") + type_of(e.arguments[i]);
  }
  if (has_ack) out += (out.empty() ? "" : ", ") + acknowledgement(e, from);
  return "(" + out + ") => void";
}

std::string interface_of(const std::string& name, const std::vector<detail::declared_event>& events, sender from) {
  std::string out = "export interface " + name + " {\n";
  for (const auto& e : events) out += "  " + key(e.name) + ": " + signature(e, from) + ";\n";
  return out + "}\n";
}

}  // namespace

std::string schema::typescript() const {
  std::string out =
      "// Made from the server's C++ types. Do not edit.\n\n"
      "export type Binary = ArrayBuffer | Uint8Array;\n\n"
      "/** The answer when arguments do not fit, or the handler failed. */\n"
      "export interface Refusal {\n  error: { code: string; message: string };\n}\n\n";
  for (const auto& t : types_.all()) out += declaration(*t) + '\n';
  out += interface_of(prefix_ + "ClientToServerEvents", client_, sender::client) + '\n';
  return out + interface_of(prefix_ + "ServerToClientEvents", server_, sender::server);
}

}  // namespace jackfield
