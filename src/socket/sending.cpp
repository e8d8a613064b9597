#include "socket/sending.hpp"

#include "base/log.hpp"
#include "engine/session.hpp"
#include "protocol/sio_text.hpp"

#include <boost/container/small_vector.hpp>

#include <exception>
#include <string>

namespace jackfield::sio {
namespace {

void send_text(engine::session& to, const packet_view& p) {
  std::string packet;
  packet.reserve(64);  // the usual CONNECT answer
  protocol::write_header(packet, static_cast<protocol::sio_type>(p.type), p.nsp, p.id, p.attachments.size());
  packet += p.json;
  boost::container::small_vector<engine::message_view, 4> group{{protocol::payload_kind::text, packet}};
  for (auto a : p.attachments) group.push_back({protocol::payload_kind::binary, as_chars(a)});
  to.send(group);
}

void give_up(engine::session& to, const char* why) {
  base::log(base::log_level::error, "the parser cannot encode a packet: " + base::escaped(why));
  to.close();
}

}  // namespace

void append_views(const wire_messages& from, std::vector<engine::message_view>& to) {
  for (std::size_t i = 0; i < from.size(); ++i) {
    const auto kind = from[i].kind == message_kind::text ? protocol::payload_kind::text : protocol::payload_kind::binary;
    to.push_back({kind, from[i].data});
  }
}

void send_packet(engine::session& to, const parser* by, const packet_view& p) {
  if (by == nullptr) return send_text(to, p);
  wire_messages messages;
  std::vector<engine::message_view> group;
  try {
    by->encode(p, messages);
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const std::exception& e) {
    return give_up(to, e.what());
  } catch (...) {
    return give_up(to, "something that is no std::exception");
  }
  append_views(messages, group);
  to.send(group);
}

}  // namespace jackfield::sio
