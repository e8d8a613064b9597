#include "base/iso_date.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <optional>
#include <string>

namespace jackfield::base {
namespace {

std::string written(std::int64_t ms) {
  std::string out;
  return write_iso_date(ms, out) ? out : "none";
}
std::optional<std::int64_t> read(std::string_view text) {
  std::int64_t ms = 0;
  return parse_iso_date(text, ms) ? std::optional(ms) : std::nullopt;
}

struct sample {
  std::int64_t ms;
  const char* text;
};
constexpr sample samples[] = {{0, "1970-01-01T00:00:00.000Z"},
                              {-1, "1969-12-31T23:59:59.999Z"},
                              {951'782'400'123, "2000-02-29T00:00:00.123Z"},
                              {253'402'300'799'999, "9999-12-31T23:59:59.999Z"},
                              {253'402'300'800'000, "+010000-01-01T00:00:00.000Z"},
                              {-62'167'219'200'000, "0000-01-01T00:00:00.000Z"},
                              {-62'167'219'200'001, "-000001-12-31T23:59:59.999Z"},
                              {date_range_ms, "+275760-09-13T00:00:00.000Z"},
                              {-date_range_ms, "-271821-04-20T00:00:00.000Z"}};

TEST(iso_date, as_javascript_writes_and_reads_it) {
  for (const auto& s : samples) {
    EXPECT_EQ(written(s.ms), s.text);
    EXPECT_EQ(read(s.text), s.ms) << s.text;
  }
  EXPECT_EQ(written(date_range_ms + 1), "none");
  EXPECT_EQ(written(std::numeric_limits<std::int64_t>::min()), "none");
  EXPECT_FALSE(read("+275760-09-13T00:00:00.001Z"));
}

TEST(iso_date, other_ways_to_write_it) {
  EXPECT_EQ(read("2020-01-01"), 1'577'836'800'000);
  EXPECT_EQ(read("2020-01-01T00:00Z"), 1'577'836'800'000);
  EXPECT_EQ(read("2020-01-01T00:00:00Z"), 1'577'836'800'000);
  EXPECT_EQ(read("2020-01-01T00:00:00.1239999Z"), 1'577'836'800'123);
  EXPECT_EQ(read("2020-01-01T00:00:00.5Z"), 1'577'836'800'500);
  EXPECT_EQ(read("2020-01-01T01:30:00+01:30"), 1'577'836'800'000);
  EXPECT_EQ(read("2019-12-31T19:00:00-05:00"), 1'577'836'800'000);
  EXPECT_EQ(read("2019-12-31T24:00:00Z"), 1'577'836'800'000);
}

TEST(iso_date, what_is_none) {
  for (const auto* text : {"",
                           "2020",
                           "2020-1-1",
                           "2020-02-30",
                           "2020-13-01",
                           "2020-00-01",
                           "2020-01-00",
                           "2020-01-01T",
                           "2020-01-01T00",
                           "2020-01-01T00:00",
                           "2020-01-01T00:00:00",
                           "2020-01-01T24:00:01Z",
                           "2020-01-01T00:60Z",
                           "2020-01-01T00:00:60Z",
                           "2020-01-01T00:00:00.Z",
                           "2020-01-01T00:00:00Zz",
                           "2020-01-01 00:00:00Z",
                           "-000000-01-01",
                           "20200101",
                           "x",
                           "2020-01-01T00:00:00+0100",
                           "2020-01-01T00:00:00+24:00",
                           "+12020-01-01",
                           "2020-01-01Z"}) {
    EXPECT_FALSE(read(text)) << text;
  }
}

}  // namespace
}  // namespace jackfield::base
