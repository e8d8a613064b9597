#include "script.hpp"

#include <charconv>
#include <cstdio>
#include <fstream>

namespace jackfield::talk {
namespace {

std::string_view trimmed(std::string_view text) {
  const auto from = text.find_first_not_of(" \t\r");
  if (from == std::string_view::npos) return {};
  return text.substr(from, text.find_last_not_of(" \t\r") - from + 1);
}

std::string_view take_word(std::string_view& text) {
  const auto word = text.substr(0, text.find(' '));
  text = trimmed(text.substr(word.size()));
  return word;
}

std::string resolved(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\') {
      out += text[i];
    } else if (text.substr(i, 2) == "\\\\") {
      out += '\\';
      ++i;
    } else if (text.substr(i, 2) == "\\x" && i + 4 <= text.size()) {
      unsigned value = 0;
      const auto [end, error] = std::from_chars(text.data() + i + 2, text.data() + i + 4, value, 16);
      if (error != std::errc() || end != text.data() + i + 4) throw failure("after \\x come two hexadecimal digits");
      out += static_cast<char>(value);
      i += 3;
    } else {
      throw failure("a backslash begins \\xNN or \\\\");
    }
  }
  return out;
}

line parsed(std::string_view text) {
  line l;
  if (text.front() == '&') {
    l.same_turn = true;
    text = trimmed(text.substr(1));
  }
  if (text.starts_with('+')) {
    l.verb = "+";
    l.text = text.substr(1);
    return l;
  }
  l.channel = take_word(text);
  l.verb = take_word(text);
  if (l.verb.empty()) throw failure("a line is CHANNEL VERB [TEXT], +TIME or # comment");
  l.text = resolved(text);
  return l;
}

}  // namespace

std::vector<line> read_script(const std::filesystem::path& file) {
  std::ifstream in(file);
  if (!in) throw failure(file.string() + ": cannot be read");
  std::vector<line> lines;
  int number = 0;
  for (std::string raw; std::getline(in, raw);) {
    ++number;
    const auto text = trimmed(raw);
    if (text.empty() || text.front() == '#') continue;
    try {
      lines.push_back(parsed(text));
    } catch (const failure& f) {
      throw failure(file.string() + ':' + std::to_string(number) + ": " + f.what());
    }
    lines.back().number = number;
  }
  return lines;
}

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\') {
      out += "\\\\";
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      char hex[5];
      std::snprintf(hex, sizeof hex, "\\x%02x", static_cast<unsigned>(static_cast<unsigned char>(c)));
      out += hex;
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace jackfield::talk
