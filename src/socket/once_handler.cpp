// exactly_once: the handler around a handler that asks the socket's memory first.
#include "base/hash.hpp"
#include "socket/endpoint.hpp"
#include "socket/once_memory.hpp"

#include <jackfield/exactly_once.hpp>
#include <jackfield/handler.hpp>

#include <utility>

namespace jackfield::detail {
namespace {

constexpr std::size_t longest_key = 256;

std::uint64_t fingerprint_of(const args& all) {
  std::uint64_t h = all.size();
  const auto add = [&h](std::string_view part) { h = (h << 7 | h >> 57) ^ base::siphash13(part, base::process_hash_key()); };
  for (const auto& a : all) add(a.json());
  for (auto b : all.attachments()) add(as_chars(b));
  return h;
}

class once_handler final : public event_handler {
 public:
  once_handler(ref<event_handler> h, exactly_once rule) : handler_(std::move(h)), rule_(std::move(rule)) {}

  void call(incoming& in) override {
    if (in.seen == repetition::unknown) in.seen = look(in);
    if (in.seen == repetition::again) return;
    handler_->call(in);
    if (auto answer = in.take_ack()) answer();
  }

 private:
  repetition look(incoming& in) {
    std::string key;
    if (rule_.make()) {
      auto made = rule_.make()(*in.arguments);
      if (!made) return repetition::first;
      key = std::move(*made);
      if (key.size() > longest_key) return refuse(in, 0, "its key has more than 256 bytes");
    } else if (!read_key(in, key)) {
      return repetition::again;
    }
    switch (in.to->admit_once(in, key, fingerprint_of(*in.arguments))) {
      case sio::once_memory::verdict::run: return repetition::first;
      case sio::once_memory::verdict::again: return repetition::again;
      case sio::once_memory::verdict::clash: break;
    }
    return refuse(in, rule_.make() ? 0 : index_in(in), "this key was used for other arguments");
  }
  std::size_t index_in(const incoming& in) const noexcept {
    const auto i = rule_.argument();
    return i >= 0 ? static_cast<std::size_t>(i) : in.arguments->size() + static_cast<std::size_t>(i);
  }
  /// False: refused.
  bool read_key(incoming& in, std::string& key) {
    const auto i = index_in(in);
    const auto a = (*in.arguments)[i];
    const auto of_number = a.type() == value::kind::integer || a.type() == value::kind::unsigned_integer;
    if (of_number) {
      key = "n" + std::string(a.json());
    } else if (a.type() == value::kind::string && a.json().size() <= 6 * longest_key) {
      misfit why;
      if (!read(a, key, why)) return refuse(in, i, why.message()), false;
      key.insert(0, 1, 's');
    }
    if (key.empty() || key.size() > longest_key + 1)
      return refuse(in, i, "expected a key: a text of at most 256 bytes, or a number"), false;
    return true;
  }
  static repetition refuse(incoming& in, std::size_t index, std::string why) {
    refuse_argument(in, index, {{}, std::move(why)});
    return repetition::again;
  }

  ref<event_handler> handler_;
  exactly_once rule_;
};

}  // namespace

ref<event_handler> make_once(ref<event_handler> h, exactly_once rule) {
  return ref<event_handler>(new once_handler(std::move(h), std::move(rule)));
}

}  // namespace jackfield::detail
