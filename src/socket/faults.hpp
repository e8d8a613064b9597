// faults: what the program is told when its code throws, or something has nobody else to tell. Any thread.
#pragma once

#include <jackfield/fault.hpp>

#include <functional>

namespace jackfield::sio {

/// Calls `listener`; null, or one that throws itself: the log has it.
void tell_fault(const std::function<void(const fault&)>* listener, const fault& f) noexcept;

}  // namespace jackfield::sio
