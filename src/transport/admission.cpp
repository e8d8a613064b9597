#include "transport/admission.hpp"

#include "transport/cors.hpp"
#include "transport/guarded.hpp"

namespace jackfield::transport {

using engine::bad_request;
using engine::request_form;
using engine::verdict;
using protocol::eio_refusal;

admission::~admission() = default;

/// Runs f(*this) on the worker's thread, whoever decides.
template <class F>
void admission::there(F f) {
  if (gateway_.worker_.current()) return f(*this);
  gateway_.worker_.post([self = base::ref<admission>(this), f = std::move(f)] { f(*self); });
}

void admission::run() {
  const engine_options& o = gateway_.options_;
  bool preflight = o.cors.origin.enabled() && form_ == request_form::plain && head().method() == "OPTIONS";
  if (preflight)
    return connection_->respond({.status = o.cors.options_success_status, .headers = preflight_lines(o.cors, head())});
  lines_ = cors_lines(o.cors, head());
  if (!host_welcome(o, head()) || !origin_welcome(o, head())) return refuse(eio_refusal::forbidden, {{"message", "origin"}}, 403);
  run_middleware(0);
}

// --- middlewares: each once, in order; the next only when the one before said so

void admission::run_middleware(std::size_t i) {
  const auto& all = gateway_.hooks_.middlewares;
  if (i == all.size()) return verify();
  stage_ = i;
  if (!reply_) reply_ = std::make_shared<http_reply::core>(gateway_.worker_, *connection_, std::move(lines_));
  auto next = [self = base::ref<admission>(this), i](const std::string& refusal) {
    self->there([i, refusal](admission& a) { a.after_middleware(i, refusal); });
  };
  const bool went_well = guarded("an engine middleware", [&] {
    auto body = body_.empty() ? nullptr : std::make_shared<const std::string>(body_);
    all[i](http_request(connection_->head(), std::move(body), connection_->remote_address()), http_reply(reply_), next);
  });
  if (!went_well) after_middleware(i, "internal error");
}

void admission::after_middleware(std::size_t i, const std::string& refusal) {
  if (stage_ != i || !reply_ || reply_->done.load() || gone()) return;
  stage_ = i + 1;
  if (refusal.empty() && i + 1 < gateway_.hooks_.middlewares.size()) return run_middleware(i + 1);
  lines_ = std::move(reply_->lines);
  reply_->release();
  reply_.reset();
  if (!refusal.empty()) return refuse_bad(bad_request::middleware_failure);
  verify();
}

// --- verification

void admission::verify() {
  verdict v = engine::verify(head(), form_, gateway_.rules_, gateway_.sessions_);
  switch (v.what) {
    case verdict::outcome::other_path: return;  // the gateway looked before
    case verdict::outcome::refused: return refuse(v.why, engine::context_of(v, head()), http_status(v.why));
    case verdict::outcome::existing_session: return reach_session(v);
    case verdict::outcome::open_session: return verify_script(v);
  }
}

bool admission::wants_jsonp(const verdict& v) const noexcept { return v.jsonp && gateway_.options_.allow_eio3; }

/// A script is sent for without an Origin, and read by whoever sent for it: CORS does not stand in its way, so we do (S36).
void admission::verify_script(const verdict& v) {
  if (wants_jsonp(v) && !script_welcome(gateway_.options_, head()))
    return refuse(eio_refusal::forbidden, {{"message", "origin"}}, 403);
  ask_application(v);
}

void admission::reach_session(const verdict& v) {
  if (form_ == request_form::upgrade) return offer_upgrade(*v.session, form_of(v));
  auto& road = static_cast<polling_transport&>(*v.session->road());  // verify() compared the kinds
  if (head().method() == "GET") return road.get(*connection_, answer_lines(false));
  if (head().method() == "POST") return road.post(*connection_, body_, answer_lines(false));
  refuse(eio_refusal::bad_method, {{"method", std::string(head().method())}}, 400);  // S8
}

void admission::ask_application(const verdict& v) {
  const auto& ask = gateway_.options_.allow_request;
  if (!ask) return open_session(v);
  stage_ = gateway_.hooks_.middlewares.size();
  auto answer = [self = base::ref<admission>(this), v](allow_decision d) {
    self->there([v, d = std::move(d)](admission& a) {
      if (a.stage_ != a.gateway_.hooks_.middlewares.size() || a.gone()) return;
      ++a.stage_;  // the first answer counts
      if (d.allowed) return a.open_session(v);
      a.refuse(eio_refusal::forbidden, {{"message", d.message}}, a.form_ == request_form::upgrade ? 400 : 403, d.message);
    });
  };
  if (!guarded("allow_request", [&] { ask(connection_->head(), answer); })) answer({false, {}});
}

void admission::refuse(eio_refusal why, context about, int status, std::string_view text) {
  ++gateway_.refused_;
  if (const auto& tell = gateway_.hooks_.connection_error_fn)
    guarded("a connection_error handler", [&] {
      tell({connection_->head(), static_cast<int>(why), std::string(text_of(why)), std::move(about)});
    });
  std::string_view said = text.empty() ? text_of(why) : text;
  if (form_ == request_form::upgrade) return answer_refused_upgrade(*connection_, status, said, lines_);
  answer_refusal(*connection_, status, static_cast<int>(why), said, lines_);
}

void admission::refuse_bad(bad_request name, std::string_view text) {
  refuse(eio_refusal::bad_request, {{"name", std::string(name_of(name))}}, 400, text);
}

}  // namespace jackfield::transport
