#include <jackfield/error.hpp>

namespace jackfield {

std::string_view name_of(errc code) noexcept {
  switch (code) {
    case errc::none: return "none";
    case errc::timeout: return "timeout";
    case errc::disconnected: return "disconnected";
    case errc::refused: return "refused";
    case errc::bad_argument: return "bad argument";
    case errc::bad_json: return "bad JSON";
    case errc::reserved_name: return "reserved name";
    case errc::too_many: return "too many";
    case errc::address_in_use: return "address in use";
    case errc::io: return "input/output error";
  }
  return "unknown";
}

}  // namespace jackfield
