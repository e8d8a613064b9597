// permessage-deflate (RFC 7692) on zlib: negotiation, deflater and inflater. Pure.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace jackfield::wire {

enum class takeover : bool { none, context };

/// What both ends agreed to, or what our side is willing to do.
struct deflate_params {
  int server_max_window_bits = 15;   // 9..15
  int client_max_window_bits = 15;   // 9..15
  takeover server = takeover::none;  // our compressor keeps its window between messages
  takeover client = takeover::none;  // the peer's does
};

/// Server side: the first acceptable offer of a Sec-WebSocket-Extensions value, bounded by `willing`.
/// Unknown, repeated or out-of-range parameters decline that offer (S17). Nothing: no extension.
std::optional<deflate_params> negotiate_deflate(std::string_view offered, const deflate_params& willing);
/// The header value that answers the offer.
std::string deflate_response(const deflate_params& agreed);

class ws_inflater {
 public:
  ws_inflater(int window_bits, takeover t);
  ~ws_inflater();
  ws_inflater(const ws_inflater&) = delete;
  ws_inflater& operator=(const ws_inflater&) = delete;
  enum class status : unsigned char { ok, too_big, corrupt };
  /// Appends the inflated bytes of one piece of a message to `out`, in 16 KiB steps, never beyond `limit` bytes in all.
  /// `last`: this piece ends the message (the 00 00 FF FF tail is added here).
  status inflate(std::string_view piece, bool last, std::string& out, std::size_t limit);

 private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

class ws_deflater {
 public:
  ws_deflater(int window_bits, takeover t, int level = 6);
  ~ws_deflater();
  ws_deflater(const ws_deflater&) = delete;
  ws_deflater& operator=(const ws_deflater&) = delete;
  /// One whole message, without the 00 00 FF FF tail, appended to `out`.
  void deflate(std::string_view message, std::string& out);

 private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

/// HTTP content coding for responses: gzip or deflate (zlib-wrapped).
enum class content_coding : unsigned char { identity, gzip, deflate };
/// The coding that Accept-Encoding prefers among gzip and deflate (gzip on ties, q-values honoured).
content_coding choose_coding(std::string_view accept_encoding) noexcept;
std::string compress_body(std::string_view body, content_coding c);

}  // namespace jackfield::wire
