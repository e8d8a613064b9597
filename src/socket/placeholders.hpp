// placeholders: {"_placeholder":true,"num":N}, what stands in JSON text for binary (protocol.md 3.3), without a tree.
#pragma once

#include <jackfield/bytes.hpp>

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace jackfield::sio {

void write_placeholder(std::size_t num, std::string& out);

/// The number, when valid JSON `text` is one placeholder and nothing else, spelled as JSON.stringify does.
std::optional<std::size_t> placeholder_number(std::string_view text) noexcept;

/// Appends valid JSON `text` with its placeholders numbered anew, behind those in `out_attachments`, which grows by what
/// they stand for. False: a placeholder may be spelled in another way; both outputs may then have grown.
bool renumber(std::string_view text, std::span<const bytes_view> attachments, std::string& out,
              std::vector<bytes_view>& out_attachments);

}  // namespace jackfield::sio
