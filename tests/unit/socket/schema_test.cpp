#include "base/json.hpp"

#include <jackfield/schema.hpp>

#include <gtest/gtest.h>

#include <map>
#include <stdexcept>

namespace jf = jackfield;

namespace schema_types {

enum class mood { calm, merry };
BOOST_DESCRIBE_ENUM(mood, calm, merry)

struct author {
  std::string name;
  std::optional<std::uint8_t> age;
  mood is;
};
BOOST_DESCRIBE_STRUCT(author, (), (name, age, is))

struct tree {
  author by;
  std::vector<tree> children;
};
BOOST_DESCRIBE_STRUCT(tree, (), (by, children))

namespace other {
struct author {
  int id;
};
BOOST_DESCRIBE_STRUCT(author, (), (id))
}  // namespace other

struct Binary {
  jf::bytes data;
};
BOOST_DESCRIBE_STRUCT(Binary, (), (data))

template <class T>
struct box {
  T held;
};
BOOST_DESCRIBE_STRUCT(box<int>, (), (held))

struct point {
  double x, y;
};
[[maybe_unused]] jf::value tag_invoke(jf::to_value_tag, const point& p) { return jf::array{p.x, p.y}; }
[[maybe_unused]] jf::result<point> tag_invoke(jf::from_value_tag<point>, const jf::value& v) {
  return point{v[0].number_or(0), v[1].number_or(0)};
}
jf::shape tag_invoke(jf::shape_tag<point>, jf::named_types& known) { return jf::shape_of<std::array<double, 2>>(known); }

struct opaque {};
[[maybe_unused]] jf::value tag_invoke(jf::to_value_tag, const opaque&) { return {}; }

std::string line_of(const std::string& text, std::string_view part) {
  const auto at = text.find(part);
  if (at == text.npos) return "no line has " + std::string(part);
  const auto begin = text.rfind('\n', at) + 1;
  return text.substr(begin, text.find('\n', at) - begin);
}

template <class... A>
std::string arguments() {
  jf::schema s;
  s.server_event<A...>("e");
  const auto line = line_of(s.typescript(), "  e: ");
  return line.substr(5, line.find(") => void") - 4);
}

TEST(schema, types_of_typescript) {
  EXPECT_EQ(arguments<>(), "()");
  EXPECT_EQ((arguments<int, std::uint64_t, double, bool>()), "(arg1: number, arg2: number, arg3: number, arg4: boolean)");
  EXPECT_EQ((arguments<std::string, jf::bytes, jf::value, jf::object>()),
            "(arg1: string, arg2: Binary, arg3: unknown, arg4: Record<string, unknown>)");
  EXPECT_EQ((arguments<std::vector<std::vector<int>>>()), "(arg1: Array<Array<number>>)");
  EXPECT_EQ((arguments<std::tuple<int, std::optional<std::string>>>()), "(arg1: [number, (string | null)?])");
  EXPECT_EQ((arguments<std::map<std::string, std::variant<int, std::monostate>>>()), "(arg1: Record<string, number | null>)");
  EXPECT_EQ((arguments<std::optional<int>, int, std::optional<int>>()),
            "(arg1: number | null, arg2: number, arg3?: number | null)");
  EXPECT_EQ((arguments<std::chrono::system_clock::time_point, std::chrono::seconds>()), "(arg1: string, arg2: number)");
  EXPECT_EQ((arguments<point, opaque>()), "(arg1: Array<number>, arg2: unknown)");
  EXPECT_EQ((arguments<std::pair<int, mood>>()), "(arg1: [number, mood])");
}

TEST(schema, named_types) {
  jf::schema s;
  s.server_event<tree, other::author, Binary, box<int>>("e");
  const auto ts = s.typescript();
  EXPECT_EQ(line_of(ts, "  e: "), "  e: (arg1: tree, arg2: author2, arg3: Binary2, arg4: box_int_) => void;");
  EXPECT_NE(ts.find("export interface author {\n  name: string;\n  age?: number | null;\n  is: mood;\n}\n"), ts.npos) << ts;
  EXPECT_NE(ts.find("export interface tree {\n  by: author;\n  children: Array<tree>;\n}\n"), ts.npos);
  EXPECT_NE(ts.find("export type mood = \"calm\" | \"merry\";\n"), ts.npos);
  EXPECT_NE(ts.find("export interface author2 {\n  id: number;\n}\n"), ts.npos);
}

TEST(schema, events_of_handlers) {
  jf::schema s("Chat");
  s.client_event("sum", [](int a, std::optional<int> b) { return a + b.value_or(0); }).names({"a", "b"});
  s.client_event("mixed", [](std::string_view, const jf::args&) {});
  s.client_event("task", [](std::string) -> jf::task<std::string> { co_return ""; });
  s.client_event("done", []() -> jf::task<void> { co_return; });
  s.client_event("asks", [](const author&, jf::ack) {});
  s.client_event("typed", [](jf::ack) {}).answers<mood>();
  s.server_event<int>("question mark?").answers<bool>();
  s.server_event<>("ping").answers<void>();
  const auto ts = s.typescript();
  EXPECT_EQ(line_of(ts, "  sum"), "  sum: (a: number, b: number | null, ack: (answer: number | Refusal) => void) => void;");
  EXPECT_EQ(line_of(ts, "  mixed"), "  mixed: (arg1: string) => void;");
  EXPECT_EQ(line_of(ts, "  task"), "  task: (arg1: string, ack: (answer: string | Refusal) => void) => void;");
  EXPECT_EQ(line_of(ts, "  done"), "  done: (ack: (refusal?: Refusal) => void) => void;");
  EXPECT_EQ(line_of(ts, "  asks"), "  asks: (arg1: author, ack: (answer: unknown | Refusal) => void) => void;");
  EXPECT_EQ(line_of(ts, "  typed"), "  typed: (ack: (answer: mood | Refusal) => void) => void;");
  EXPECT_EQ(line_of(ts, "question"), "  \"question mark?\": (arg1: number, ack: (answer: boolean) => void) => void;");
  EXPECT_EQ(line_of(ts, "  ping"), "  ping: (ack: () => void) => void;");
  EXPECT_NE(ts.find("export interface ChatClientToServerEvents {"), ts.npos);
  EXPECT_NE(ts.find("export interface ChatServerToClientEvents {"), ts.npos);
}

TEST(schema, json_schema) {
  jf::schema s;
  s.client_event<std::uint8_t, std::optional<tree>>("e").answers<std::vector<point>>();
  jf::value v;
  ASSERT_TRUE(jf::base::json::parse(s.json_schema(), v));
  const auto& e = v["properties"]["clientToServer"]["properties"]["e"]["properties"];
  EXPECT_EQ(jf::to_json(e["arguments"]), R"({"type":"array","prefixItems":[{"type":"integer","minimum":0,"maximum":255},)"
                                         R"({"anyOf":[{"$ref":"#/$defs/tree"},{"type":"null"}]}],"items":false,"minItems":1})");
  EXPECT_EQ(jf::to_json(e["answer"]),
            R"({"type":"array","items":{"type":"array","items":{"type":"number"},"minItems":2,"maxItems":2}})");
  EXPECT_EQ(jf::to_json(v["$defs"]["author"]["required"]), R"(["name","is"])");
  EXPECT_EQ(jf::to_json(v["$defs"]["mood"]), R"({"enum":["calm","merry"]})");
}

TEST(schema, mistakes_are_told) {
  jf::schema s;
  s.client_event<int>("e");
  EXPECT_THROW(s.client_event<>("e"), std::invalid_argument);
  EXPECT_NO_THROW(s.server_event<>("e"));
  EXPECT_THROW(s.client_event<int>("f").names({}), std::invalid_argument);
  EXPECT_THROW(s.client_event<int>("g").names({"no name"}), std::invalid_argument);
}

}  // namespace schema_types
