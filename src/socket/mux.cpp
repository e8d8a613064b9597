#include "socket/mux.hpp"

#include <exception>
#include <string>

namespace jackfield::sio {

decoding::decoding(const protocol::sio_limits& l, const protocol::sio_limits& old, std::size_t budget_bytes, const parser* p,
                   std::atomic<std::size_t>* held)
    : limits(l),
      old_limits(old),
      budget(budget_bytes, held),
      packets(p),
      packet_limits{l.attachments, l.nsp_bytes, l.depth},
      old_packet_limits{old.attachments, old.nsp_bytes, old.depth} {
  if (p != nullptr) scratch.draft = std::make_unique<packet_draft>();
}

mux::mux(engine::session& session, decoding& shared)
    : session_(&session),
      shared_(shared),
      decoder_(session.revision() == protocol::eio_revision::v3 ? shared.old_limits : shared.limits, shared.scratch) {
  if (shared.packets == nullptr) return;
  const bool old = session.revision() == protocol::eio_revision::v3;
  foreign_ = shared.packets->decoder(old ? shared.old_packet_limits : shared.packet_limits);
}

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
  // A packet that is being handled may point into it.
  if (foreign_ && session() != nullptr) session_->host().defer([d = std::move(foreign_)] {});
}

void mux::on_message(engine::session&, protocol::payload_kind kind, std::string_view data) {
  if (deaf_) return;
  if (foreign_) [[unlikely]] {
    return on_foreign_message({kind == protocol::payload_kind::text ? message_kind::text : message_kind::binary, data});
  }
  using outcome = protocol::sio_decoder::outcome;
  const bool was_unfinished = decoder_.unfinished();
  const auto got = kind == protocol::payload_kind::text ? decoder_.add_text(data) : decoder_.add_binary(as_bytes(data));
  if (got == outcome::failed) {
    const auto e = decoder_.error();
    return refuse(e, text_of(e));
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

void mux::refuse(protocol::sio_error e, std::string_view why) {
  stop_listening();
  on_undecodable(e, why);
}

/// m: the next message; null: another packet of the last one. The program's code: what it throws is the packet's fault.
decoded mux::ask_decoder(const wire_message* m) {
  auto& scratch = shared_.scratch;
  scratch.trim();
  if (!scratch.draft) scratch.draft = std::make_unique<packet_draft>();
  auto& draft = *scratch.draft;
  draft.clear();
  try {
    return m != nullptr ? foreign_->add(*m, draft) : foreign_->next(draft);
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const std::exception& e) {
    return draft.fail(e.what());
  } catch (...) {
    return draft.fail("the parser failed");
  }
}

void mux::on_foreign_message(wire_message m) {
  using protocol::sio_error;
  std::size_t held = foreign_->held_bytes();
  auto got = ask_decoder(&m);
  if (!note_held(held)) return;
  for (; got == decoded::packet; got = ask_decoder(nullptr)) {
    const auto e = protocol::adopt_draft(shared_.scratch, decoder_.limits());
    if (e != sio_error::none) return refuse(e, text_of(e));
    receive(shared_.scratch.packet);
    if (deaf_) return;
  }
  if (got == decoded::failed) {
    const std::string why = std::move(shared_.scratch.draft->why);
    return refuse(sio_error::refused_by_parser, why);
  }
  note_held(held);
}

/// Tells what the decoder keeps now, if it is or was anything. False: that was the end.
bool mux::note_held(std::size_t& before) {
  const auto now = foreign_->held_bytes();
  if (now == 0 && before == 0) return true;
  before = now;
  on_unfinished();
  if (!deaf_) shared_.budget.note(*this, now);
  return !deaf_;
}

}  // namespace jackfield::sio
