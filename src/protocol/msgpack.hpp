// msgpack: MessagePack ⇄ JSON text with binary beside it, without a tree (protocol.md 3.10).
//
// The reference's flavour (notepack.io): D4 00 xx is undefined, D7 00 a date in milliseconds, ext type 0 the bytes of a typed
// array. Pure. Lengths are compared with the bytes at hand before anything is done about them (security.md S30); nesting costs
// no stack. Cost: linear; no allocation once the outputs have grown.
#pragma once

#include <jackfield/bytes.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace jackfield::protocol::msgpack {

enum class kind : std::uint8_t {
  nil,
  boolean,
  integer,
  unsigned_integer,
  real,
  string,
  binary,
  array,
  map,
  undefined,
  date,
  extension
};

/// What stands in front of a value: all of a number, the size of the rest.
struct head {
  kind what = kind::nil;
  std::int8_t extension = 0;
  bool boolean = false;
  std::int64_t integer = 0;  // date: milliseconds since 1970
  std::uint64_t unsigned_integer = 0;
  double real = 0;
  std::size_t size = 0;  // string, binary, extension: bytes that follow; array: values; map: pairs
};

/// Goes over MessagePack from its front.
class cursor {
 public:
  explicit cursor(std::string_view data) noexcept : rest_(data) {}

  /// Takes a head. False: none there, or it announces more than there is.
  bool take(head& h) noexcept;
  /// Takes what follows the head of a string, binary or extension.
  std::string_view content(const head& h) noexcept;
  /// Over one whole value.
  bool skip() noexcept;
  /// The next value is `undefined`.
  bool at_undefined() const noexcept { return rest_.size() >= 3 && rest_[0] == '\xD4' && rest_[1] == 0; }
  /// The next value is `true`.
  bool at_true() const noexcept { return !rest_.empty() && rest_[0] == '\xC3'; }
  bool at_end() const noexcept { return rest_.empty(); }

 private:
  bool number(std::size_t bytes, std::uint64_t& out) noexcept;
  bool signed_number(std::size_t bytes, head& h) noexcept;
  bool sized(kind k, std::size_t size_bytes, head& h) noexcept;
  bool counted(kind k, std::uint64_t n, head& h) noexcept;
  bool extended(std::size_t size, head& h) noexcept;
  bool rare(unsigned char prefix, head& h) noexcept;

  std::string_view rest_;
};

enum class fault : std::uint8_t {
  none,
  malformed,  // not MessagePack, invalid UTF-8, a key that is none
  too_deep,
  too_many_attachments,  // there is then one more than allowed
  ambiguous,             // data that looks like a placeholder beside real binary: our form cannot hold both
};

/// Appends one value as JSON, as JSON.stringify would write what the reference decodes; binary is borrowed from the input.
/// After a fault both outputs may have grown.
fault to_json(cursor& from, std::size_t depth, std::size_t most_attachments, std::string& json,
              std::vector<bytes_view>& attachments);

/// Appends valid JSON as MessagePack. Placeholders (spelled as the packer does) become the attachments' bytes, unless there are
/// none. Lone surrogates, which UTF-8 cannot say, become U+FFFD.
void from_json(std::string_view valid_json, std::span<const bytes_view> attachments, std::string& out);

// Appenders, in the shortest form.
void write_array(std::size_t values, std::string& out);
void write_map(std::size_t pairs, std::string& out);
void write_string(std::string_view text, std::string& out);
void write_binary(bytes_view data, std::string& out);
void write_unsigned(std::uint64_t u, std::string& out);
void write_integer(std::int64_t i, std::string& out);
void write_real(double d, std::string& out);

}  // namespace jackfield::protocol::msgpack
