// cookie: the Set-Cookie value of the engine's session cookie (protocol.md 1.11, RFC 6265 §4.1.1). Pure, any thread.
#pragma once

#include <jackfield/options.hpp>

#include <string>
#include <string_view>

namespace jackfield::wire {

/// `io=SID; Path=/; HttpOnly; SameSite=Lax`, as far as the options ask for it; `secure` (the connection is TLS) adds
/// Secure. The sid is percent-encoded as encodeURIComponent does.
/// Empty when the options name no cookie. Name and path are the operator's; characters that would end them are left out.
std::string set_cookie(const cookie_options& options, std::string_view sid, bool secure);

}  // namespace jackfield::wire
