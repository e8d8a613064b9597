// answers: what the gateway and the polling road say over HTTP: fixed texts, content types, compression.
#pragma once

#include "engine/outgoing.hpp"
#include "net/http_connection.hpp"
#include "transport/payload_form.hpp"

#include <jackfield/options.hpp>

#include <string>
#include <string_view>

namespace jackfield::transport {

inline constexpr std::string_view no_store = "cache-control: no-store\r\n";
inline constexpr std::string_view no_sniff = "X-Content-Type-Options: nosniff\r\n";

struct polling_settings {
  compression_options compression;
  std::size_t payload_packets = 65'536;
};

/// Answers with a payload, compressed when allowed, wanted and long enough.
void answer_payload(net::http_connection& c, const payload_body& payload, std::string_view headers,
                    const compression_options& options, engine::compression allowed);
/// 400 without a body (overlaps, protocol.md 1.4).
void answer_bad(net::http_connection& c, std::string_view headers);
/// The JSON of a refusal: {"code":N,"message":"..."}.
void answer_refusal(net::http_connection& c, int status, int code, std::string_view message, std::string_view headers);
/// The refusal of an upgrade: plain text, connection closed (P16).
void answer_refused_upgrade(net::http_connection& c, int status, std::string_view message, std::string_view headers);
/// A short text and the end of the connection or not.
void answer_text(net::http_connection& c, int status, std::string_view text, std::string_view headers, net::after_answer then);

}  // namespace jackfield::transport
