// plain_values: values as lines of JSON write them, where there is no other place for bytes: {"$bin":"<base64>"}.
// Pure, any thread.
#pragma once

#include <jackfield/arg.hpp>
#include <jackfield/value.hpp>

namespace jackfield::app {

/// For a line: bytes become {"$bin": …}.
value to_plain(const value& v);
/// The arguments of an event or of an answer, in an array. Words stand for what is nested too deep for a line.
value to_plain(const args& all);
/// Of a line. Throws std::invalid_argument: base64 that is none.
value from_plain(const value& v);

}  // namespace jackfield::app
