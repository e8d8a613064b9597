// Checks the placeholders of a packet with attachments without building a tree.
#include "base/json.hpp"
#include "base/json_lexer.hpp"

#include <boost/container/small_vector.hpp>

namespace jackfield::base::json {
namespace {

/// What is known of an open container. Of a repeated key the last one counts.
struct frame {
  bool placeholder = false;  // "_placeholder": true
  bool num_fits = false;     // "num": an integer in range
};

bool is_key(std::string_view quoted, bool plain, std::string_view name) {
  if (plain) return quoted.substr(1, quoted.size() - 2) == name;
  if (quoted.size() > name.size() * 6 + 2) return false;  // longer than all of it in escapes
  std::string text;
  unescape(quoted, text);
  return text == name;
}

bool num_fits(const lexer& lex, const char* p, std::size_t attachments) noexcept {
  if (*p != '-' && (*p < '0' || *p > '9')) return false;
  const double num = to_double({p, lex.number(p)});  // what JavaScript sees
  return num >= 0 && num < static_cast<double>(attachments) && num == static_cast<double>(static_cast<std::size_t>(num));
}

void note_member(const lexer& lex, std::string_view key, bool plain, const char* val, std::size_t attachments, frame& f) {
  if (is_key(key, plain, "_placeholder")) {
    f.placeholder = *val == 't';
  } else if (is_key(key, plain, "num")) {
    f.num_fits = num_fits(lex, val, attachments);
  }
}

}  // namespace

bool placeholders_fit(std::string_view valid_json, std::size_t attachments) {
  const lexer lex(valid_json);
  boost::container::small_vector<frame, 32> open;
  for (const char* p = lex.begin(); p != lex.end();) {
    switch (*p) {
      case '{':
      case '[':
        open.emplace_back();
        ++p;
        break;
      case '}':
      case ']':
        if (open.back().placeholder && !open.back().num_fits) return false;
        open.pop_back();
        ++p;
        break;
      case '"': {
        bool plain = true;
        const char* const after = lex.string(p + 1, plain);
        const char* const colon = lex.blanks(after);
        if (colon != lex.end() && *colon == ':')
          note_member(lex, {p, after}, plain, lex.blanks(colon + 1), attachments, open.back());
        p = after;
        break;
      }
      default: ++p;
    }
  }
  return true;
}

}  // namespace jackfield::base::json
