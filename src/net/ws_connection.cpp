#include "net/ws_connection.hpp"

#include "base/random.hpp"

#include <array>
#include <cstring>
#include <optional>
#include <utility>

namespace jackfield::net {

namespace {
constexpr int messages_between_clock_reads = 64;
constexpr std::size_t pong_backlog_bytes = 64 * 1024;

/// Masking keys must not be guessed (RFC 6455 §10.3): fresh bytes of the kernel's, some hundred at a time.
wire::ws_mask_key next_mask() {
  thread_local std::array<std::byte, 512> fresh;
  thread_local std::size_t used = fresh.size();
  if (used == fresh.size()) {
    base::fill_random(fresh);
    used = 0;
  }
  wire::ws_mask_key key;
  std::memcpy(key.data(), fresh.data() + used, key.size());
  used += key.size();
  return key;
}

/// The same agreement with us at its server's place: `server` is what we send with.
wire::deflate_params turned(wire::deflate_params p) {
  std::swap(p.server, p.client);
  std::swap(p.server_max_window_bits, p.client_max_window_bits);
  return p;
}
}  // namespace

static_assert(sizeof(ws_connection) <= 112, "every WebSocket connection pays for this");

struct ws_connection::deflate {
  deflate(const wire::deflate_params& p, std::shared_ptr<std::atomic<std::size_t>> total)
      : out(p.server_max_window_bits, p.server), windows(wire::deflate_window_bytes(p)), all_windows(std::move(total)) {
    if (all_windows) all_windows->fetch_add(windows, std::memory_order_relaxed);
  }
  ~deflate() {
    if (all_windows) all_windows->fetch_sub(windows, std::memory_order_relaxed);
  }
  deflate(const deflate&) = delete;
  deflate& operator=(const deflate&) = delete;
  wire::ws_deflater out;
  std::size_t windows;
  std::shared_ptr<std::atomic<std::size_t>> all_windows;
  std::string scratch;
};

struct ws_connection::close_timer final : base::timer {
  explicit close_timer(ws_connection& c) : of(c) {}
  void fire() override { of.close_timed_out(); }
  ws_connection& of;
};

struct ws_connection::extras {
  std::shared_ptr<const ws_settings> settings;  // a client's; the first member, as what is below refers to it up to its end
  std::optional<deflate> packer;
  std::optional<close_timer> timer;
  std::string stash;                // input not handled yet: paused, or out of time in this turn
  std::optional<std::string> pong;  // the newest ping's payload, while output is blocked (S16)
};

ws_connection::extras& ws_connection::more() {
  if (!extras_) extras_ = std::make_unique<extras>();
  return *extras_;
}

ws_connection::ws_connection(std::unique_ptr<stream> s, const ws_settings& settings, wire::ws_role role)
    : role_(role), stream_(std::move(s)), settings_(settings), decoder_(role, settings.limits) {}

ws_connection::ws_connection(std::unique_ptr<stream> s, const ws_settings& settings, const wire::deflate_params* agreed)
    : ws_connection(std::move(s), settings, wire::ws_role::server) {
  if (agreed) agree(*agreed);
}

ws_connection::ws_connection(std::unique_ptr<stream> s, std::shared_ptr<const ws_settings> settings,
                             const wire::deflate_params* agreed)
    : ws_connection(std::move(s), *settings, wire::ws_role::client) {
  more().settings = std::move(settings);
  if (agreed) agree(turned(*agreed));
}

void ws_connection::agree(const wire::deflate_params& ours) {
  more().packer.emplace(ours, settings_.window_bytes);
  deflate_bits_ = static_cast<std::uint8_t>(ours.server_max_window_bits);
  decoder_.set_inflater(std::make_unique<wire::ws_inflater>(ours.client_max_window_bits, ours.client));
}

ws_connection::~ws_connection() = default;

void ws_connection::start(ws_handler& h, std::string_view early) {
  handler_ = &h;
  holds_itself_ = true;
  intrusive_ptr_add_ref(this);
  stream_->set_handler(*this);
  if (early.empty()) return;
  more().stash.assign(early);
  stream_->ask_again();
}

/// What start() took, for the caller to end with.
base::ref<ws_connection> ws_connection::let_go() noexcept {
  const bool held = holds_itself_;
  holds_itself_ = false;
  return held ? base::ref<ws_connection>(this, false) : nullptr;
}

void ws_connection::on_data(std::span<char> data) {
  base::ref<ws_connection> self(this);
  if (!extras_ || extras_->stash.empty()) return handle(data);
  auto earlier = std::exchange(extras_->stash, {});
  earlier.append(data.data(), data.size());
  handle(earlier);
}

// Messages are handed out until the input is used up, the reader is paused, or this connection has had
// its share of the turn; what is left waits in the stash.
void ws_connection::handle(std::span<char> data) {
  base::time_point since = stream_->on().timers().now();
  for (int n = 1;; ++n) {
    wire::ws_event e = decoder_.next(data);
    if (!deliver(e)) return;
    bool rest = stream_ && (stream_->paused() || (n % messages_between_clock_reads == 0 && stream_->on().time_is_up(since)));
    if (!rest || data.empty()) continue;
    more().stash.assign(data.data(), data.size());
    return stream_->ask_again();
  }
}

// False: stop feeding.
bool ws_connection::deliver(const wire::ws_event& e) {
  using what = wire::ws_event::what;
  bool listening = state_ == state::open && handler_;
  switch (e.kind) {
    case what::need_more: return false;
    case what::text:
      if (listening) handler_->on_text(e.data);
      break;
    case what::binary:
      if (listening) handler_->on_binary(e.data);
      break;
    case what::ping:
      if (state_ == state::open) answer_ping(e.data);
      break;
    case what::pong: break;
    case what::close: peer_closed(e.code, e.data); return false;
    case what::error: fail(e.code, e.data); return false;
  }
  return state_ != state::done && stream_ != nullptr;
}

void ws_connection::answer_ping(std::string_view payload) {
  if (unsent_bytes() < pong_backlog_bytes) return send(wire::ws_opcode::pong, {}, payload);
  more().pong.emplace(payload);
  stream_->want_drain(true);
}

void ws_connection::send(wire::ws_opcode op, std::string_view head, std::string_view body, bool compress) {
  if (!stream_ || state_ != state::open) return;
  if (!compress || deflate_bits_ == 0 || head.size() + body.size() < settings_.deflate_threshold)
    return send_frame(op, head, body, false);
  auto& packer = *extras_->packer;
  std::string whole(head);
  whole.append(body);
  packer.scratch.clear();
  packer.out.deflate(whole, packer.scratch);
  send_frame(op, {}, packer.scratch, true);
}

void ws_connection::send_frame(wire::ws_opcode op, std::string_view head, std::string_view body, bool deflated) {
  if (role_ == wire::ws_role::client) return send_masked(op, head, body, deflated);
  out_queue& out = stream_->out();
  const auto size = head.size() + body.size();
  if (size < 126 && head.size() == 1) {  // most
    char* at = out.claim(3);
    at[0] = wire::ws_first_byte(op, deflated);
    at[1] = static_cast<char>(size);
    at[2] = head.front();
    out.append(body);
    return stream_->touch();
  }
  wire::ws_frame_head frame = wire::ws_head(op, size, deflated);
  char* at = out.claim(frame.size + head.size());
  std::memcpy(at, frame.bytes.data(), frame.size);
  if (!head.empty()) std::memcpy(at + frame.size, head.data(), head.size());
  out.append(body);
  stream_->touch();
}

void ws_connection::send_masked(wire::ws_opcode op, std::string_view head, std::string_view body, bool deflated) {
  wire::ws_frame_head frame = wire::ws_head(op, head.size() + body.size(), deflated);
  frame.bytes[1] = static_cast<char>(static_cast<unsigned char>(frame.bytes[1]) | 0x80u);
  auto key = next_mask();
  std::array<char, 1024> piece;  // head, key, and payload as far as it fits; then payload alone
  std::memcpy(piece.data(), frame.bytes.data(), frame.size);
  std::memcpy(piece.data() + frame.size, key.data(), key.size());
  std::size_t used = frame.size + key.size(), masked_from = used;
  out_queue& out = stream_->out();
  for (std::string_view rest : {head, body}) {
    while (!rest.empty()) {
      const auto some = rest.substr(0, piece.size() - used);
      std::memcpy(piece.data() + used, some.data(), some.size());
      used += some.size();
      rest.remove_prefix(some.size());
      if (used < piece.size()) continue;
      wire::ws_apply_mask(piece.data() + masked_from, used - masked_from, key);
      out.append(std::string_view(piece.data(), used));
      used = masked_from = 0;
    }
  }
  wire::ws_apply_mask(piece.data() + masked_from, used - masked_from, key);
  out.append(std::string_view(piece.data(), used));
  stream_->touch();
}

void ws_connection::send_frames(const base::shared_bytes& frames) {
  if (!stream_ || state_ != state::open) return;
  stream_->out().append(frames);
  stream_->touch();
}

void ws_connection::send_packed_frames(const base::shared_bytes& frames) {
  extras_->packer->out.start_afresh();
  send_frames(frames);
}

void ws_connection::close(std::uint16_t code, std::string_view reason) {
  if (!stream_ || state_ != state::open) return;
  send(wire::ws_opcode::close, {}, wire::ws_close_payload(code, reason));
  state_ = state::closing;
  stream_->on().timers().arm(more().timer.emplace(*this), settings_.close_time);
  if (stream_->paused()) stream_->pause(false);  // the peer's close frame must be heard
}

void ws_connection::peer_closed(std::uint16_t code, std::string_view reason) {
  if (state_ == state::open) send(wire::ws_opcode::close, {}, wire::ws_close_payload(code == 1005 ? 0 : code));
  stream::finish(std::move(stream_));
  over(ws_end::closed, code, reason);
}

void ws_connection::fail(std::uint16_t code, std::string_view why) {
  if (code == 1009) stream_->on().hit(base::limit::message_bytes);
  if (code == 1008) stream_->on().hit(base::limit::message_fragments);
  // The code alone goes out, as from the reference: what clients are told of a close they show to people or compare.
  if (state_ == state::open) send(wire::ws_opcode::close, {}, wire::ws_close_payload(code));
  stream::finish(std::move(stream_));
  over(ws_end::violation, code, why);
}

void ws_connection::on_end(stream_end how) {
  base::ref<ws_connection> self(this);
  stream::drop(std::move(stream_));
  const bool just_went = how == stream_end::closed || how == stream_end::truncated;  // a close frame tells which end was meant
  over(just_went ? ws_end::closed : ws_end::broken, 1006, how == stream_end::stalled ? "write stalled" : "");
}

void ws_connection::close_timed_out() {
  base::ref<ws_connection> self(this);
  stream::drop(std::move(stream_));
  over(ws_end::closed, 1006, "closing handshake not answered");
}

void ws_connection::over(ws_end how, std::uint16_t code, std::string_view reason) {
  if (state_ == state::done) return;
  state_ = state::done;
  if (extras_ && extras_->timer) extras_->timer->cancel();
  const auto self = let_go();
  if (auto* h = std::exchange(handler_, nullptr)) h->on_ws_closed(how, code, reason);
}

void ws_connection::drop() {
  const auto self = let_go();
  handler_ = nullptr;
  state_ = state::done;
  if (extras_) extras_->timer.reset();
  stream::drop(std::move(stream_));
}

void ws_connection::pause(bool paused) {
  if (stream_ && state_ == state::open) stream_->pause(paused);
}

void ws_connection::want_drain(bool wanted) {
  drain_wanted_ = wanted;
  if (stream_) stream_->want_drain(wanted || (extras_ && extras_->pong));
}

void ws_connection::on_drained() {
  if (extras_ && extras_->pong) {
    auto payload = std::exchange(extras_->pong, std::nullopt);
    stream_->want_drain(drain_wanted_);
    send(wire::ws_opcode::pong, {}, *payload);
    return;
  }
  if (handler_ && state_ == state::open) handler_->on_ws_drained();
}

}  // namespace jackfield::net
