#include "transport/route_table.hpp"

#include "transport/answers.hpp"
#include "transport/guarded.hpp"
#include "transport/reply.hpp"
#include "wire/http_text.hpp"
#include "wire/ws_handshake.hpp"

#include <stdexcept>

namespace jackfield::transport {

void route_table::handle(std::string method, std::string path, http_handler h) {
  if (path.empty() || path[0] != '/') throw std::invalid_argument("a route begins with '/': " + path);
  exact_[std::move(path)][std::move(method)] = std::move(h);
}

void route_table::handle_prefix(std::string method, std::string prefix, http_handler h) {
  if (prefix.empty() || prefix.front() != '/' || prefix.back() != '/')
    throw std::invalid_argument("a prefix begins and ends with '/': " + prefix);
  prefixes_[std::move(prefix)][std::move(method)] = std::move(h);
}

const route_table::by_method* route_table::find(std::string_view path) const {
  if (auto at = exact_.find(path); at != exact_.end()) return &at->second;
  const by_method* best = nullptr;
  std::size_t longest = 0;
  for (const auto& [prefix, methods] : prefixes_)
    if (path.starts_with(prefix) && prefix.size() > longest) best = &methods, longest = prefix.size();
  return best;
}

void route_table::serve(net::http_connection& c, std::string body) {
  const by_method* methods = find(c.head()->path());
  if (!methods) return answer_text(c, 404, "Not Found", {}, net::after_answer::keep_open);
  auto at = methods->find(c.head()->method());
  if (at == methods->end() && c.head()->method() == "HEAD") at = methods->find("GET");
  if (at != methods->end()) return run(c, at->second, std::move(body));
  std::string allow = "Allow: ";
  for (const auto& [method, _] : *methods) allow += (allow.size() > 7 ? ", " : "") + method;
  answer_text(c, 405, "Method Not Allowed", allow + "\r\n", net::after_answer::keep_open);
}

void route_table::run(net::http_connection& c, const http_handler& h, std::string body) {
  auto core = std::make_shared<http_reply::core>(c.on(), c, std::string());
  const bool went_well = guarded("an HTTP handler", [&] {
    auto shared = body.empty() ? nullptr : std::make_shared<const std::string>(std::move(body));
    h(http_request(c.head(), std::move(shared), c.remote_address()), http_reply(core));
  });
  if (went_well) return;
  core->status = 500;
  core->lines.clear();
  core->send("Internal Server Error", "text/plain; charset=utf-8");
}

}  // namespace jackfield::transport
