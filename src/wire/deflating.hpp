// deflating: a text through a zlib deflate stream into a string. Pure, linear.
#pragma once

#include "wire/zlib_stream.hpp"

#include <string>
#include <string_view>

namespace jackfield::wire {

/// Appends the deflated text to `out`. `flush` is Z_SYNC_FLUSH or Z_FINISH and meets the end of the text.
/// Throws std::bad_alloc.
void deflate_into(z_stream& z, std::string_view text, int flush, std::string& out);

}  // namespace jackfield::wire
