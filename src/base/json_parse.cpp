// Parsing: values from text, with an explicit stack of the containers that are open.
#include "base/json.hpp"
#include "base/json_lexer.hpp"

#include <boost/container/small_vector.hpp>

#include <algorithm>
#include <charconv>

namespace jackfield::base::json {
namespace {

unsigned hex4(const char* p) noexcept {
  unsigned unit = 0;
  std::from_chars(p, p + 4, unit, 16);
  return unit;
}

/// UTF-8, surrogates by the same pattern (WTF-8).
void append_code_point(char32_t c, std::string& out) {
  const auto tail = [&](int shift) { out += static_cast<char>(0x80 | (c >> shift & 0x3F)); };
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += static_cast<char>(0xC0 | c >> 6);
    tail(0);
  } else if (c < 0x10000) {
    out += static_cast<char>(0xE0 | c >> 12);
    tail(6);
    tail(0);
  } else {
    out += static_cast<char>(0xF0 | c >> 18);
    tail(12);
    tail(6);
    tail(0);
  }
}

/// p at the u of a unicode escape; a pair of surrogates is one character. Returns the position behind.
const char* append_unicode(const char* p, const char* end, std::string& out) {
  const char32_t unit = hex4(p + 1);
  p += 5;
  const bool high = unit >= 0xD800 && unit < 0xDC00;
  if (high && end - p >= 6 && p[0] == '\\' && p[1] == 'u') {
    const char32_t low = hex4(p + 2);
    if (low >= 0xDC00 && low < 0xE000) {
      append_code_point(0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00), out);
      return p + 6;
    }
  }
  append_code_point(unit, out);
  return p;
}

char unescaped(char c) noexcept {
  switch (c) {
    case 'b': return '\b';
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    default: return c;
  }
}

}  // namespace

void unescape(std::string_view quoted, std::string& out) {
  const char* p = quoted.data() + 1;
  const char* const end = quoted.data() + quoted.size() - 1;
  while (p != end) {
    const auto* stop = static_cast<const char*>(std::memchr(p, '\\', static_cast<std::size_t>(end - p)));
    if (!stop) stop = end;
    out.append(p, stop);
    if (stop == end) return;
    p = stop + 1;
    if (*p == 'u') {
      p = append_unicode(p, end, out);
    } else {
      out += unescaped(*p++);
    }
  }
}

namespace {

value number_value(std::string_view text) noexcept {
  std::int64_t i;
  std::uint64_t u;
  const char *const first = text.data(), *const last = first + text.size();
  if (auto r = std::from_chars(first, last, i); r.ec == std::errc() && r.ptr == last) return i;
  if (auto r = std::from_chars(first, last, u); r.ec == std::errc() && r.ptr == last) return u;
  return to_double(text);
}

/// The index that a placeholder's num stands for; false: none below `count`.
bool placeholder_index(const value* num, std::size_t count, std::size_t& index) noexcept {
  if (!num || !num->is_number()) return false;
  const double d = num->number_or(-1);
  if (!(d >= 0 && d < static_cast<double>(count))) return false;
  index = static_cast<std::size_t>(d);
  return static_cast<double>(index) == d;
}

constexpr std::size_t usual_children = 4;

class parser {
 public:
  parser(std::string_view text, std::span<const bytes_view> attachments, std::size_t depth) noexcept
      : lex_(text), attachments_(attachments), depth_(std::min(depth, max_depth)) {}

  bool parse(value& root) {
    const char* p = run(lex_.blanks(lex_.begin()), root);
    return p && lex_.blanks(p) == lex_.end();
  }

 private:
  const char* run(const char* p, value& root) {
    value* into = &root;
    for (;;) {
      if (p == lex_.end()) return nullptr;
      if (*p == '{' || *p == '[') {
        if (open_.size() >= depth_) return nullptr;
        const bool object = *p == '{';
        p = open(lex_.blanks(p + 1), *into, object);
        if (!p) return nullptr;
        if (*p != (object ? '}' : ']')) {
          into = object ? key(p) : &open_.back()->if_array()->emplace_back();
          if (!into) return nullptr;
          continue;
        }
      } else if (!(p = scalar(p, *into))) {
        return nullptr;
      }
      into = after_value(p);
      if (open_.empty() || !into) return p;
    }
  }

  /// A container with room for a few children, unless it ends at once.
  const char* open(const char* p, value& into, bool object) {
    if (p == lex_.end()) return nullptr;
    if (object) {
      jackfield::object o;
      if (*p != '}') o.reserve(usual_children);
      into = std::move(o);
    } else {
      array a;
      if (*p != ']') a.reserve(usual_children);
      into = std::move(a);
    }
    open_.push_back(&into);
    return p;
  }

  /// Closes what closes here. The next value's place; or null: with open_ empty all is done (p behind it), else p is null.
  value* after_value(const char*& p) {
    while (!open_.empty()) {
      value& v = *open_.back();
      const bool object = v.is_object();
      p = lex_.blanks(p);
      if (p == lex_.end()) break;
      if (*p == ',') {
        p = lex_.blanks(p + 1);
        if (!object) return &v.if_array()->emplace_back();
        if (auto* place = key(p)) return place;
        break;
      }
      if (*p != (object ? '}' : ']')) break;
      ++p;
      if (object && !attach(v)) break;
      open_.pop_back();
    }
    if (!open_.empty()) p = nullptr;
    return nullptr;
  }

  /// Reads a key up to its value, adds it to the innermost object.
  value* key(const char*& p) {
    std::string name;
    if (p == lex_.end() || *p != '"') return nullptr;
    const char* after = string(p, name);
    if (!after) return nullptr;
    after = lex_.blanks(after);
    if (after == lex_.end() || *after != ':') return nullptr;
    p = lex_.blanks(after + 1);
    return &open_.back()->if_object()->append(std::move(name));
  }

  const char* string(const char* p, std::string& out) const {
    bool plain = true;
    const char* const after = lex_.string(p + 1, plain);
    if (!after) return nullptr;
    if (plain) {
      out.assign(p + 1, after - 1);
    } else {
      unescape({p, after}, out);
    }
    return after;
  }

  const char* scalar(const char* p, value& into) const {
    if (*p == '"') {
      std::string s;
      const char* const after = string(p, s);
      if (after) into = std::move(s);
      return after;
    }
    if (*p == '-' || (*p >= '0' && *p <= '9')) {
      const char* const after = lex_.number(p);
      if (after) into = number_value({p, after});
      return after;
    }
    const char* const after = lex_.word(p);
    if (after && *p != 'n') into = *p == 't';
    return after;
  }

  /// A complete object becomes the attachment that it stands for.
  bool attach(value& v) const {
    if (attachments_.empty()) return true;
    const auto& o = *v.if_object();
    const value* const mark = o.find("_placeholder");
    if (!mark || !mark->bool_or(false)) return true;
    std::size_t index;
    if (!placeholder_index(o.find("num"), attachments_.size(), index)) return false;
    const auto data = attachments_[index];
    v = bytes(data.begin(), data.end());
    return true;
  }

  lexer lex_;
  std::span<const bytes_view> attachments_;
  std::size_t depth_;
  boost::container::small_vector<value*, 16> open_;  // each is the last child of the one below
};

}  // namespace

bool parse(std::string_view text, std::span<const bytes_view> attachments, value& out, std::size_t depth) {
  out = value();
  if (parser(text, attachments, depth).parse(out)) return true;
  out = value();
  return false;
}

bool parse(std::string_view text, value& out, std::size_t depth) { return parse(text, {}, out, depth); }

}  // namespace jackfield::base::json
