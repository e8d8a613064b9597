// recovery_cargo: what is kept with a socket that is away besides what the protocol needs. Owner: the saved session. Thread: that
// of the worker which has it.
#pragma once

#include "adapter/recovery_store.hpp"
#include "base/ref.hpp"
#include "socket/once_memory.hpp"

#include <jackfield/value.hpp>

#include <any>
#include <cstddef>
#include <utility>

namespace jackfield::srv {

/// What the program keeps with a socket, and what its client was answered.
struct recovery_cargo final : adapter::session_cargo {
  recovery_cargo(std::any d, base::ref<sio::once_memory> o) : data(std::move(d)), once(std::move(o)) {}
  ~recovery_cargo() override {
    if (once) once->close();
  }
  /// Of the program's own types nobody knows.
  std::size_t bytes() const noexcept override {
    const auto* v = std::any_cast<value>(&data);
    return sizeof *this + (v != nullptr ? bytes_of(*v) : 0) + (once ? once->held_bytes() : 0);
  }
  static std::size_t bytes_of(const value& v) noexcept {
    std::size_t n = sizeof v;
    if (const auto* s = v.if_string()) n += s->size();
    if (const auto* b = v.if_binary()) n += b->size();
    if (const auto* a = v.if_array()) {
      for (const auto& each : *a) n += bytes_of(each);
    }
    if (const auto* o = v.if_object()) {
      for (const auto& [key, each] : *o) n += sizeof key + key.size() + bytes_of(each);
    }
    return n;
  }

  std::any data;
  base::ref<sio::once_memory> once;
};

}  // namespace jackfield::srv
