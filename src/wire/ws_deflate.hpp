// permessage-deflate (RFC 7692) on zlib: negotiation, deflater and inflater. Pure; one owner each, any thread.
// Without context takeover an inflater or deflater holds zlib's memory (up to 40 and 256 KiB) only while a message
// is in work: it borrows a stream from a small pool of its thread. Only an allocation failure throws (std::bad_alloc);
// then the inflater or deflater can only be destroyed.
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
  bool name_server_bits = false;     // the offer named server_max_window_bits, so the answer must
};

/// Server side: the first acceptable offer of a Sec-WebSocket-Extensions value, bounded by `willing`.
/// Unknown, repeated or out-of-range parameters decline that offer (S17). Nothing: no extension.
std::optional<deflate_params> negotiate_deflate(std::string_view offered, const deflate_params& willing);
/// The header value that answers the offer.
std::string deflate_response(const deflate_params& agreed);
/// Client side: what a client offers: windows as the server likes them.
std::string deflate_offer();
/// Client side: what the server made of that offer: its Sec-WebSocket-Extensions. False: it agreed to something that was not
/// offered or that we cannot do, and the connection must fail (RFC 7692 §5.1). Nothing agreed: the extension is not used.
bool accept_deflate(std::string_view answered, std::optional<deflate_params>& agreed);
/// Bytes that zlib holds for one connection between messages, at most: what S17 counts against its total. 0 without takeover.
std::size_t deflate_window_bytes(const deflate_params& agreed) noexcept;

class ws_inflater {
 public:
  ws_inflater(int window_bits, takeover t);
  ~ws_inflater();
  ws_inflater(const ws_inflater&) = delete;
  ws_inflater& operator=(const ws_inflater&) = delete;
  enum class status : unsigned char { ok, too_big, corrupt };  // after the last two: nothing more may be fed
  /// Appends the inflated bytes of one piece of a message to `out`, in 16 KiB steps, never beyond `limit` bytes in all.
  /// `last`: this piece ends the message (the 00 00 FF FF tail is added here). REQUIRES: out.size() <= limit.
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
  /// The peer was sent a message that was deflated elsewhere: the next one does not refer to what came before it.
  void start_afresh() noexcept;

 private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

/// HTTP content coding for responses: gzip or deflate (zlib-wrapped).
enum class content_coding : unsigned char { identity, gzip, deflate };
/// The coding that Accept-Encoding prefers among gzip and deflate (gzip on ties, q-values honoured); identity when it
/// allows neither.
content_coding choose_coding(std::string_view accept_encoding) noexcept;
std::string compress_body(std::string_view body, content_coding c);

}  // namespace jackfield::wire
