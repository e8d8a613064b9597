// The chat's pages: files that stand in the program, served with a strict policy, an entity tag and gzip.
// Thread: the server's worker. Cost: each file is compressed once, at the start.
#pragma once

#include <jackfield/routes.hpp>

#include <span>
#include <string_view>

namespace jackfield::app {

struct embedded_file {
  std::string_view name, bytes;
};
/// What the build put into the program (embed.cmake).
std::span<const embedded_file> embedded_files() noexcept;

/// index.html at "/", everything else below "/chat/".
void serve_pages(routes& http);

}  // namespace jackfield::app
