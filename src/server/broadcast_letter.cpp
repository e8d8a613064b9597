#include "server/broadcast_letter.hpp"

#include "base/letter_sheet.hpp"
#include "server/fanout.hpp"
#include "server/nsp.hpp"
#include "server/realm.hpp"
#include "server/shard.hpp"

#include <boost/container/small_vector.hpp>

#include <cstring>

namespace jackfield::srv {
namespace {

/// The next `n` bytes, which are passed.
std::string_view take(const char*& at, std::size_t n) noexcept {
  const std::string_view out(at, n);
  at += n;
  return out;
}

}  // namespace

bool broadcast_letter::write(shard& to, realm& n, const adapter::audience& who, const sio::sent_event& event) {
  if (!event.plain()) return false;
  const auto terms = event.wire()->terms();
  const std::string_view text = event.wire()->messages().front().data.chars();
  const auto names = who.in.size() + who.except.size();
  std::size_t tail = names * sizeof(length) + terms.key.size() + text.size();
  for (const auto& list : {who.in, who.except})
    for (const auto name : list) tail += name.size();
  if (tail > most_bytes) return false;
  const auto cost = base::letter_sheet::cost<broadcast_letter>(tail);
  base::letter_sheet* const sheet = to.host().sheet(cost);
  if (sheet == nullptr) return false;

  sheet->keep(n);
  auto& l = sheet->add<broadcast_letter>(tail, to, n);
  l.rooms_ = static_cast<length>(who.in.size());
  l.exceptions_ = static_cast<length>(who.except.size());
  l.key_bytes_ = static_cast<length>(terms.key.size());
  l.text_bytes_ = static_cast<length>(text.size());
  l.json_at_ = static_cast<length>(event.json_at());
  l.how_ = terms.how;
  l.compress_ = terms.compress;
  l.patient_ = terms.patient;
  char* lengths = base::letter_sheet::tail_of(l);
  char* at = lengths + names * sizeof(length);
  const auto put = [&at](std::string_view bytes) {
    if (!bytes.empty()) std::memcpy(at, bytes.data(), bytes.size());
    at += bytes.size();
  };
  for (const auto& list : {who.in, who.except}) {
    for (const auto name : list) {
      const auto bytes = static_cast<length>(name.size());
      std::memcpy(lengths, &bytes, sizeof bytes);
      lengths += sizeof bytes;
      put(name);
    }
  }
  put(terms.key);
  put(text);
  return true;
}

void broadcast_letter::operator()() const {
  nsp* const n = nsp_.part(to_);
  if (n == nullptr) return;
  const char* lengths = base::letter_sheet::tail_of(*this);
  const char* at = lengths + (rooms_ + exceptions_) * sizeof(length);
  using names = boost::container::small_vector<std::string_view, 4>;
  const auto read = [&](std::size_t count) {
    names out;
    for (; count > 0; --count) {
      length bytes;
      std::memcpy(&bytes, lengths, sizeof bytes);
      lengths += sizeof bytes;
      out.push_back(take(at, bytes));
    }
    return out;
  };
  const names in = read(rooms_), except = read(exceptions_);
  const auto key = take(at, key_bytes_);
  const auto text = take(at, text_bytes_);
  const sio::sent_event event(text, json_at_, {.how = how_, .compress = compress_, .patient = patient_, .key = key});
  fan_out(*n, {in, except}, event);
}

}  // namespace jackfield::srv
