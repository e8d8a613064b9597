// A schema as JSON Schema 2020-12.
#include <jackfield/schema.hpp>

namespace jackfield {
namespace {

using kind = shape::kind;

object of_type(std::string_view name) { return object{{"type", name}}; }
value described(const shape& s);

array all_of(const std::vector<shape>& shapes) {
  array out;
  for (const auto& s : shapes) out.push_back(described(s));
  return out;
}

/// An array of just these, the last so many of which may be absent.
object positions(const std::vector<shape>& shapes, std::size_t optional) {
  auto o = of_type("array");
  if (!shapes.empty()) o["prefixItems"] = all_of(shapes);
  o["items"] = false;
  o["minItems"] = shapes.size() - optional;
  return o;
}

object integer(const shape& s) {
  auto o = of_type("integer");
  if (s.least) o["minimum"] = *s.least;
  if (s.most) o["maximum"] = *s.most;
  return o;
}

object list(const shape& s) {
  auto o = of_type("array");
  o["items"] = described(s.parts[0]);
  if (s.length) {
    o["minItems"] = *s.length;
    o["maxItems"] = *s.length;
  }
  return o;
}

object reference(std::string_view name) { return object{{"$ref", "#/$defs/" + std::string(name)}}; }

value described(const shape& s) {
  switch (s.what) {
    case kind::anything: return true;
    case kind::null: return of_type("null");
    case kind::boolean: return of_type("boolean");
    case kind::integer: return integer(s);
    case kind::number: return of_type("number");
    case kind::string: return of_type("string");
    case kind::date: return object{{"type", "string"}, {"format", "date-time"}};
    case kind::binary: return reference("Binary");
    case kind::list: return list(s);
    case kind::tuple: return positions(s.parts, s.optional);
    case kind::map: return object{{"type", "object"}, {"additionalProperties", described(s.parts[0])}};
    case kind::choice: return object{{"anyOf", all_of(s.parts)}};
    case kind::named: return reference(s.name);
  }
  return true;
}

value definition(const named_types::type& t) {
  if (t.is_enum) return object{{"enum", array(t.values)}};
  object members;
  array required;
  for (const auto& m : t.members) {
    members[m.name] = described(m.of);
    if (m.required) required.push_back(m.name);
  }
  object o{{"type", "object"}, {"properties", std::move(members)}, {"required", std::move(required)}};
  if (!t.open) o["additionalProperties"] = false;
  return o;
}

object events(const std::vector<detail::declared_event>& all) {
  object members;
  for (const auto& e : all) {
    object parts{{"arguments", positions(e.arguments, e.optional)}};
    if (e.ack == detail::answering::with_value) parts["answer"] = described(e.answer);
    members[e.name] = object{{"type", "object"}, {"properties", std::move(parts)}};
  }
  return object{{"type", "object"}, {"properties", std::move(members)}};
}

}  // namespace

std::string schema::json_schema() const {
  object types{{"Binary", object{{"type", "object"}, {"description", "binary: a Buffer, Uint8Array or ArrayBuffer"}}}};
  for (const auto& t : types_.all()) types[t->name] = definition(*t);
  return to_json(object{{"$schema", "https://json-schema.org/draft/2020-12/schema"},
                        {"title", prefix_ + "Events"},
                        {"$defs", std::move(types)},
                        {"type", "object"},
                        {"properties", object{{"clientToServer", events(client_)}, {"serverToClient", events(server_)}}}});
}

}  // namespace jackfield
