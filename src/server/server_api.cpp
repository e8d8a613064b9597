// server: what needs no network: the public handle over the shard.
#include "server/crew.hpp"
#include "server/parent.hpp"
#include "server/realm.hpp"
#include "server/shard.hpp"

#include <jackfield/server.hpp>

namespace jackfield {

server::server(srv::crew& crew)
    : network_(nullptr, [](network*) {}), crew_(&crew), main_(detail::ref<srv::realm>(crew.of("/").get())) {}
server::server(server&&) noexcept = default;
server& server::operator=(server&&) noexcept = default;
server::~server() = default;

nsp server::of(std::string_view name) const { return nsp(detail::ref<srv::realm>(crew_->of(name).get())); }
parent_nsp server::of_pattern(std::regex names) const {
  return parent_nsp(detail::ref<srv::parent>(&crew_->of(std::move(names))));
}
parent_nsp server::of_rule(detail::name_rule f) const { return parent_nsp(detail::ref<srv::parent>(&crew_->of(std::move(f)))); }
std::size_t server::clients_count() const noexcept { return crew_->clients(); }
void server::on_new_namespace(std::function<void(jackfield::nsp)> f) const { crew_->on_new_namespace(std::move(f)); }
void server::on_engine_connection(std::function<void(connection)> f) const { crew_->on_engine_connection(std::move(f)); }
void server::on_fault(std::function<void(const fault&)> f) const { crew_->on_fault(std::move(f)); }
const server_options& server::options() const noexcept { return crew_->options(); }
std::vector<std::pair<std::string_view, std::uint64_t>> server::limit_hits() const {
  std::vector<std::pair<std::string_view, std::uint64_t>> all;
  for (std::size_t i = 0; i < static_cast<std::size_t>(base::limit::count_); ++i) {
    const auto l = static_cast<base::limit>(i);
    std::uint64_t hits = 0;
    for (const auto* s : crew_->shards()) hits += s->host().limits().hits(l);
    all.emplace_back(name_of(l), hits);
  }
  return all;
}
void server::after(std::chrono::milliseconds t, std::function<void()> f) const { crew_->here_or_first().after(t, std::move(f)); }

void server::post(std::function<void()> f) const {
  crew_->here_or_first().host().post([s = crew_, f = std::move(f)] {
    try {
      f();
    } catch (...) {
      s->report({"post", {}, {}, std::current_exception()});
    }
  });
}

}  // namespace jackfield
