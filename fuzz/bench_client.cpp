// What a server says to the load generator, which takes short cuts: packets by their usual characters, answers as they come.
// Input: a flag byte (0-127 a packet; 128-255 HTTP answers, cut into pieces of flag - 127 bytes), then what the server says.
#include "bench/http_answer.hpp"
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

/// All answers in one text; what came of it stands in the result, in the order in which it came.
std::string read_answers(std::string_view all, std::size_t piece) {
  http_answer answer;
  std::string log;
  for (std::size_t at = 0; at < all.size(); at += piece) {
    std::string_view input = all.substr(at, piece);
    while (!input.empty()) {
      const auto outcome = answer.next(input);
      if (outcome == http_answer::outcome::malformed) return log + "malformed";
      if (outcome == http_answer::outcome::need_more) break;
      log += std::to_string(answer.status()) + ":" + answer.body() + "\n";
      answer.reset();
    }
  }
  return log;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (data[0] < 128) {
    read_packet(text);
  } else {
    // A head that is wrong may be seen at once, or when its end has come: so it comes.
    const auto all = std::string(text) + "\r\n\r\n";
    require(read_answers(all, data[0] - 127u) == read_answers(all, all.size()));
  }
  return 0;
}
