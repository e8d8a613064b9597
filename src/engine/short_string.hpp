// short_string: an immutable string of one byte more than it has characters inside; longer ones are on the heap.
// A session's id (20 characters) and an address of IPv4 cost no allocation. Not thread-safe to assign.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <utility>

namespace jackfield::engine {

template <std::size_t Inside>
class basic_short_string {
 public:
  basic_short_string() noexcept = default;
  explicit basic_short_string(std::string_view text) {
    if (text.size() <= Inside) {
      if (!text.empty()) std::memcpy(room_.data(), text.data(), text.size());
      size_ = static_cast<std::uint8_t>(text.size());
      return;
    }
    const outside far{new char[text.size()], static_cast<std::uint32_t>(text.size())};
    std::memcpy(far.data, text.data(), text.size());
    std::memcpy(room_.data(), &far, far_bytes);
    size_ = elsewhere;
  }
  basic_short_string(basic_short_string&& o) noexcept : room_(o.room_), size_(std::exchange(o.size_, std::uint8_t{0})) {}
  basic_short_string& operator=(basic_short_string&& o) noexcept {
    std::swap(room_, o.room_);
    std::swap(size_, o.size_);
    return *this;
  }
  ~basic_short_string() {
    if (size_ == elsewhere) delete[] far().data;
  }

  std::string_view view() const noexcept {
    if (size_ != elsewhere) return {room_.data(), size_};
    const auto f = far();
    return {f.data, f.size};
  }

 private:
  static constexpr std::uint8_t elsewhere = 0xff;
  struct outside {
    char* data;
    std::uint32_t size;
  };
  static constexpr std::size_t far_bytes = sizeof(char*) + sizeof(std::uint32_t);  // without its padding
  static_assert(far_bytes <= Inside && Inside < elsewhere);
  outside far() const noexcept {
    outside f;
    std::memcpy(&f, room_.data(), far_bytes);
    return f;
  }

  std::array<char, Inside> room_{};
  std::uint8_t size_ = 0;  // `elsewhere`: room_ holds an `outside`
};

/// Of an id.
using short_string = basic_short_string<23>;
static_assert(sizeof(short_string) == 24);

}  // namespace jackfield::engine
