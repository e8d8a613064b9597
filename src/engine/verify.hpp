// verify: what is asked of the engine by an HTTP request, or why it is refused: steps 2 to 6 of protocol.md 1.3,
// in that order (S7, S18). Middlewares run before, allow_request between this and the opening of a session.
// Pure, any thread (the registry's). Errors are values.
#pragma once

#include "engine/registry.hpp"
#include "engine/transport.hpp"
#include "protocol/handshake.hpp"

#include <jackfield/http.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace jackfield::engine {

enum class path_rule : std::uint8_t { exact, prefix /* what lies below, too, as the reference (S7) */ };

struct request_rules {
  std::string path = "/socket.io/";  // as mount_path() makes it
  path_rule paths = path_rule::exact;
  bool polling = true;  // which transports are served
  bool websocket = true;
};

/// The path that requests must have: one trailing slash is cut off, and one is put back unless told otherwise.
std::string mount_path(std::string_view path, bool add_trailing_slash);

enum class request_form : std::uint8_t { plain, upgrade };

/// Which "bad request" it is: the name in the context of a connection error.
enum class bad_request : std::uint8_t {
  none,
  middleware_failure,
  invalid_origin,
  transport_mismatch,
  transport_handshake_error,
  id_generation_error,
};
/// MIDDLEWARE_FAILURE and so on; empty for none.
std::string_view name_of(bad_request) noexcept;

/// The answer of verify().
struct verdict {
  enum class outcome : std::uint8_t {
    other_path,        // not for this engine
    refused,           // `why`; for bad_request also `name`
    open_session,      // ask allow_request, then look at `revision`, then open one
    existing_session,  // for `session`: its poll, its POST, or a candidate
  };
  outcome what = outcome::other_path;
  transport_kind transport = transport_kind::polling;
  bool base64 = false;  // binary leaves as text
  /// Anything but EIO=4 is 3. open_session: whether it is served is asked after allow_request, as the reference does.
  protocol::eio_revision revision = protocol::eio_revision::v4;
  std::optional<std::string> jsonp{};  // open_session over polling: the query's `j`
  protocol::eio_refusal why = protocol::eio_refusal::bad_request;
  bad_request name = bad_request::none;
  engine::session* session = nullptr;  // of this sid, also when refused for a transport mismatch
};

/// Is the request for this engine at all?
bool serves(const request_rules& rules, const http_head& request) noexcept;

verdict verify(const http_head& request, request_form form, const request_rules& rules, const registry& sessions);

/// What a connection error tells beside code and message: names and values as in protocol.md 1.3. The values come
/// from the request: they are for handlers, not for logs (S19).
std::vector<std::pair<std::string, std::string>> context_of(const verdict& v, const http_head& request);

}  // namespace jackfield::engine
