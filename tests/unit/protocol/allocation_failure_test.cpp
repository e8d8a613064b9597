// Every allocation that decoding, parsing and writing make fails once, each in turn (S44): bad_alloc comes out, nothing
// leaks, and what was going on can be begun again. This program's operator new counts.
#include "base/base64.hpp"
#include "protocol/eio_payload.hpp"
#include "protocol/handshake.hpp"
#include "protocol/sio_text.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <new>

namespace {

thread_local long until_failure = -1;  // negative: never
thread_local long alive = 0;
thread_local bool counting = false;

void* allocate(std::size_t size) {
  if (until_failure == 0) {
    until_failure = -1;
    throw std::bad_alloc();
  }
  if (until_failure > 0) --until_failure;
  void* const p = std::malloc(size ? size : 1);
  if (!p) throw std::bad_alloc();
  if (counting) ++alive;
  return p;
}

void release(void* p) noexcept {
  if (p && counting) --alive;
  std::free(p);
}

}  // namespace

void* operator new(std::size_t size) { return allocate(size); }
void* operator new[](std::size_t size) { return allocate(size); }
void operator delete(void* p) noexcept { release(p); }
void operator delete[](void* p) noexcept { release(p); }
void operator delete(void* p, std::size_t) noexcept { release(p); }
void operator delete[](void* p, std::size_t) noexcept { release(p); }

namespace {

using namespace jackfield;
using namespace jackfield::protocol;

/// Runs f again and again, each time with one more allocation before the one that fails, until none fails.
template <class F>
int fail_each_allocation(F&& f) {
  for (int n = 0;; ++n) {
    alive = 0;
    counting = true;
    until_failure = n;
    bool failed = false;
    try {
      f();
    } catch (const std::bad_alloc&) {
      failed = true;
    }
    const bool all_done = until_failure >= 0;
    until_failure = -1;
    counting = false;
    EXPECT_EQ(alive, 0) << "leaked when allocation " << n << " failed";
    EXPECT_EQ(failed, !all_done) << n;
    if (all_done || n > 1000) return n;
  }
}

constexpr std::string_view binary_event =
    R"(52-/admin,7["a name that is longer than a small string",{"_placeholder":true,"num":0},{"list":[1,2,3,4,5,6,7,8,9,10],"deep":{"a":{"b":[{"num":1,"_placeholder":true}]}}}])";
const std::string attachment(100, 'x');

}  // namespace

TEST(allocation_failure, decoding_and_parsing_a_binary_event) {  // S44
  const sio_limits limits;
  const int failures = fail_each_allocation([&] {
    sio_scratch scratch;
    sio_decoder d(limits, scratch);
    if (d.add_text(binary_event) != sio_decoder::outcome::need_more) std::abort();
    if (d.add_binary(as_bytes(attachment)) != sio_decoder::outcome::need_more) std::abort();
    if (d.add_binary(as_bytes(attachment)) != sio_decoder::outcome::packet) std::abort();
    for (const auto& item : d.packet().items) {
      value v;
      if (!base::json::parse(item.text, d.packet().attachments, v)) std::abort();
      const value copy = v;
      if (copy != v) std::abort();
      std::string out;
      std::vector<bytes_view> attachments;
      if (!base::json::write(copy, out, attachments)) std::abort();
    }
  });
  EXPECT_GT(failures, 20);
}

TEST(allocation_failure, a_decoder_goes_on_after_it) {  // S44 P120
  const sio_limits limits;
  sio_scratch scratch;
  sio_decoder d(limits, scratch);
  for (int n = 0; n < 12; ++n) {
    d.reset();
    until_failure = n;
    try {
      d.add_text(binary_event);
      d.add_binary(as_bytes(attachment));
      d.add_binary(as_bytes(attachment));
    } catch (const std::bad_alloc&) {
    }
    until_failure = -1;
    d.reset();
    ASSERT_EQ(d.add_text(R"(2["x",1])"), sio_decoder::outcome::packet);
    ASSERT_EQ(d.packet().items.size(), 2u);
  }
}

TEST(allocation_failure, payloads_and_handshakes) {  // S44
  std::string body =
      "4hello\x1e"
      "b";
  base::base64_encode(as_bytes(attachment), body);
  const int failures = fail_each_allocation([&] {
    eio_payload_reader r(body, 10);
    std::string again;
    for (auto step = r.next(); step.what == eio_payload_reader::outcome::packet; step = r.next())
      append_eio_packet(again, step.packet);
    if (again != body) std::abort();
    std::string text;
    write_open(text, {.sid = std::string(40, 's'), .upgrades = {std::string(40, 'u')}});
    eio_open open;
    if (!read_open(text, open)) std::abort();
    write_refusal(text, eio_refusal::forbidden, std::string(100, 'm'));
  });
  EXPECT_GT(failures, 8);
}
