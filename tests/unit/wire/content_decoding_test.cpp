// content_decoding: bodies as they were before their coding, and bombs that do not go off.
#include "wire/content_decoding.hpp"

#include <gtest/gtest.h>
#include <zlib.h>

#include <string>

namespace jackfield::wire {
namespace {

std::string packed(std::string_view text, int window) {
  z_stream z{};
  EXPECT_EQ(deflateInit2(&z, 6, Z_DEFLATED, window, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::string out(deflateBound(&z, text.size()) + 32, '\0');
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  z.avail_in = static_cast<uInt>(text.size());
  z.next_out = reinterpret_cast<Bytef*>(out.data());
  z.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&z, Z_FINISH), Z_STREAM_END);
  out.resize(z.total_out);
  deflateEnd(&z);
  return out;
}

constexpr int gzip = 31, zlib = 15, bare = -15;

TEST(content_decoding, each_coding) {
  const std::string text(100'000, 'a');
  for (const auto& [coding, window] : {std::pair{"gzip", gzip}, {"X-GZIP", gzip}, {"deflate", zlib}, {"deflate", bare}}) {
    auto body = packed(text, window);
    EXPECT_EQ(decode_content(coding, body, text.size()), decoding_result::ok) << coding;
    EXPECT_EQ(body, text);
  }
  for (const char* coding : {"", "identity"}) {
    std::string body = "abc";
    EXPECT_EQ(decode_content(coding, body, 3), decoding_result::ok);
    EXPECT_EQ(body, "abc");
  }
}

TEST(content_decoding, a_bound) {
  const std::string text(1'000'000, 'a');
  auto body = packed(text, gzip);
  EXPECT_EQ(decode_content("gzip", body, text.size() - 1), decoding_result::too_big);
  body = "abcd";
  EXPECT_EQ(decode_content("", body, 3), decoding_result::too_big);
}

TEST(content_decoding, what_is_damaged) {
  const auto whole = packed("some text that is packed", gzip);
  for (std::size_t n = 0; n < whole.size(); ++n) {
    auto body = whole.substr(0, n);
    EXPECT_EQ(decode_content("gzip", body, 1000), decoding_result::corrupt) << n;
  }
  auto body = whole + "x";
  EXPECT_EQ(decode_content("gzip", body, 1000), decoding_result::corrupt) << "something behind it";
  body = whole;
  EXPECT_EQ(decode_content("br", body, 1000), decoding_result::unknown);
  EXPECT_EQ(decode_content("gzip, gzip", body, 1000), decoding_result::unknown);
}

}  // namespace
}  // namespace jackfield::wire
