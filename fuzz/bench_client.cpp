// What a server says to the load generator, which takes a short cut: packets by their usual characters. Input: a packet.
#include "bench/packet.hpp"
#include "bench/stamp.hpp"

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

using namespace jackfield::bench;

void require(bool fact) {
  if (!fact) std::abort();
}

void read_packet(std::string_view text) {
  for (const char* nsp : {"/", "/game"}) {
    packet_reader reader(nsp);
    const packet p = reader.read(text);
    // Read again, by a reader that saw something else in between: nothing is left of that.
    packet_reader used(nsp);
    used.read("51-[{\"_placeholder\":true,\"num\":0}]");
    const packet again = used.read(text);
    require(p.kind == again.kind && p.id == again.id && p.name == again.name && p.text == again.text);
    if (p.kind == packet::what::event || p.kind == packet::what::ack) require(p.text.find('"') == std::string_view::npos);
    stamp s;
    if (read_stamp(p.text, s)) require(p.text.size() >= stamp::size && s.meant >= 0);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  read_packet({reinterpret_cast<const char*>(data), size});
  return 0;
}
