#include "messenger.hpp"

#include "stamp.hpp"

namespace jackfield::bench {

messenger::messenger(const scene_parts& parts)
    : parts_(parts), prefix_(parts.how.line.nsp == "/" ? "42" : "42" + parts.how.line.nsp + ","), ledgers_(parts.how.threads) {}

void messenger::begin_packet() { text_.assign(prefix_); }

void messenger::end_packet(peer& from, std::uint32_t message, nanos meant) {
  stamp s{parts_.all.name, static_cast<std::uint8_t>(parts_.thread), message, meant - parts_.all.epoch};
  append_stamped(text_, s, parts_.how.size);
  text_ += "\"]";
  from.send(text_);
}

void messenger::book_sent(std::uint64_t copies, nanos meant) {
  parts_.counts.copies_expected += copies;
  if (parts_.all.window.holds(meant)) ++parts_.counts.sent;
  parts_.pieces.sent(meant);
}

void messenger::echo(peer& from, nanos meant) {
  const auto message = ledgers_[parts_.thread].open_for(from.index(), meant);
  begin_packet();
  text_ += std::to_string(message);
  text_ += "[\"echo\",\"";
  book_sent(1, meant);
  end_packet(from, message, meant);
}

void messenger::cast(peer& from, const audience& all, nanos meant) {
  const auto message = ledgers_[parts_.thread].open_for(all, from.index(), meant);
  begin_packet();
  text_ += "[\"cast\",\"";
  book_sent(all.count(), meant);
  end_packet(from, message, meant);
}

void messenger::room(peer& from, std::string_view name, const audience& all, nanos meant) {
  const auto message = ledgers_[parts_.thread].open_for(all, from.index(), meant);
  begin_packet();
  text_ += "[\"room\",\"";
  text_ += name;
  text_ += "\",\"";
  book_sent(all.count(), meant);
  end_packet(from, message, meant);
}

void messenger::join(peer& from, std::string_view name) {
  begin_packet();
  text_ += std::to_string(first_join + joins_++);
  text_ += "[\"join\",\"";
  text_ += name;
  text_ += "\"]";
  from.send(text_);
}

messenger::copy messenger::take(const packet& p, const receiver& by, nanos when, const audience* all) {
  copy c;
  stamp s;
  tally& counts = parts_.counts;
  if (!read_stamp(p.text, s)) {
    ++counts.malformed;
    return c;
  }
  if (s.run != parts_.all.name || s.thread >= ledgers_.size()) {
    ++counts.foreign;
    return c;
  }
  const bool wrong = p.text.size() != parts_.how.size || (p.kind == packet::what::ack && p.id != s.message);
  if (wrong) {
    ++counts.malformed;
    return c;
  }
  ledger& book_of = ledgers_[s.thread];
  c.meant = s.meant + parts_.all.epoch;
  if (s.thread != parts_.thread && all) {
    const auto known = book_of.next();
    book_of.open_upto(s.message, *all, c.meant);
    counts.copies_expected += (book_of.next() - known) * all->count();
  }
  const receipt r =
      p.kind == packet::what::ack ? book_of.receive(s.message, by.index) : book_of.receive(s.message, by.place, by.in);
  c.what = r.what;
  c.own = s.thread == parts_.thread && r.sender == by.index;
  book(c, when);
  return c;
}

void messenger::book(copy& c, nanos when) {
  tally& counts = parts_.counts;
  switch (c.what) {
    case arrival::twice: ++counts.twice; return;
    case arrival::unknown: ++counts.malformed; return;
    case arrival::not_meant: return;
    case arrival::late: ++counts.copies_received; return;
    case arrival::expected:
    case arrival::last: break;
  }
  c.latency = when - c.meant;
  ++counts.copies_received;
  if (parts_.all.window.holds(when)) ++counts.delivered;
  if (parts_.all.window.holds(c.meant)) {
    counts.latency.record(c.latency);
    if (c.what == arrival::last) counts.completion.record(c.latency);
  }
  parts_.pieces.delivered(when, c.latency);
}

void messenger::give_up(nanos when) {
  for (ledger& l : ledgers_) l.give_up(when - to_nanos(parts_.how.patience));
}

void messenger::write_off(const audience* all, std::uint32_t place, std::uint32_t index) {
  for (ledger& l : ledgers_) {
    if (all) l.write_off(*all, place);
    l.write_off(index);
  }
}

bool messenger::quiet() const noexcept {
  for (const ledger& l : ledgers_)
    if (l.outstanding()) return false;
  return parts_.thread == 0 || ledgers_[0].next() >= parts_.all.casts_sent.load(std::memory_order_relaxed);
}

void messenger::finish(const audience* all) {
  const auto sent = parts_.all.casts_sent.load();
  if (parts_.thread != 0 && sent && all) {
    const auto known = ledgers_[0].next();
    ledgers_[0].open_upto(sent - 1, *all, 0);
    parts_.counts.copies_expected += (ledgers_[0].next() - known) * all->count();
  }
  for (ledger& l : ledgers_) {
    l.give_up(never);
    parts_.counts.lost += l.lost();
    parts_.counts.late += l.late();
    parts_.counts.written_off += l.written_off();
  }
}

}  // namespace jackfield::bench
