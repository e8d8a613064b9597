#include "transport/client_files.hpp"

#include "base/entity_tag.hpp"
#include "engine/verify.hpp"
#include "wire/ws_deflate.hpp"

#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace jackfield::transport {

namespace {

constexpr std::array<const char*, 8> names{
    "socket.io.js",     "socket.io.min.js",     "socket.io.esm.min.js",     "socket.io.msgpack.min.js",
    "socket.io.js.map", "socket.io.min.js.map", "socket.io.esm.min.js.map", "socket.io.msgpack.min.js.map"};

}  // namespace

bool client_files::present() const {
  std::error_code e;
  return options_.serve_client && !options_.client_dir.empty() &&
         std::filesystem::is_regular_file(std::filesystem::path(options_.client_dir) / names[0], e);
}

void client_files::serve_on(routes& r) {
  std::string below = engine::mount_path(options_.path, true);
  for (const char* name : names)
    r.get(below + name,
          [this, name = std::string(name)](const http_request& q, http_reply reply) { answer(name, q, std::move(reply)); });
}

const client_files::file* client_files::load(const std::string& name) {
  if (auto at = loaded_.find(name); at != loaded_.end()) return &at->second;
  std::ifstream in(std::filesystem::path(options_.client_dir) / name, std::ios::binary);
  if (!in) return nullptr;
  file f;
  f.text.assign(std::istreambuf_iterator<char>(in), {});
  f.packed = wire::compress_body(f.text, wire::content_coding::gzip);
  f.tag = base::entity_tag(f.text);
  return &loaded_.emplace(name, std::move(f)).first->second;
}

void client_files::answer(const std::string& name, const http_request& q, http_reply reply) {
  const file* f = load(name);
  if (!f) return reply.status(404).send("Not Found");
  if (std::string origin = options_.cors.origin.header_value(q.head().header("origin")); !origin.empty())
    reply.header("Access-Control-Allow-Origin", origin);
  reply.header("Cache-Control", "public, max-age=0").header("ETag", f->tag).header("X-Content-Type-Options", "nosniff");
  if (base::names_entity_tag(q.head().header("if-none-match"), f->tag)) return reply.status(304).send({}, {});
  bool map = name.ends_with(".map");
  std::string_view type = map ? "application/json; charset=utf-8" : "application/javascript; charset=utf-8";
  reply.header("Vary", "Accept-Encoding");
  if (wire::choose_coding(q.head().header("accept-encoding")) != wire::content_coding::gzip) return reply.send(f->text, type);
  reply.header("Content-Encoding", "gzip").send(f->packed, type);
}

}  // namespace jackfield::transport
