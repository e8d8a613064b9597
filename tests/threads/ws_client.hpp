// ws_client: a Socket.IO client over WebSocket with blocking calls, as small as a test needs. It trusts its server.
// Thread: one at a time. Throws std::runtime_error when the server does not do what is waited for within ten seconds.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace jackfield::tests {

class ws_client {
 public:
  /// Connects to 127.0.0.1 and joins the namespace "/". `receive_buffer`: bytes that the kernel keeps for us; 0: as it likes.
  explicit ws_client(std::uint16_t port, int receive_buffer = 0);
  ~ws_client();
  ws_client(ws_client&&) noexcept;
  ws_client& operator=(ws_client&&) = delete;

  /// What the server calls this socket.
  const std::string& id() const noexcept { return id_; }
  /// One Engine.IO text packet, without its digit when it is a message: "42[…]" is `2[…]`.
  void send(std::string_view packet);
  /// The same in two fragments: the server has to keep the first until the last comes.
  void begin(std::string_view packet);
  void end(std::string_view rest);
  /// The next message: a Socket.IO packet without Engine.IO's digit. Pings are answered. Nothing: the server closed.
  std::optional<std::string> next();
  /// The end of the stream, without a word.
  void vanish();
  /// The same with a reset: the kernel remembers nothing of the connection.
  void reset();

 private:
  std::string take(std::size_t n);
  std::optional<std::string> frame();
  void write_all(std::string_view bytes);
  void write_frame(std::string_view text, unsigned char first = 0x81);

  int fd_ = -1;
  std::string in_;
  std::string id_;
};

}  // namespace jackfield::tests
