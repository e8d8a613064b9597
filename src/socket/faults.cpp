#include "socket/faults.hpp"

#include <jackfield/handler.hpp>

#include <exception>

namespace jackfield::sio {

void tell_fault(const std::function<void(const fault&)>* listener, const fault& f) noexcept {
  if (listener == nullptr) return detail::report_stray(f.where, f.thrown);
  try {
    (*listener)(f);
  } catch (...) {
    detail::report_stray("on_fault", std::current_exception());
  }
}

}  // namespace jackfield::sio
