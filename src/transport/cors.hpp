// cors: which origins may talk to us and read our answers (protocol.md 1.12, security.md S35, S36). Pure.
#pragma once

#include <jackfield/http.hpp>
#include <jackfield/options.hpp>

#include <string>

namespace jackfield::transport {

/// Header lines for the answer to an actual request; empty when CORS is off.
std::string cors_lines(const cors_options& o, const http_head& request);
/// Header lines for the answer to a preflight (OPTIONS).
std::string preflight_lines(const cors_options& o, const http_head& request);
/// S36: no Origin, our own Host, or an origin that the rule lists.
bool origin_welcome(const engine_options& o, const http_head& request);
/// S36, for what is sent for as a script (JSONP), which has no Origin: the browser says that it is ours, or names a page that
/// origin_welcome() would let in; or it says neither, as what is not a browser does.
bool script_welcome(const engine_options& o, const http_head& request);
/// S36: the Host header is one of those allowed (any when none are listed).
bool host_welcome(const engine_options& o, const http_head& request);

}  // namespace jackfield::transport
