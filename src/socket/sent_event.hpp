// sent_event: an event encoded once, for receivers that are met later: on the wire's side what all of them are sent, and the
// canonical form beside it, for those who listen to what goes out. Immutable, shared by reference, any thread.
#pragma once

#include "engine/outgoing.hpp"
#include "socket/scratch.hpp"

#include <jackfield/bytes.hpp>
#include <jackfield/detail/emitting.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace jackfield::sio {

/// How an event is sent that was emitted with these flags. Borrows the key.
engine::terms terms_of(const detail::emit_flags& f, bool asks) noexcept;

class sent_event {
 public:
  /// Copies what `from` holds. REQUIRES: it is finished. `asks`: an answer is waited for. `number`: as in engine::terms.
  sent_event(scratch& from, const detail::emit_flags& f, bool asks, std::uint64_t number = 0);
  /// Again what json_at() and the only message of a plain() one say.
  sent_event(std::string_view text, std::size_t json_at, const engine::terms& t);

  const engine::outgoing_ref& wire() const noexcept { return wire_; }
  /// The JSON array, and what its placeholders stand for.
  std::string_view json() const noexcept { return form().messages().front().data.chars().substr(json_at_); }
  std::vector<bytes_view> attachments() const;
  /// A text, and nothing else: no attachments, no parser of the server's.
  bool plain() const noexcept { return !canonical_ && wire_->messages().size() == 1; }
  /// Where in the first message of the canonical form the array begins.
  std::size_t json_at() const noexcept { return json_at_; }

 private:
  const engine::outgoing& form() const noexcept { return canonical_ ? *canonical_ : *wire_; }

  engine::outgoing_ref wire_;
  engine::outgoing_ref canonical_;  // JSON, then the attachments; null: the wire's form is that, behind a header
  std::size_t json_at_ = 0;
};

}  // namespace jackfield::sio
