// The JSON of connections being made and refused: the Engine.IO open packet and error table (protocol.md 1.3), the
// answers to a Socket.IO CONNECT (3.7). Pure, any thread. Writers append to `out`.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace jackfield::protocol {

/// Payload of the open packet.
struct eio_open {
  std::string sid;
  std::vector<std::string> upgrades;
  std::chrono::milliseconds ping_interval{25000};
  std::chrono::milliseconds ping_timeout{20000};
  std::size_t max_payload = 1'000'000;  // bytes; 0 when read from a server that does not say
};

/// {"sid":…,"upgrades":[…],"pingInterval":…,"pingTimeout":…,"maxPayload":…}, in this order.
void write_open(std::string& out, const eio_open& open);
/// What of it stands behind the sid, and is the same for all sessions of a server: to be written once.
std::string open_tail(const eio_open& open);
/// The same object of a sid and what stands behind it.
void write_open(std::string& out, std::string_view sid, std::string_view tail);
/// False: not such an object, or without sid, pingInterval or pingTimeout; unknown members are ignored.
bool read_open(std::string_view json, eio_open& out);

/// Payload of the answer to a CONNECT: {"sid":…}, with "pid" behind it unless empty.
void write_connect_answer(std::string& out, std::string_view sid, std::string_view pid = {});
/// Payload of a CONNECT_ERROR: {"message":…}, with "data" behind it unless empty (valid JSON text).
void write_connect_error(std::string& out, std::string_view message, std::string_view data_json = {});

/// Why Engine.IO refuses a request. The number is the code on the wire.
enum class eio_refusal : std::uint8_t {
  transport_unknown = 0,
  session_unknown = 1,
  bad_method = 2,
  bad_request = 3,
  forbidden = 4,
  unsupported_version = 5,
};
std::string_view text_of(eio_refusal why) noexcept;
/// 400, for forbidden 403.
int http_status(eio_refusal why) noexcept;
/// {"code":…,"message":…}; an empty message: the table's text.
void write_refusal(std::string& out, eio_refusal why, std::string_view message = {});

}  // namespace jackfield::protocol
