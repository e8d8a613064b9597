// base64, UTF-8, ids, hash, errors.
#include "base/base64.hpp"
#include "base/hash.hpp"
#include "base/ids.hpp"
#include "base/utf8.hpp"

#include <jackfield/result.hpp>

#include <gtest/gtest.h>
#include <boost/unordered/unordered_flat_map.hpp>

#include <random>
#include <set>
#include <thread>

#include <sys/wait.h>
#include <unistd.h>

using namespace jackfield;
using namespace jackfield::base;

namespace {

std::string encoded(std::string_view text) {
  std::string out;
  base64_encode(as_bytes(text), out);
  return out;
}

std::string url_encoded(std::string_view text) {
  std::string out;
  base64url_encode(as_bytes(text), out);
  return out;
}

}  // namespace

TEST(base64, vectors_of_rfc_4648) {
  const std::pair<const char*, const char*> table[] = {{"", ""},
                                                       {"f", "Zg=="},
                                                       {"fo", "Zm8="},
                                                       {"foo", "Zm9v"},
                                                       {"foob", "Zm9vYg=="},
                                                       {"fooba", "Zm9vYmE="},
                                                       {"foobar", "Zm9vYmFy"},
                                                       {"\x01\x02\x03\x04", "AQIDBA=="}};
  for (auto [plain, text] : table) {
    EXPECT_EQ(encoded(plain), text);
    EXPECT_EQ(encoded(plain).size(), base64_size(std::string_view(plain).size()));
    bytes back;
    EXPECT_TRUE(base64_decode(text, back));
    EXPECT_EQ(as_chars(back), plain);
  }
  EXPECT_EQ(encoded("\xfb\xff\xfe"), "+//+");
  EXPECT_EQ(url_encoded("\xfb\xff\xfe"), "-__-");
  EXPECT_EQ(url_encoded("f"), "Zg");
  EXPECT_EQ(url_encoded("fo"), "Zm8");
}

TEST(base64, appends) {
  std::string text = "b";
  base64_encode(as_bytes("foo"), text);
  EXPECT_EQ(text, "bZm9v");
  bytes out{std::byte{7}};
  EXPECT_TRUE(base64_decode("Zg==", out));
  EXPECT_EQ(out, (bytes{std::byte{7}, std::byte{'f'}}));
  EXPECT_FALSE(base64_decode("Z!==", out));
  EXPECT_EQ(out.size(), 2u);
}

TEST(base64, refuses_all_but_the_canonical_form) {  // S21
  bytes out;
  for (const std::string_view bad :
       {"Z",    "Zg",       "Zg=",    "Zm9",  "Zg===",   "=",    "====",    "Z===",     "Zg=v", "=g==", "Zh==",
        "Zm9=", "Zm8=Zm8=", "Zm9v\n", "Zm 9", "Zm9v Zm", "-__-", "Zm9\x80", "Zg==Zg==", "Z=g=", "Zm=v"}) {
    EXPECT_FALSE(base64_decode(bad, out)) << bad;
    EXPECT_TRUE(out.empty());
  }
  EXPECT_FALSE(base64_decode(std::string_view("Zm9\0", 4), out));
}

TEST(base64, random_data_survives) {
  std::mt19937 rng(1);
  for (std::size_t n = 0; n < 300; ++n) {
    std::string plain(n, 0);
    for (auto& c : plain) c = static_cast<char>(rng());
    bytes back;
    ASSERT_TRUE(base64_decode(encoded(plain), back));
    ASSERT_EQ(as_chars(back), plain);
  }
}

namespace {

/// The definition: decode each character and look at the number.
bool valid_by_definition(std::string_view t) {
  for (std::size_t i = 0; i < t.size();) {
    const auto b = [&](std::size_t k) { return i + k < t.size() ? static_cast<unsigned char>(t[i + k]) : 0u; };
    const std::size_t n = b(0) < 0x80 ? 1 : (b(0) & 0xE0) == 0xC0 ? 2 : (b(0) & 0xF0) == 0xE0 ? 3 : (b(0) & 0xF8) == 0xF0 ? 4 : 0;
    if (n == 0) return false;
    unsigned code = n == 1 ? b(0) : b(0) & (0x7Fu >> n);
    for (std::size_t k = 1; k < n; ++k) {
      if ((b(k) & 0xC0) != 0x80) return false;
      code = code << 6 | (b(k) & 0x3F);
    }
    constexpr unsigned least[] = {0, 0, 0x80, 0x800, 0x10000};
    if (code < least[n] || code > 0x10FFFF || (code >= 0xD800 && code < 0xE000)) return false;
    i += n;
  }
  return true;
}

}  // namespace

