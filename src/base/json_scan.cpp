// Validation without a tree: an explicit stack of one bit per level, no recursion, no allocation.
#include "base/json.hpp"
#include "base/json_lexer.hpp"

#include <algorithm>
#include <array>

namespace jackfield::base::json {
namespace {

constexpr std::string_view placeholder_key = "\"_placeholder\"";

class scanner {
 public:
  scanner(std::string_view text, std::size_t depth) noexcept : lex_(text), depth_(std::min(depth, max_depth)) {}
  const lexer& lex() const noexcept { return lex_; }
  bool placeholder_seen() const noexcept { return placeholder_; }

  /// Over one value of any depth; `inside`: levels that are open around it.
  const char* value(const char* p, std::size_t inside, bool& plain) noexcept {
    std::size_t level = inside;
    for (;;) {
      if (p == lex_.end()) return nullptr;
      if (*p == '{' || *p == '[') {
        if (level >= depth_) return nullptr;
        const bool object = *p == '{';
        push(level++, object);
        p = lex_.blanks(p + 1);
        if (p == lex_.end()) return nullptr;
        if (*p != closing(object)) {
          if (object && !(p = key(p))) return nullptr;
          continue;
        }
      } else {
        p = scalar(p, plain);
        if (!p || level == inside) return p;
      }
      p = after_value(p, level, inside);
      if (!p || level == inside) return p;
    }
  }

 private:
  static char closing(bool object) noexcept { return object ? '}' : ']'; }
  void push(std::size_t level, bool object) noexcept {
    const auto bit = std::uint64_t{1} << level % 64;
    auto& word = objects_[level / 64];
    word = object ? word | bit : word & ~bit;
  }
  bool in_object(std::size_t level) const noexcept { return objects_[(level - 1) / 64] >> (level - 1) % 64 & 1; }

  const char* scalar(const char* p, bool& plain) const noexcept {
    if (*p == '"') return lex_.string(p + 1, plain);
    if (*p == '-' || (*p >= '0' && *p <= '9')) return lex_.number(p);
    return lex_.word(p);
  }

  /// Closes what closes here. Null, or the position of the next value, or level == inside and behind the whole.
  const char* after_value(const char* p, std::size_t& level, std::size_t inside) noexcept {
    for (;;) {
      p = lex_.blanks(p);
      if (p == lex_.end()) return nullptr;
      const bool object = in_object(level);
      if (*p == ',') {
        p = lex_.blanks(p + 1);
        return object ? key(p) : p;
      }
      if (*p++ != closing(object)) return nullptr;
      if (--level == inside) return p;
    }
  }

  /// A key, the colon and the blanks around it.
  const char* key(const char* p) noexcept {
    if (p == lex_.end() || *p != '"') return nullptr;
    bool plain = true;
    const char* const after = lex_.string(p + 1, plain);
    if (!after) return nullptr;
    if (!plain || std::string_view(p, static_cast<std::size_t>(after - p)) == placeholder_key) placeholder_ = true;
    p = lex_.blanks(after);
    if (p == lex_.end() || *p != ':') return nullptr;
    return lex_.blanks(p + 1);
  }

  lexer lex_;
  std::size_t depth_;
  bool placeholder_ = false;
  std::array<std::uint64_t, max_depth / 64> objects_;  // per level: an object, not an array; written when pushed
};

/// The elements up to the closing bracket; null: wrong.
const char* scan_elements(scanner& s, const char* p, std::vector<element>& out) {
  const auto& lex = s.lex();
  for (;;) {
    bool plain = true;
    const char* const after = s.value(p, 1, plain);
    if (!after) return nullptr;
    const std::string_view text(p, static_cast<std::size_t>(after - p));
    out.push_back({text, kind_of(text), plain});
    p = lex.blanks(after);
    if (p == lex.end()) return nullptr;
    if (*p == ']') return p + 1;
    if (*p != ',') return nullptr;
    p = lex.blanks(p + 1);
  }
}

}  // namespace

bool valid(std::string_view text, std::size_t depth) noexcept {
  scanner s(text, depth);
  bool plain = true;
  const char* const p = s.value(s.lex().blanks(s.lex().begin()), 0, plain);
  return p && s.lex().blanks(p) == s.lex().end();
}

type kind_of(std::string_view valid_json) noexcept {
  switch (valid_json.front()) {
    case 'n': return type::null;
    case 't':
    case 'f': return type::boolean;
    case '"': return type::string;
    case '[': return type::array;
    case '{': return type::object;
    default: return type::number;
  }
}

bool scan_array(std::string_view text, std::vector<element>& out, std::size_t depth, bool* placeholders) {
  out.clear();
  scanner s(text, depth);
  const auto& lex = s.lex();
  const char* p = lex.blanks(lex.begin());
  if (p == lex.end() || *p != '[' || depth == 0) return false;
  p = lex.blanks(p + 1);
  if (p == lex.end()) return false;
  p = *p == ']' ? p + 1 : scan_elements(s, p, out);
  if (!p || lex.blanks(p) != lex.end()) return false;
  if (placeholders) *placeholders = s.placeholder_seen();
  return true;
}

}  // namespace jackfield::base::json
