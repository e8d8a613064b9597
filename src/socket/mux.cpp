#include "socket/mux.hpp"

namespace jackfield::sio {

mux::slot* mux::find(std::string_view nsp) noexcept {
  for (auto& s : slots_) {
    if (s.nsp == nsp) return &s;
  }
  return nullptr;
}

void mux::stop_listening() noexcept {
  deaf_ = true;
  decoder_.reset();
  shared_.budget.note(*this, 0);
}

void mux::on_message(engine::session&, protocol::payload_kind kind, std::string_view data) {
  if (deaf_) return;
  using outcome = protocol::sio_decoder::outcome;
  const bool was_unfinished = decoder_.unfinished();
  const auto got = kind == protocol::payload_kind::text ? decoder_.add_text(data) : decoder_.add_binary(as_bytes(data));
  if (got == outcome::failed) {
    const auto e = decoder_.error();
    stop_listening();
    return on_undecodable(e);
  }
  if (got == outcome::need_more) {
    on_unfinished();
    if (!deaf_) shared_.budget.note(*this, decoder_.held_bytes());
    return;
  }
  if (was_unfinished) {
    shared_.budget.note(*this, 0);
    on_unfinished();
    if (deaf_) return;
  }
  receive(decoder_.packet());
}

}  // namespace jackfield::sio
