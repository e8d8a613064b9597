// JSON → MessagePack. Lengths come first there, so the text is gone over twice: once to count, once to write.
#include "base/json.hpp"
#include "base/utf8.hpp"
#include "protocol/msgpack.hpp"

#include <boost/container/small_vector.hpp>

#include <bit>
#include <charconv>
#include <cstring>

namespace jackfield::protocol::msgpack {

namespace json = base::json;

namespace {

constexpr std::string_view placeholder = R"({"_placeholder":true,"num":)";
constexpr std::string_view replacement = "\xEF\xBF\xBD";

void big_endian(std::uint64_t n, std::size_t bytes, std::string& out) {
  char buffer[8];
  for (std::size_t i = 0; i < bytes; ++i) buffer[i] = static_cast<char>(n >> 8 * (bytes - 1 - i));
  out.append(buffer, bytes);
}

void prefixed(unsigned prefix, std::uint64_t n, std::size_t bytes, std::string& out) {
  out += static_cast<char>(prefix);
  big_endian(n, bytes, out);
}

/// A size of 1, 2 or 4 bytes behind the prefix of its width. Packets are far below 4 GiB.
void sized(unsigned first_prefix, std::size_t n, std::string& out) {
  if (n < 0x100) return prefixed(first_prefix, n, 1, out);
  if (n < 0x10000) return prefixed(first_prefix + 1, n, 2, out);
  prefixed(first_prefix + 2, n, 4, out);
}

bool blank(char c) noexcept { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

/// Behind the string that begins at p.
const char* end_of_string(const char* p, const char* end) noexcept {
  for (++p;; ++p) {
    p = static_cast<const char*>(std::memchr(p, '"', static_cast<std::size_t>(end - p)));
    const char* escapes = p;  // behind an odd number of backslashes it is a character
    while (escapes[-1] == '\\') --escapes;
    if ((p - escapes) % 2 == 0) return p + 1;
  }
}

using counts = boost::container::small_vector<std::uint32_t, 64>;

/// How many elements or members each container has, in the order in which they begin. Placeholders count as containers.
void count(std::string_view text, counts& all) {
  struct level {
    std::size_t slot;
    bool any;
  };
  boost::container::small_vector<level, 16> open;
  const auto element = [&] {
    if (!open.empty() && !open.back().any) open.back().any = true, all[open.back().slot] = 1;
  };
  const char* const end = text.data() + text.size();
  for (const char* p = text.data(); p != end;) {
    switch (*p) {
      case '[':
      case '{':
        element();
        all.push_back(0);
        open.push_back({all.size() - 1, false});
        ++p;
        break;
      case ']':
      case '}': open.pop_back(), ++p; break;
      case ',': ++all[open.back().slot], ++p; break;
      case '"':
        element();
        p = end_of_string(p, end);
        break;
      default:
        if (!blank(*p)) element();
        ++p;
    }
  }
}

class writer {
 public:
  writer(std::string_view text, std::span<const bytes_view> attachments, std::string& out)
      : at_(text.data()), end_(text.data() + text.size()), attachments_(attachments), out_(out) {
    count(text, counts_);
  }

  void run() {
    while (at_ != end_) {
      switch (*at_) {
        case '{':
          if (attached()) break;
          write_map(counts_[next_++], out_), ++at_;
          break;
        case '[': write_array(counts_[next_++], out_), ++at_; break;
        case '"': text(); break;
        case 't': out_ += '\xC3', at_ += 4; break;
        case 'f': out_ += '\xC2', at_ += 5; break;
        case 'n': out_ += '\xC0', at_ += 4; break;
        case '-':
        case '0':
        case '1':
        case '2':
        case '3':
        case '4':
        case '5':
        case '6':
        case '7':
        case '8':
        case '9': number(); break;
        default: ++at_;  // blanks and punctuation
      }
    }
  }

 private:
  bool attached() {
    if (attachments_.empty()) return false;
    const std::string_view rest(at_, static_cast<std::size_t>(end_ - at_));
    if (!rest.starts_with(placeholder)) return false;
    std::size_t num = 0;
    const auto r = std::from_chars(at_ + placeholder.size(), end_, num);
    if (r.ec != std::errc() || r.ptr == end_ || *r.ptr != '}' || num >= attachments_.size()) return false;
    write_binary(attachments_[num], out_);
    ++next_;
    at_ = r.ptr + 1;
    return true;
  }

  void text() {
    const char* const after = end_of_string(at_, end_);
    const std::string_view quoted(at_, static_cast<std::size_t>(after - at_));
    at_ = after;
    const auto inside = quoted.substr(1, quoted.size() - 2);
    if (inside.find('\\') == inside.npos) return write_string(inside, out_);
    unescaped_.clear();
    json::unescape(quoted, unescaped_);
    write_string(without_surrogates(), out_);
  }

  std::string_view without_surrogates() {
    if (base::valid_utf8(unescaped_)) return unescaped_;
    std::string out;
    for (std::string_view rest = unescaped_; !rest.empty();) {
      const auto s = base::first_sequence(rest);
      out += s.what == base::utf8_sequence::kind::character ? rest.substr(0, s.size) : replacement;
      rest.remove_prefix(s.size);
    }
    unescaped_ = std::move(out);
    return unescaped_;
  }

  void number() {
    const char* last = at_;
    while (last != end_ && *last != ',' && *last != ']' && *last != '}' && !blank(*last)) ++last;
    const std::string_view text(at_, static_cast<std::size_t>(last - at_));
    at_ = last;
    std::int64_t i;
    std::uint64_t u;
    if (json::to_int64(text, i)) return write_integer(i, out_);
    if (json::to_uint64(text, u)) return write_unsigned(u, out_);
    write_real(json::to_double(text), out_);
  }

  const char* at_;
  const char* end_;
  std::span<const bytes_view> attachments_;
  std::string& out_;
  counts counts_;
  std::size_t next_ = 0;  // of counts_
  std::string unescaped_;
};

}  // namespace

void write_array(std::size_t values, std::string& out) {
  if (values < 16) {
    out += static_cast<char>(0x90 | values);
  } else if (values < 0x10000) {
    prefixed(0xDC, values, 2, out);
  } else {
    prefixed(0xDD, values, 4, out);
  }
}

void write_map(std::size_t pairs, std::string& out) {
  if (pairs < 16) {
    out += static_cast<char>(0x80 | pairs);
  } else if (pairs < 0x10000) {
    prefixed(0xDE, pairs, 2, out);
  } else {
    prefixed(0xDF, pairs, 4, out);
  }
}

void write_string(std::string_view text, std::string& out) {
  if (text.size() < 32)
    out += static_cast<char>(0xA0 | text.size());
  else
    sized(0xD9, text.size(), out);
  out += text;
}

void write_binary(bytes_view data, std::string& out) {
  sized(0xC4, data.size(), out);
  out += as_chars(data);
}

void write_unsigned(std::uint64_t u, std::string& out) {
  if (u < 0x80) {
    out += static_cast<char>(u);
  } else if (u < 0x100) {
    prefixed(0xCC, u, 1, out);
  } else if (u < 0x10000) {
    prefixed(0xCD, u, 2, out);
  } else if (u < 0x1'0000'0000) {
    prefixed(0xCE, u, 4, out);
  } else {
    prefixed(0xCF, u, 8, out);
  }
}

void write_integer(std::int64_t i, std::string& out) {
  const auto u = static_cast<std::uint64_t>(i);
  if (i >= 0) return write_unsigned(u, out);
  if (i >= -0x20) {
    out += static_cast<char>(i);
  } else if (i >= -0x80) {
    prefixed(0xD0, u, 1, out);
  } else if (i >= -0x8000) {
    prefixed(0xD1, u, 2, out);
  } else if (i >= -0x8000'0000LL) {
    prefixed(0xD2, u, 4, out);
  } else {
    prefixed(0xD3, u, 8, out);
  }
}

void write_real(double d, std::string& out) { prefixed(0xCB, std::bit_cast<std::uint64_t>(d), 8, out); }

void from_json(std::string_view valid_json, std::span<const bytes_view> attachments, std::string& out) {
  writer(valid_json, attachments, out).run();
}

}  // namespace jackfield::protocol::msgpack
