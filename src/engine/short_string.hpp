// short_string: an immutable string in 24 bytes: up to 23 characters inside, longer ones on the heap.
// A session's id (20 characters) and most addresses cost no allocation. Not thread-safe to assign.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <utility>

namespace jackfield::engine {

class short_string {
 public:
  short_string() noexcept = default;
  explicit short_string(std::string_view text) {
    if (text.size() <= inside) {
      if (!text.empty()) std::memcpy(room_.data(), text.data(), text.size());
      size_ = static_cast<std::uint8_t>(text.size());
      return;
    }
    const outside far{new char[text.size()], text.size()};
    std::memcpy(far.data, text.data(), text.size());
    std::memcpy(room_.data(), &far, sizeof far);
    size_ = elsewhere;
  }
  short_string(short_string&& o) noexcept : room_(o.room_), size_(std::exchange(o.size_, std::uint8_t{0})) {}
  short_string& operator=(short_string&& o) noexcept {
    std::swap(room_, o.room_);
    std::swap(size_, o.size_);
    return *this;
  }
  ~short_string() {
    if (size_ == elsewhere) delete[] far().data;
  }

  std::string_view view() const noexcept {
    if (size_ != elsewhere) return {room_.data(), size_};
    const auto f = far();
    return {f.data, f.size};
  }

 private:
  static constexpr std::size_t inside = 23;
  static constexpr std::uint8_t elsewhere = 0xff;
  struct outside {
    char* data;
    std::size_t size;
  };
  static_assert(sizeof(outside) <= inside);
  outside far() const noexcept {
    outside f;
    std::memcpy(&f, room_.data(), sizeof f);
    return f;
  }

  std::array<char, inside> room_{};
  std::uint8_t size_ = 0;  // `elsewhere`: room_ holds an `outside`
};
static_assert(sizeof(short_string) == 24);

}  // namespace jackfield::engine
