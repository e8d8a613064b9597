// Errors of the library: one enum for what programs decide on, a text for people beside it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace jackfield {

/// What programs decide on.
enum class errc : std::uint8_t {
  none = 0,        // nothing went wrong
  timeout,         // no acknowledgement in time
  disconnected,    // the socket went away before the answer
  refused,         // the peer or a middleware said no
  bad_argument,    // an argument does not fit the type asked for
  bad_json,        // not JSON, or nested too deep
  reserved_name,   // the event name is reserved by the protocol
  too_many,        // a limit was reached
  address_in_use,  // listen: the port is taken
  io,              // the operating system said no
};
/// The enumerator's name: "timeout", "bad_argument", …
std::string_view name_of(errc) noexcept;

struct error {                                                            // what went wrong: a code, and words for people
  errc code = errc::none;                                                 // none: nothing
  std::string text;                                                       // for people
  explicit operator bool() const noexcept { return code != errc::none; }  // something went wrong
};

}  // namespace jackfield
