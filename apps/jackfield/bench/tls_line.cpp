#include "tls_line.hpp"

namespace jackfield::bench {

tls_line::tls_line(tls_lines& of, std::string_view host, std::uint16_t port, int fd)
    : of_(of), channel_(of.context_.make(host, port, fd)), unsent_(of.pool_) {}

tls_line::outcome tls_line::shake() {
  const outcome o = channel_->shake();
  shaken_ = o == outcome::done;
  return o;
}

tls_line::outcome tls_line::write(std::string_view bytes) {
  unsent_.append(bytes);
  if (!shaken_) {
    if (const outcome o = shake(); o != outcome::done) return o;
  }
  return channel_->write(unsent_, of_.scratch_).what;
}

net::tls_channel::progress tls_line::read(std::span<char> into) {
  channel_->input_came();
  if (!shaken_) {
    if (const outcome o = shake(); o != outcome::done) return {0, o};
    if (const outcome o = channel_->write(unsent_, of_.scratch_).what; o != outcome::done && o != outcome::again) return {0, o};
  }
  return channel_->read(into);
}

}  // namespace jackfield::bench
