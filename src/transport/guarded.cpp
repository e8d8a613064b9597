#include "transport/guarded.hpp"

#include "base/log.hpp"

#include <exception>
#include <string>

namespace jackfield::transport {
namespace {

/// The words of an exception may be a peer's.
void log_words(std::string_view who, std::string_view words) {
  base::log(base::log_level::error, std::string(who) + " threw: " + base::escaped(words));
}

}  // namespace

void log_thrown(std::string_view who) noexcept {
  try {
    try {
      throw;
    } catch (const std::exception& e) {
      log_words(who, e.what());
    } catch (...) {
      log_words(who, "something that is no std::exception");
    }
  } catch (...) {  // no memory for a line: the exception ends here all the same
    base::log(base::log_level::error, who);
  }
}

}  // namespace jackfield::transport
