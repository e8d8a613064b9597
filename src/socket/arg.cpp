#include "base/json.hpp"
#include "base/shared_bytes.hpp"
#include "socket/placeholders.hpp"

#include <jackfield/arg.hpp>
#include <jackfield/next.hpp>

#include <vector>

namespace jackfield {
namespace json = base::json;

namespace detail {

/// What kept arguments own: the text of all, the attachments, and the views of both.
struct kept_args final : shared {
  std::vector<char> text;
  std::vector<char> binary;
  std::vector<bytes_view> attachments;
  std::vector<json::element> items;

  void take(std::span<const bytes_view> from) {
    std::size_t n = 0;
    for (auto a : from) n += a.size();
    binary.reserve(n);  // the views stay good
    for (auto a : from) {
      const std::size_t at = binary.size();
      binary.insert(binary.end(), as_chars(a).begin(), as_chars(a).end());
      attachments.push_back(as_bytes(std::string_view(binary.data() + at, a.size())));
    }
  }
  std::string_view append(std::string_view t) {
    const std::size_t at = text.size();
    text.insert(text.end(), t.begin(), t.end());  // reserved by the caller
    return {text.data() + at, t.size()};
  }

  static arg one(const arg& from) {
    auto own = ref<kept_args>(new kept_args);
    own->text.reserve(from.text_.size());
    own->take(from.attachments_);
    arg out;
    out.text_ = own->append(from.text_);
    out.attachments_ = own->attachments;
    out.owner_ = std::move(own);
    return out;
  }
  static args all(const args& from) {
    auto own = ref<kept_args>(new kept_args);
    std::size_t n = 0;
    for (std::size_t i = 0; i < from.size_; ++i) n += from.items_[i].text.size();
    own->text.reserve(n);
    own->items.reserve(from.size_);
    own->take(from.attachments_);
    for (std::size_t i = 0; i < from.size_; ++i) {
      own->items.push_back(from.items_[i]);
      own->items.back().text = own->append(from.items_[i].text);
    }
    args out(own->items, own->attachments);
    out.owner_ = std::move(own);
    return out;
  }
  /// JSON array text and what its placeholders stand for.
  static args parsed(std::string_view array_text, std::span<const bytes_view> from) {
    auto own = ref<kept_args>(new kept_args);
    own->text.reserve(array_text.size());
    own->take(from);
    json::scan_array(own->append(array_text), own->items);
    args out(own->items, own->attachments);
    out.owner_ = std::move(own);
    return out;
  }
};

}  // namespace detail

value::kind arg::type() const noexcept {
  using kind = value::kind;
  std::int64_t i = 0;
  std::uint64_t u = 0;
  switch (json::kind_of(json())) {
    case json::type::null: return kind::null;
    case json::type::boolean: return kind::boolean;
    case json::type::number:
      return json::to_int64(text_, i) ? kind::integer : json::to_uint64(text_, u) ? kind::unsigned_integer : kind::real;
    case json::type::string: return kind::string;
    case json::type::array: return kind::array;
    case json::type::object: return binary() ? kind::binary : kind::object;
  }
  return kind::null;
}

std::optional<bytes_view> arg::binary() const noexcept {
  if (attachments_.empty() || text_.empty() || text_.front() != '{') return std::nullopt;
  if (const auto n = sio::placeholder_number(text_)) {
    if (*n < attachments_.size()) return attachments_[*n];
    return std::nullopt;
  }
  if (text_.size() > 256) return std::nullopt;  // an object with more in it
  value v;
  if (!json::parse(text_, v) || !v["_placeholder"].bool_or(false)) return std::nullopt;
  const auto* num = v["num"].if_integer();
  if (num == nullptr || *num < 0 || static_cast<std::size_t>(*num) >= attachments_.size()) return std::nullopt;
  return attachments_[static_cast<std::size_t>(*num)];
}

std::optional<std::string_view> arg::plain_text() const noexcept {
  if (text_.empty() || text_.front() != '"' || text_.find('\\') != text_.npos) return std::nullopt;
  return text_.substr(1, text_.size() - 2);
}

value arg::parse() const {
  value v;
  if (absent()) return v;
  if (attachments_.empty())
    json::parse(text_, v);
  else
    json::parse(text_, attachments_, v);
  return v;
}

arg arg::keep() const { return owner_ || absent() ? *this : detail::kept_args::one(*this); }

arg args::operator[](std::size_t i) const {
  arg out;
  if (i >= size_) return out;
  out.text_ = items_[i].text;
  // Only objects and arrays can hold placeholders.
  if (items_[i].kind == json::type::object || items_[i].kind == json::type::array) out.attachments_ = attachments_;
  out.owner_ = owner_;
  return out;
}

args args::keep() const { return owner_ || empty() ? *this : detail::kept_args::all(*this); }

void event::replace(const array& values) {
  std::string text;
  std::vector<bytes_view> binary;  // of `tree`
  const value tree(values);
  if (!json::write(tree, text, binary)) throw bad_result(error{errc::bad_json, "nested too deep"});
  arguments_ = detail::kept_args::parsed(text, binary);
}

namespace detail {
namespace {

std::string_view name_of_kind(const arg& a) {
  if (a.absent()) return "nothing";
  if (a.binary()) return "binary";
  switch (json::kind_of(a.json())) {
    case json::type::null: return "null";
    case json::type::boolean: return "a boolean";
    case json::type::number: return "a number";
    case json::type::string: return "a string";
    case json::type::array: return "an array";
    case json::type::object: return "an object";
  }
  return "";
}

bool is(const arg& a, json::type t) noexcept { return json::kind_of(a.json()) == t; }

}  // namespace

bool unfit(const arg& a, const char* expected, misfit& why) {
  std::string text = "expected ";
  text.append(expected).append(", not ").append(name_of_kind(a));
  return why.says(std::move(text));
}

bool read(const arg& a, bool& out, misfit& why) {
  if (!is(a, json::type::boolean)) return unfit(a, "a boolean", why);
  out = a.json() == "true";
  return true;
}
bool read(const arg& a, std::int64_t& out, misfit& why) {
  return (is(a, json::type::number) && json::to_int64(a.json(), out)) || unfit(a, "an integer", why);
}
bool read(const arg& a, std::uint64_t& out, misfit& why) {
  return (is(a, json::type::number) && json::to_uint64(a.json(), out)) || unfit(a, "a positive integer", why);
}
bool read(const arg& a, double& out, misfit& why) {
  if (!is(a, json::type::number)) return unfit(a, "a number", why);
  out = json::to_double(a.json());
  return true;
}
bool read(const arg& a, std::string& out, misfit& why) {
  if (!is(a, json::type::string)) return unfit(a, "a string", why);
  out.clear();
  json::unescape(a.json(), out);
  return true;
}
bool read(const arg& a, bytes& out, misfit& why) {
  const auto b = a.binary();
  if (!b) return unfit(a, "binary", why);
  out.assign(b->begin(), b->end());
  return true;
}
bool read(const arg& a, value& out, misfit&) {
  out = a.parse();
  return true;
}

}  // namespace detail
}  // namespace jackfield
