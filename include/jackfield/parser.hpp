// parser: how packets look on the wire. Unless server_options::parser says otherwise they are the protocol's own JSON text
// (socket.io-parser); msgpack_parser() is the reference's other one (socket.io-msgpack-parser); or bring your own:
//
//   jf::server io({.parser = jf::msgpack_parser()});
//
// Nothing is negotiated: both ends have to use the same parser. Whatever it is, the library works with packets in one
// form, packet_view: JSON text, with binary beside it. A parser translates between that and messages of the transport.
// A broadcast is translated once, however many receive it. A tree_parser has it easier, and costs a tree per packet.
//
// What a decoder makes of a peer's message is checked as anything from outside is: limits, JSON, the payload's shape, reserved
// event names. What does not pass, and every exception, ends the connection as undecodable text would.
#pragma once

#include <jackfield/bytes.hpp>
#include <jackfield/result.hpp>
#include <jackfield/value.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace jackfield {

/// What a packet is for. Whether it has attachments is not part of it, unlike in the protocol's text, where 5 and 6 are such
/// events and acks.
enum class packet_type : std::uint8_t {
  connect = 0,        // joins a namespace; from the server: joined
  disconnect = 1,     // leaves a namespace
  event = 2,          // a name and arguments
  ack = 3,            // the answer to an event with an id
  connect_error = 4,  // from the server: a refused connect
};

/// One packet. Borrowed.
struct packet_view {
  packet_type type = packet_type::event;  // what it is for
  std::string_view nsp = "/";             // the namespace, with its slash
  std::optional<std::uint64_t> id;        // event: an acknowledgement is asked for; ack: which one it is
  /// Valid JSON; empty: no payload. event: an array, the name first; ack: an array; connect: an object; connect_error: an
  /// object or a string.
  std::string_view json;
  /// What objects {"_placeholder":true,"num":N} in `json` stand for; when empty, such objects are data.
  std::span<const bytes_view> attachments;
};

/// How a message travels.
enum class message_kind : std::uint8_t {
  text,    // UTF-8
  binary,  // any bytes; base64 where the transport has text only
};

/// What the transport carries as a whole. Borrowed.
struct wire_message {
  message_kind kind = message_kind::text;  // how it travels
  std::string_view data;                   // text or bytes
};

/// The messages of one packet, in order; their memory is used again for the next.
class wire_messages {
 public:
  /// A further message, empty. Good until the next add.
  std::string& add(message_kind kind);
  void clear() noexcept { size_ = 0; }                 // no message; the memory stays
  std::size_t size() const noexcept { return size_; }  // messages
  bool empty() const noexcept { return size_ == 0; }   // none
  /// The i-th message, good until the next add(). REQUIRES: i is below size().
  wire_message operator[](std::size_t i) const noexcept { return {all_[i].kind, all_[i].data}; }
  /// Memory that is kept.
  std::size_t capacity() const noexcept;

 private:
  struct entry {
    message_kind kind = message_kind::text;
    std::string data;
  };
  std::vector<entry> all_;
  std::size_t size_ = 0;
};

/// What peers are allowed (limit_options has the defaults). All of it is checked after the decoder; one that allocates by what a
/// peer announces has to look before.
struct parser_limits {
  std::size_t attachments = 0;  // binary values in a packet
  std::size_t nsp_bytes = 0;    // a namespace's name
  std::size_t depth = 0;        // nesting of the payload, whose array is the first level
};

/// What a decoder makes of a message.
enum class decoded : std::uint8_t {
  packet,      // there is one
  incomplete,  // it needs further messages
  failed,      // the peer's mistake: the connection ends
};

/// A packet that a decoder fills in. Given to it as clear() leaves it: an event of "/" without payload.
struct packet_draft {
  packet_type type = packet_type::event;  // as in packet_view
  std::string nsp = "/";                  // as in packet_view
  std::optional<std::uint64_t> id;        // as in packet_view
  std::string json;                       // as in packet_view
  std::vector<bytes_view> attachments;    // borrowed from the message, or from the decoder until its next add()
  std::string why;                        // failed: for people

  decoded fail(std::string_view text) { return why = text, decoded::failed; }  // `return out.fail("what is wrong");`
  void clear() noexcept;                                                       // an event of "/" without payload
};

/// The state of one session. Thread: the worker's. After `failed` it is thrown away.
class packet_decoder {
 public:
  virtual ~packet_decoder() = default;
  /// One message from the peer; its data is good until the next call of add().
  virtual decoded add(wire_message m, packet_draft& out) = 0;
  /// Another packet of the same message: asked for after each `packet`, until there is none.
  virtual decoded next(packet_draft&) { return decoded::incomplete; }
  /// Bytes kept for a packet that is incomplete; counted against limit_options::attachment_bytes.
  virtual std::size_t held_bytes() const noexcept { return 0; }
};

/// One for the whole server, used by several threads at once.
class parser {
 public:
  virtual ~parser() = default;
  /// `out` is empty. The messages of a packet are sent without others between them.
  virtual void encode(const packet_view& p, wire_messages& out) const = 0;
  /// For a new session. `limits` outlives the decoder; so does the parser.
  virtual std::unique_ptr<packet_decoder> decoder(const parser_limits& limits) const = 0;
};

/// A packet whose payload is a value, binary in its place.
struct packet_tree {
  packet_type type = packet_type::event;  // as in packet_view
  std::string nsp = "/";                  // as in packet_view
  std::optional<std::uint64_t> id;        // as in packet_view
  std::optional<value> data;              // nothing: no payload
};

/// The base of parsers that read and write trees, and one message per packet.
class tree_parser : public parser {
 public:
  /// A packet's messages; usually one.
  virtual void write(const packet_tree& p, wire_messages& out) const = 0;
  /// The packet of a message. Errors: the peer's mistake; the text is told.
  virtual result<packet_tree> read(wire_message m) const = 0;

  void encode(const packet_view& p, wire_messages& out) const final;
  std::unique_ptr<packet_decoder> decoder(const parser_limits& limits) const final;
};

/// MessagePack, one binary message per packet, as socket.io-msgpack-parser 3 has it. Beyond what JSON can say:
///
///   on the wire                                here
///   undefined                                  absent; null in arrays
///   Date                                       string, as JSON.stringify writes it
///   Buffer, ArrayBuffer, typed arrays          binary
///   NaN, Infinity                              null
///   other extensions                           array of type and binary
///   keys: numbers, true, false, null           their text
///
/// Packets are refused that have invalid UTF-8, other keys, or bytes behind the end.
std::shared_ptr<const parser> msgpack_parser();

}  // namespace jackfield
