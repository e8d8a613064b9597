#include "base/json.hpp"
#include "protocol/sio_text.hpp"
#include "socket/placeholders.hpp"
#include "socket/scratch.hpp"

#include <jackfield/packer.hpp>

namespace jackfield {
namespace json = base::json;

packer::packer() : scratch_(sio::lease()), first_(true) { scratch_->text += '['; }

packer::packer(std::string_view event) : packer() {
  // A constructor that delegated has a destructor to give the scratch back when this throws.
  if (protocol::reserved_event_name(event)) {
    throw bad_result(error{errc::reserved_name, "\"" + std::string(event) + "\" is a reserved event name"});
  }
  text(event);
}

packer::~packer() { sio::give_back(scratch_); }

void packer::next() {
  if (!first_) scratch_->text += ',';
  first_ = false;
}
void packer::null() { next(), scratch_->text += "null"; }
void packer::boolean(bool b) { next(), scratch_->text += b ? "true" : "false"; }
void packer::integer(std::int64_t i) { next(), json::write_number(i, scratch_->text); }
void packer::unsigned_integer(std::uint64_t u) { next(), json::write_number(u, scratch_->text); }
void packer::real(double d) { next(), json::write_number(d, scratch_->text); }
void packer::text(std::string_view s) { next(), json::write_string(s, scratch_->text); }

void packer::binary(bytes_view b) {
  next();
  sio::write_placeholder(scratch_->attachments.size(), scratch_->text);
  scratch_->attachments.push_back(b);
}

void packer::raw(const arg& a) {
  if (a.attachments().empty()) {
    next();
    scratch_->text += a.json();
    return;
  }
  if (const auto whole = a.binary()) return binary(*whole);
  const std::size_t text_before = scratch_->text.size(), attachments_before = scratch_->attachments.size();
  const bool was_first = first_;
  next();
  if (sio::renumber(a.json(), a.attachments(), scratch_->text, scratch_->attachments)) return;
  // Placeholders in an unusual spelling: through a tree.
  scratch_->text.resize(text_before);
  scratch_->attachments.resize(attachments_before);
  first_ = was_first;
  tree(a.parse(), 0);
}

void packer::tree(const value& v) {
  next();
  if (!json::write(v, scratch_->text, scratch_->attachments))
    throw bad_result(error{errc::bad_json, "nested too deep to be sent"});
}

void packer::tree(value&& v, int) {
  const std::size_t before = scratch_->attachments.size();
  tree(v);
  // Moving a value does not move the bytes that it owns.
  if (scratch_->attachments.size() != before) scratch_->kept.push_back(std::move(v));
}

}  // namespace jackfield
