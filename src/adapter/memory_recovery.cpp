#include "adapter/memory_recovery.hpp"

#include "base/ids.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <iterator>
#include <utility>

namespace jackfield::adapter {
namespace {

// ~tag.mark: the tag keeps offsets of other processes and strings of applications apart from ours.
constexpr std::size_t tag_length = 6;
constexpr std::string_view digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_";
constexpr std::size_t most_digits = 10;  // 60 bits

bool is_digit(char c) noexcept { return digits.find(c) != std::string_view::npos; }

std::size_t rough_bytes(const std::string& s) noexcept { return sizeof s + s.capacity(); }

}  // namespace

std::size_t saved_session::bytes() const noexcept {
  std::size_t n = sizeof *this + sid.capacity() + pid.capacity() + changes.bytes() + (cargo ? cargo->bytes() : 0);
  if (replayed) n += replayed->bytes();
  for (const auto& r : rooms) n += rough_bytes(r);
  return n;
}

std::size_t replay::bytes() const noexcept {
  std::size_t n = sizeof *this;
  for (const auto& p : packets) n += sizeof p + p.packet->bytes();
  return n;
}

// --- pool

recovery_pool::recovery_pool(base::host& host, const recovery_limits& limits, std::string tag, std::size_t workers)
    : host_(host), limits_(limits), tag_(std::move(tag)), workers_(workers) {}

std::string recovery_pool::fresh_tag() { return "~" + base::random_id().substr(0, tag_length) + "."; }

void recovery_pool::save(const memory_recovery& of, std::unique_ptr<saved_session> s) {
  if (s->left_at == base::time_point()) s->left_at = host_.timers().now();
  if (const auto known = by_pid_.find(s->pid); known != by_pid_.end()) extract(known->second);
  const auto bytes = s->bytes();
  if (limits_.sessions == 0 || bytes > limits_.session_bytes) return host_.hit(base::limit::recovery_sessions);
  while (saved_.size() >= limits_.sessions || session_bytes_ + bytes > limits_.session_bytes) {
    host_.hit(base::limit::recovery_sessions);
    forget_first();
  }
  auto at = saved_.end();  // the place of one that is given back may lie further in front
  while (at != saved_.begin() && std::prev(at)->session->left_at > s->left_at) --at;
  const auto mine = saved_.insert(at, kept{std::move(s), &of, bytes});
  session_bytes_ += bytes;
  by_pid_.emplace(mine->session->pid, mine);
  arm();
}

/// Out of all lists before anything of it is destroyed: its cargo is the application's, and may come back here.
std::unique_ptr<saved_session> recovery_pool::extract(place p) {
  auto out = std::move(p->session);
  by_pid_.erase(std::string_view(out->pid));
  session_bytes_ -= p->bytes;
  saved_.erase(p);
  return out;
}

/// The namespace that holds most loses its oldest packet.
void recovery_pool::shrink_log() {
  while (packet_bytes_ > limits_.bytes) {
    const auto most =
        std::max_element(logs_.begin(), logs_.end(), [](const auto* a, const auto* b) { return a->bytes_ < b->bytes_; });
    (*most)->drop_first();
    host_.hit(base::limit::recovery_log);
  }
}

void recovery_pool::expire_sessions() {
  const auto now = host_.timers().now();
  while (!saved_.empty() && saved_.front().session->left_at + limits_.away < now) forget_first();
}

void recovery_pool::arm() {
  if (timer_.armed() || (saved_.empty() && packet_bytes_ == 0)) return;
  host_.timers().arm(timer_, std::clamp<base::duration>(limits_.away / 8, std::chrono::seconds(1), std::chrono::seconds(15)));
}

void recovery_pool::on_timer() {
  expire_sessions();
  const auto before = host_.timers().now() - limits_.away - limits_.unseen;
  for (auto* log : logs_) log->expire(before);
  arm();
}

// --- one namespace

memory_recovery::memory_recovery(recovery_pool& pool) : pool_(pool), arrivals_(pool.workers_ > 1 ? pool.workers_ : 0) {}

memory_recovery::~memory_recovery() {
  pool_.packet_bytes_ -= bytes_;
  std::erase(pool_.logs_, this);
  std::vector<std::unique_ptr<saved_session>> graves;
  for (auto at = pool_.saved_.begin(); at != pool_.saved_.end();) {
    const auto each = at++;
    if (each->of == this) graves.push_back(pool_.extract(each));
  }
}

void memory_recovery::write_offset(std::string& out) const {
  out += pool_.tag_;
  std::array<char, most_digits> text;
  std::size_t at = text.size();
  auto rest = next_mark();
  do text[--at] = digits[rest & 63];
  while ((rest >>= 6) != 0);
  out.append(text.data() + at, text.size() - at);
}

offset memory_recovery::read_offset(std::string_view text) const noexcept {
  constexpr std::size_t head = tag_length + 2;
  const offset other{offset_kind::other, 0};
  if (text.size() <= head || text.size() > head + most_digits || text.front() != '~' || text[head - 1] != '.') return other;
  const auto tag = text.substr(1, tag_length), number = text.substr(head);
  if (!std::all_of(tag.begin(), tag.end(), is_digit) || !std::all_of(number.begin(), number.end(), is_digit)) return other;
  if (!text.starts_with(pool_.tag_)) return {offset_kind::stranger, 0};
  std::uint64_t mark = 0;
  for (char c : number) mark = mark << 6 | digits.find(c);
  const auto from = origin_of(mark);
  if (from.worker == pool_.host_.number() && from.number > last_) return {offset_kind::future, 0};
  return {offset_kind::ours, number_of(from), mark};
}

std::uint64_t memory_recovery::number_of(origin o) const noexcept {
  if (o.worker == pool_.host_.number()) return o.number;
  const auto& all = arrivals_[o.worker];
  const auto behind = std::upper_bound(all.begin(), all.end(), o.number, [](auto n, const arrival& a) { return n < a.there; });
  return behind == all.begin() ? 0 : std::prev(behind)->here;
}

std::uint64_t memory_recovery::record(engine::outgoing_ref packet, addressees to, reach r) {
  const auto mark = next_mark();
  return keep({{std::move(packet), mark, r}, std::move(to), {}});
}

std::uint64_t memory_recovery::repeat(engine::outgoing_ref packet, addressees to, std::uint64_t mark) {
  const auto from = origin_of(mark);
  arrivals_[from.worker].push_back({from.number, last_ + 1});
  return keep({{std::move(packet), mark, reach::all_workers}, std::move(to), {}});
}

std::uint64_t memory_recovery::keep(entry e) {
  if (!std::exchange(listed_, true)) pool_.logs_.push_back(this);
  e.at = pool_.host_.timers().now();
  log_.push_back(std::move(e));
  ++last_;
  const auto bytes = bytes_of(log_.back());
  bytes_ += bytes;
  pool_.packet_bytes_ += bytes;
  if (log_.size() > pool_.limits_.packets) {
    pool_.host_.hit(base::limit::recovery_log);
    drop_first();
  }
  if (pool_.packet_bytes_ > pool_.limits_.bytes) pool_.shrink_log();
  pool_.arm();
  return last_;
}

void memory_recovery::drop_first() noexcept {
  const auto bytes = bytes_of(log_.front());
  if (!arrivals_.empty()) {
    auto& from = arrivals_[origin_of(log_.front().what.mark).worker];
    if (!from.empty() && from.front().here == first()) from.pop_front();
  }
  bytes_ -= bytes;
  pool_.packet_bytes_ -= bytes;
  log_.pop_front();
}

void memory_recovery::expire(base::time_point before) noexcept {
  while (!log_.empty() && log_.front().at < before) drop_first();
}

void memory_recovery::missed(std::uint64_t from, membership who, std::vector<kept_packet>& out) const {
  const auto oldest = first();
  for (auto n = std::max(from + 1, oldest); n <= last_; ++n) {
    who.advance(n);
    const auto& e = log_[n - oldest];
    if (e.to.reach([&who](std::string_view room) { return who.in(room); })) out.push_back(e.what);
  }
}

bool memory_recovery::load(std::string_view pid, std::unique_ptr<session_cargo> cargo) {
  if (find(pid) == nullptr) return false;
  auto s = pool_.extract(pool_.by_pid_.find(pid)->second);
  s->cargo = std::move(cargo);
  const std::string key = s->pid;
  pool_.save(*this, std::move(s));
  return find(key) != nullptr;
}

saved_session* memory_recovery::find(std::string_view pid) noexcept {
  const auto at = pool_.by_pid_.find(pid);
  if (at == pool_.by_pid_.end() || at->second->of != this) return nullptr;
  auto* s = at->second->session.get();
  return s->left_at + pool_.limits_.away < pool_.host_.timers().now() ? nullptr : s;
}

std::unique_ptr<saved_session> memory_recovery::take(std::string_view pid) {
  if (find(pid) == nullptr) return nullptr;
  return pool_.extract(pool_.by_pid_.find(pid)->second);
}

}  // namespace jackfield::adapter
