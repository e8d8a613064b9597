#include "socket/sent_event.hpp"

#include <utility>

namespace jackfield::sio {
namespace {

engine::outgoing_ref canonical_form(const scratch& s) {
  std::vector<engine::message> out;
  out.reserve(1 + s.attachments.size());
  out.push_back({protocol::payload_kind::text, base::shared_bytes(s.json())});
  for (auto a : s.attachments) out.push_back({protocol::payload_kind::binary, base::shared_bytes(as_chars(a))});
  return base::make_ref<engine::outgoing>(std::move(out));
}

}  // namespace

engine::terms terms_of(const detail::emit_flags& f, bool asks) noexcept {
  return {.how = f.volatile_ ? engine::delivery::if_writable : engine::delivery::regular,
          .compress = f.compress ? engine::compression::allowed : engine::compression::none,
          .patient = asks ? engine::patience::keep : engine::patience::droppable,
          .key = f.key};
}

sent_event::sent_event(scratch& from, const detail::emit_flags& f, bool asks, std::uint64_t number) {
  auto terms = terms_of(f, asks);
  terms.number = number;
  wire_ = base::make_ref<engine::outgoing>(from.owned(), terms);
  if (from.translated)
    canonical_ = canonical_form(from);
  else
    json_at_ = from.json_at - from.begin;
}

sent_event::sent_event(std::string_view text, std::size_t json_at, const engine::terms& t) : json_at_(json_at) {
  std::vector<engine::message> one;
  one.push_back({protocol::payload_kind::text, base::shared_bytes(text)});
  wire_ = base::make_ref<engine::outgoing>(std::move(one), t);
}

std::vector<bytes_view> sent_event::attachments() const {
  std::vector<bytes_view> out;
  const auto& all = form().messages();
  for (std::size_t i = 1; i < all.size(); ++i) out.push_back(all[i].data.view());
  return out;
}

}  // namespace jackfield::sio