TEST(utf8, agrees_with_the_definition_in_pieces_cut_anywhere) {  // S14
  std::mt19937 rng(2);
  int valid = 0;
  for (int i = 0; i < 60'000; ++i) {
    std::string text;
    for (auto n = rng() % 6; n > 0; --n) {
      constexpr std::string_view parts[] = {"a",
                                            "é",
                                            "€",
                                            "😀",
                                            "0123456789abcdefghij",
                                            "\x80",
                                            "\xC0\x80",
                                            "\xED\xA0\x80",
                                            "\xF4\x90\x80\x80",
                                            "\xE2\x82",
                                            "\xF0\x9F",
                                            "\xEF\xBF\xBF",
                                            "\xF4\x8F\xBF\xBF",
                                            "\xE0\xA0\x80",
                                            "\xFF"};
      text += parts[rng() % (rng() % 4 ? 5 : std::size(parts))];
    }
    const bool expected = valid_by_definition(text);
    valid += expected;
    ASSERT_EQ(valid_utf8(text), expected) << i;
    const auto cut = rng() % (text.size() + 1);
    utf8_state s;
    const bool fed = utf8_feed(s, std::string_view(text).substr(0, cut)) && utf8_feed(s, std::string_view(text).substr(cut));
    ASSERT_EQ(fed && complete(s), expected) << i;
  }
  EXPECT_GT(valid, 10'000);
}

TEST(utf8, counts_what_javascript_counts) {
  EXPECT_EQ(utf16_size(""), 0u);
  EXPECT_EQ(utf16_size("hello, old friend"), 17u);
  EXPECT_EQ(utf16_size("é€😀"), 4u);
  const std::string_view text = "ab€😀cd";
  EXPECT_EQ(utf16_prefix(text, 0), 0u);
  EXPECT_EQ(utf16_prefix(text, 2), 2u);
  EXPECT_EQ(utf16_prefix(text, 3), 5u);
  EXPECT_EQ(utf16_prefix(text, 4), std::string_view::npos);  // between surrogates
  EXPECT_EQ(utf16_prefix(text, 5), 9u);
  EXPECT_EQ(utf16_prefix(text, 7), text.size());
  EXPECT_EQ(utf16_prefix(text, 8), std::string_view::npos);
  EXPECT_EQ(utf16_prefix("a\xFFz", 2), std::string_view::npos);
  EXPECT_EQ(utf16_prefix("a\xED\xA0\x80", 2), std::string_view::npos);
  EXPECT_EQ(utf16_prefix("a\xFFz", 1), 1u);
}

TEST(utf8, fails_at_the_first_byte_that_cannot_be) {  // S14
  static_assert(sizeof(utf8_state) <= 8);
  for (const std::string_view cut : {"\xC1", "\xE0\x9F", "\xED\xA0", "\xF0\x8F", "\xF4\x90", "\xF5", "a\x80", "\xE2\x82\x28"}) {
    utf8_state s;
    EXPECT_FALSE(utf8_feed(s, cut));
  }
  utf8_state s;
  EXPECT_TRUE(utf8_feed(s, "\xF0\x9F"));
  EXPECT_FALSE(complete(s));
  EXPECT_TRUE(utf8_feed(s, ""));
  EXPECT_TRUE(utf8_feed(s, "\x98\x80"));
  EXPECT_TRUE(complete(s));
}

TEST(utf8, ascii_prefix) {
  for (std::size_t n = 0; n < 70; ++n) {
    std::string text(n, 'x');
    EXPECT_EQ(ascii_prefix(text), n);
    for (std::size_t at = 0; at < n; ++at) {
      text[at] = '\x80';
      EXPECT_EQ(ascii_prefix(text), at);
      text[at] = 'x';
    }
  }
}

TEST(utf8, first_sequence) {
  using kind = utf8_sequence::kind;
  const auto is = [](std::string_view text, std::size_t size, kind what) {
    const auto s = first_sequence(text);
    return s.size == size && s.what == what;
  };
  EXPECT_TRUE(is("ab", 1, kind::character));
  EXPECT_TRUE(is("€x", 3, kind::character));
  EXPECT_TRUE(is("\xED\xA0\x80", 3, kind::surrogate));
  EXPECT_TRUE(is("\xED\x9F\xBF", 3, kind::character));
  EXPECT_TRUE(is("\xE2\x82x", 2, kind::wrong));
  EXPECT_TRUE(is("\xF0\x9F\x98", 3, kind::wrong));
  EXPECT_TRUE(is("\x80", 1, kind::wrong));
  EXPECT_TRUE(is("\xC2", 1, kind::wrong));
}

TEST(ids, are_20_url_safe_characters_and_unique) {  // S19
  std::set<std::string> seen;
  for (int i = 0; i < 2000; ++i) {
    const auto id = random_id();
    EXPECT_EQ(id.size(), id_length);
    EXPECT_EQ(id.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"), std::string::npos);
    seen.insert(id);
  }
  std::thread([&] {
    for (int i = 0; i < 2000; ++i) seen.insert(random_id());
  }).join();
  EXPECT_EQ(seen.size(), 4000u);
}

TEST(ids, every_bit_varies) {  // S19
  constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  int ones[120] = {};
  for (int i = 0; i < 4000; ++i) {
    const auto id = random_id();
    for (std::size_t c = 0; c < id_length; ++c) {
      for (std::size_t b = 0; b < 6; ++b) ones[c * 6 + b] += (alphabet.find(id[c]) >> b & 1) != 0;
    }
  }
  for (const int n : ones) {
    EXPECT_GT(n, 1600);
    EXPECT_LT(n, 2400);
  }
}

TEST(ids, a_forked_process_does_not_repeat_its_parents) {  // S19
  random_id();                                             // the store is filled
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const auto child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const auto id = random_id();
    ::_exit(::write(ends[1], id.data(), id.size()) == static_cast<ssize_t>(id_length) ? 0 : 1);
  }
  char theirs[id_length] = {};
  EXPECT_EQ(::read(ends[0], theirs, id_length), static_cast<ssize_t>(id_length));
  int status = -1;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
  ::close(ends[0]);
  ::close(ends[1]);
  EXPECT_NE(random_id(), std::string_view(theirs, id_length));
}

TEST(hash, siphash_1_3) {
  // From CPython, whose bytes hash is SipHash-1-3, with a key of zeros.
  constexpr hash_key zero{0, 0};
  EXPECT_EQ(siphash13("a", zero), 0x407448d2b89b1813u);
  EXPECT_EQ(siphash13("abcdefg", zero), 0x6db12aae9070f506u);
  EXPECT_EQ(siphash13("abcdefgh", zero), 0x3f7b849c0b8e35eau);
  EXPECT_EQ(siphash13("hello world, this is a test", zero), 0x8b9469cd6df0e703u);
  EXPECT_EQ(siphash13("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", zero), 0x4befba7c9610aea3u);
}

TEST(hash, the_key_matters_and_is_drawn_once) {
  EXPECT_NE(siphash13("abc", {1, 2}), siphash13("abc", {1, 3}));
  EXPECT_NE(siphash13("abc", {1, 2}), siphash13("abc", {2, 2}));
  EXPECT_EQ(&process_hash_key(), &process_hash_key());
  EXPECT_NE(process_hash_key().k0, process_hash_key().k1);
  EXPECT_EQ(string_hash()("abc"), string_hash()(std::string("abc")));
  EXPECT_NE(siphash13("", {1, 2}), siphash13(std::string_view("\0", 1), {1, 2}));
}

TEST(hash, finds_by_view_in_a_flat_map) {  // S29
  boost::unordered_flat_map<std::string, int, string_hash, std::equal_to<>> map;
  for (int i = 0; i < 1000; ++i) map.emplace("room " + std::to_string(i), i);
  EXPECT_EQ(map.find(std::string_view("room 500"))->second, 500);
  EXPECT_EQ(map.find(std::string_view("none")), map.end());
}

TEST(error, names_and_results) {
  std::set<std::string_view> names;
  for (int code = 0; code <= static_cast<int>(errc::io); ++code) names.insert(name_of(static_cast<errc>(code)));
  EXPECT_EQ(names.size(), static_cast<std::size_t>(errc::io) + 1);
  EXPECT_FALSE(names.contains("unknown"));
  EXPECT_EQ(name_of(errc::bad_json), "bad JSON");
  EXPECT_FALSE(error{});
  const result<int> good(5);
  EXPECT_EQ(*good, 5);
  result<int> bad(errc::timeout);
  EXPECT_FALSE(bad);
  try {
    bad.value();
    FAIL();
  } catch (const bad_result& e) {
    EXPECT_EQ(e.code(), errc::timeout);
    EXPECT_STREQ(e.what(), "timeout");
  }
}
