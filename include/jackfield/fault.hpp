// fault: what on_fault of a server or a client is told.
#pragma once

#include <exception>
#include <string_view>

namespace jackfield {

/// Something that user code did not catch, or that went wrong without one to tell.
struct fault {
  std::string_view where;      // the event's name, or what was running: "connection", "middleware", "acknowledgement", …
  std::string_view nsp;        // empty: none
  std::string_view socket_id;  // empty: none
  std::exception_ptr thrown;   // what was thrown; std::rethrow_exception() gives its type back
};

}  // namespace jackfield
