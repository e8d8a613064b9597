// MessagePack → JSON: an explicit stack of what is open.
#include "base/iso_date.hpp"
#include "base/json.hpp"
#include "base/utf8.hpp"
#include "protocol/msgpack.hpp"

#include <boost/container/small_vector.hpp>

namespace jackfield::protocol::msgpack {

namespace json = base::json;

namespace {

class transcoder {
 public:
  transcoder(cursor& from, std::size_t depth, std::size_t most, std::string& out, std::vector<bytes_view>& attachments) noexcept
      : from_(from), depth_(depth), most_attachments_(most), out_(out), attachments_(attachments) {}

  fault run() {
    const std::size_t before = attachments_.size();
    fault f = one();
    while (f == fault::none && !open_.empty()) f = step();
    if (f == fault::none && looks_like_placeholder_ && attachments_.size() > before) return fault::ambiguous;
    return f;
  }

 private:
  struct level {
    std::size_t left;
    bool map;
    bool first = true;
  };

  /// One more child of the innermost container, or its end.
  fault step() {
    level& in = open_.back();
    if (in.left == 0) {
      out_ += in.map ? '}' : ']';
      open_.pop_back();
      return fault::none;
    }
    --in.left;
    const std::size_t before = out_.size();
    if (!in.first) out_ += ',';
    if (in.map) {
      const std::size_t name_at = out_.size();
      if (!key()) return fault::malformed;
      if (from_.at_undefined()) {  // as if the member were not there
        out_.resize(before);
        return from_.skip() ? fault::none : fault::malformed;
      }
      if (from_.at_true() && std::string_view(out_).substr(name_at) == R"("_placeholder":)") looks_like_placeholder_ = true;
    }
    in.first = false;
    return one();
  }

  /// A name and the colon. Numbers and words are names too: JavaScript's members are.
  bool key() {
    head h;
    if (!from_.take(h)) return false;
    if (h.what == kind::string) {
      if (!text(h)) return false;
    } else {
      out_ += '"';
      if (!scalar(h)) return false;
      out_ += '"';
    }
    out_ += ':';
    return true;
  }

  fault one() {
    head h;
    if (!from_.take(h)) return fault::malformed;
    switch (h.what) {
      case kind::string: return text(h) ? fault::none : fault::malformed;
      case kind::binary: return binary(from_.content(h));
      case kind::array:
      case kind::map: return open(h);
      case kind::undefined: out_ += "null"; return fault::none;
      case kind::date: date(h.integer); return fault::none;
      case kind::extension: return extension(h);
      default: scalar(h); return fault::none;
    }
  }

  /// In JavaScript's own way, which has no text for what a Date cannot hold.
  void date(std::int64_t ms) {
    const auto before = out_.size();
    out_ += '"';
    if (base::write_iso_date(ms, out_)) {
      out_ += '"';
    } else {
      out_.resize(before);
      out_ += "null";
    }
  }

  bool scalar(const head& h) {
    switch (h.what) {
      case kind::nil: out_ += "null"; return true;
      case kind::boolean: out_ += h.boolean ? "true" : "false"; return true;
      case kind::integer: json::write_number(h.integer, out_); return true;
      case kind::unsigned_integer: json::write_number(h.unsigned_integer, out_); return true;
      case kind::real: json::write_number(h.real, out_); return true;
      default: return false;
    }
  }

  bool text(const head& h) {
    const auto t = from_.content(h);
    if (!base::valid_utf8(t)) return false;
    json::write_string(t, out_);
    return true;
  }

  fault binary(std::string_view data) {
    if (attachments_.size() > most_attachments_) return fault::too_many_attachments;
    out_ += R"({"_placeholder":true,"num":)";
    json::write_number(static_cast<std::uint64_t>(attachments_.size()), out_);
    out_ += '}';
    attachments_.push_back(as_bytes(data));
    return fault::none;
  }

  /// [type, bytes], as the reference's decoder makes of it.
  fault extension(const head& h) {
    if (open_.size() >= depth_) return fault::too_deep;
    out_ += '[';
    json::write_number(static_cast<std::int64_t>(h.extension), out_);
    out_ += ',';
    const auto f = binary(from_.content(h));
    out_ += ']';
    return f;
  }

  fault open(const head& h) {
    if (open_.size() >= depth_) return fault::too_deep;
    out_ += h.what == kind::map ? '{' : '[';
    open_.push_back({h.size, h.what == kind::map});
    return fault::none;
  }

  cursor& from_;
  std::size_t depth_, most_attachments_;
  std::string& out_;
  std::vector<bytes_view>& attachments_;
  boost::container::small_vector<level, 16> open_;
  bool looks_like_placeholder_ = false;
};

}  // namespace

fault to_json(cursor& from, std::size_t depth, std::size_t most_attachments, std::string& json,
              std::vector<bytes_view>& attachments) {
  return transcoder(from, depth, most_attachments, json, attachments).run();
}

}  // namespace jackfield::protocol::msgpack
