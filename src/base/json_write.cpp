// Writing: strings in runs, trees with an explicit stack.
#include "base/json.hpp"
#include "base/json_lexer.hpp"
#include "base/utf8.hpp"

#include <boost/container/small_vector.hpp>

namespace jackfield::base::json {
namespace {

constexpr std::string_view hex = "0123456789abcdef";
constexpr std::string_view replacement = "\xEF\xBF\xBD";

void write_unicode_escape(unsigned unit, std::string& out) {
  out += "\\u";
  for (const int shift : {12, 8, 4, 0}) out += hex[unit >> shift & 15];
}

void write_ascii_escape(char c, std::string& out) {
  switch (c) {
    case '"': out += "\\\""; break;
    case '\\': out += "\\\\"; break;
    case '\b': out += "\\b"; break;
    case '\f': out += "\\f"; break;
    case '\n': out += "\\n"; break;
    case '\r': out += "\\r"; break;
    case '\t': out += "\\t"; break;
    default: write_unicode_escape(static_cast<unsigned char>(c), out);
  }
}

/// Appends what stands at p, which is not ASCII; returns the position behind it.
const char* write_multibyte(const char* p, const char* end, std::string& out) {
  const auto s = first_sequence({p, end});
  if (s.what == utf8_sequence::kind::character) {
    out.append(p, s.size);
  } else if (s.what == utf8_sequence::kind::wrong) {
    out += replacement;
  } else {
    write_unicode_escape(0xD000u | (static_cast<unsigned char>(p[1]) & 0x3Fu) << 6 | (static_cast<unsigned char>(p[2]) & 0x3Fu),
                         out);
  }
  return p + s.size;
}

}  // namespace

void write_string(std::string_view text, std::string& out) {
  const lexer lex(text);
  out += '"';
  for (const char* p = lex.begin();;) {
    const char* const stop = lex.run(p);
    out.append(p, stop);
    if (stop == lex.end()) break;
    p = stop;
    if (static_cast<signed char>(*p) >= 0) {
      write_ascii_escape(*p++, out);
    } else {
      p = write_multibyte(p, lex.end(), out);
    }
  }
  out += '"';
}

namespace {

class tree_writer {
 public:
  tree_writer(std::string& out, std::vector<bytes_view>& attachments, std::size_t depth) noexcept
      : out_(out), attachments_(attachments), depth_(depth) {}

  bool write(const value& root) {
    if (!start(root)) return false;
    while (!open_.empty()) {
      frame& f = open_.back();
      if (f.done()) {
        out_ += f.entry ? '}' : ']';
        open_.pop_back();
      } else if (!start(next(f))) {
        return false;
      }
    }
    return true;
  }

 private:
  /// An open container: of an array the elements that are left, of an object the entries.
  struct frame {
    const value* element = nullptr;
    const object::entry* entry = nullptr;
    const void* end = nullptr;
    bool first = true;
    bool done() const noexcept { return entry ? entry == end : element == end; }
  };

  /// The next child, with what stands in front of it written.
  const value& next(frame& f) {
    if (!f.first) out_ += ',';
    f.first = false;
    if (!f.entry) return *f.element++;
    write_string(f.entry->first, out_);
    out_ += ':';
    return f.entry++->second;
  }

  bool start(const value& v) {
    switch (v.type()) {
      case value::kind::null: out_ += "null"; return true;
      case value::kind::boolean: out_ += *v.if_bool() ? "true" : "false"; return true;
      case value::kind::integer: write_number(*v.if_integer(), out_); return true;
      case value::kind::unsigned_integer: write_number(*v.if_unsigned(), out_); return true;
      case value::kind::real: write_number(*v.if_real(), out_); return true;
      case value::kind::string: write_string(*v.if_string(), out_); return true;
      case value::kind::binary: write_placeholder(*v.if_binary()); return true;
      case value::kind::array: return open(v.if_array()->data(), v.if_array()->data() + v.if_array()->size());
      case value::kind::object: return open(*v.if_object());
    }
    return false;
  }

  bool open(const value* first, const value* end) {
    if (open_.size() >= depth_) return false;
    if (first == end) {
      out_ += "[]";
      return true;
    }
    out_ += '[';
    open_.push_back({.element = first, .end = end});
    return true;
  }

  bool open(const object& o) {
    if (open_.size() >= depth_) return false;
    if (o.empty()) {
      out_ += "{}";
      return true;
    }
    out_ += '{';
    open_.push_back({.entry = o.begin(), .end = o.end()});
    return true;
  }

  void write_placeholder(const bytes& b) {
    out_ += R"({"_placeholder":true,"num":)";
    write_number(static_cast<std::uint64_t>(attachments_.size()), out_);
    out_ += '}';
    attachments_.emplace_back(b);
  }

  std::string& out_;
  std::vector<bytes_view>& attachments_;
  std::size_t depth_;
  boost::container::small_vector<frame, 16> open_;
};

}  // namespace

bool write(const value& v, std::string& out, std::vector<bytes_view>& attachments, std::size_t depth) {
  return tree_writer(out, attachments, depth).write(v);
}

}  // namespace jackfield::base::json
