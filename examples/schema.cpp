// Events declared once, in C++: printed for the clients' TypeScript, or as JSON Schema; and served, with the same functions.
//   example_schema typescript > events.ts       import { ClientToServerEvents, ServerToClientEvents } from "./events";
//   example_schema json                         const socket: Socket<ServerToClientEvents, ClientToServerEvents> = io(…);
//   example_schema serve PORT
#include <jackfield/schema.hpp>
#include <jackfield/server.hpp>

#include <chrono>
#include <cstdlib>
#include <iostream>
#include <map>
#include <string>
#include <variant>
#include <vector>

namespace jf = jackfield;

namespace shop {

enum class state { open, paid, shipped };
BOOST_DESCRIBE_ENUM(state, open, paid, shipped)

struct item {
  std::string name;
  double price;
  std::optional<std::uint32_t> count;
};
BOOST_DESCRIBE_STRUCT(item, (), (name, price, count))

struct order {
  std::vector<item> items;
  state is;
  std::map<std::string, std::string> labels;
  std::variant<std::monostate, std::string, int> voucher;
  std::chrono::system_clock::time_point placed;
  std::chrono::milliseconds took;
  jf::bytes signature;
  std::vector<order> parts;  // of an order that was split
};
BOOST_DESCRIBE_STRUCT(order, (), (items, is, labels, voucher, placed, took, signature, parts))

double total(const std::vector<item>& items) {
  double sum = 0;
  for (const auto& i : items) sum += i.price * i.count.value_or(1);
  return sum;
}

order checked_out(std::vector<item> items, std::optional<std::string> voucher) {
  order o{std::move(items), state::paid, {{"from", "web"}}, std::monostate(), std::chrono::system_clock::now(), {},
          {std::byte{7}},   {}};
  if (voucher) o.voucher = *voucher;
  o.parts.push_back({{}, state::open, {}, 7, o.placed, std::chrono::milliseconds(5), {}, {}});
  return o;
}

}  // namespace shop

// An item of an order takes no members but its own.
template <>
inline constexpr auto jackfield::unknown_members_of<shop::item> = jackfield::unknown_members::refused;

namespace {

jf::schema declared() {
  jf::schema events;
  events.client_event("total", shop::total).names({"items"});
  events.client_event("check out", shop::checked_out).names({"items", "voucher"});
  events.client_event<shop::state>("watch").names({"what"});
  events.client_event<>("ping").answers<void>();
  events.server_event<shop::order>("order").names({"order"});
  events.server_event<std::string, std::optional<int>>("notice").names({"text", "level"});
  events.server_event<int>("question").answers<bool>();
  return events;
}

int serve(std::uint16_t port) {
  jf::server io;
  io.on_connection([&io](jf::socket s) {
    s.on("total", shop::total);
    s.on("check out", [&io](std::vector<shop::item> items, std::optional<std::string> voucher) {
      auto order = shop::checked_out(std::move(items), std::move(voucher));
      io.emit("order", order);
      return order;
    });
    s.on("watch", [](jf::socket who, shop::state what) { who.emit("notice", "watching", static_cast<int>(what)); });
    s.on("ping", [](jf::ack answer) { answer(); });
  });
  std::cout << "READY " << io.listen("127.0.0.1", port) << std::endl;
  io.run();
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string what = argc > 1 ? argv[1] : "";
  if (what == "typescript") return std::cout << declared().typescript(), 0;
  if (what == "json") return std::cout << declared().json_schema() << '\n', 0;
  if (what == "serve" && argc > 2) return serve(static_cast<std::uint16_t>(std::atoi(argv[2])));
  std::cerr << "example_schema typescript | json | serve PORT\n";
  return 2;
}
