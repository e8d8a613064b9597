// iso_date: points in time as JavaScript's Date.toISOString writes them and Date.parse reads them (ECMA-262, 21.4.1.32).
// Pure, any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace jackfield::base {

/// Milliseconds since 1970 that a Date can hold, either way.
inline constexpr std::int64_t date_range_ms = 8'640'000'000'000'000;

/// Appends 2020-01-31T12:00:00.000Z; years outside of 0 to 9999 have a sign and six digits. False: not within the range.
bool write_iso_date(std::int64_t ms, std::string& out);

/// Reads a date alone (UTC), or a date and a time with Z or ±HH:MM; digits behind the milliseconds are dropped. False: it is
/// something else, or out of range.
bool parse_iso_date(std::string_view text, std::int64_t& ms) noexcept;

}  // namespace jackfield::base
