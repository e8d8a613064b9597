// server: what needs no network: the public handle over the shard.
#include "server/nsp.hpp"
#include "server/parent.hpp"
#include "server/shard.hpp"

#include <jackfield/server.hpp>

namespace jackfield {

server::server(srv::shard& shard)
    : network_(nullptr, [](network*) {}), shard_(&shard), main_(detail::ref<srv::nsp>(shard.of("/").get())) {}
server::server(server&&) noexcept = default;
server& server::operator=(server&&) noexcept = default;
server::~server() = default;

nsp server::of(std::string_view name) const { return nsp(detail::ref<srv::nsp>(shard_->of(name).get())); }
parent_nsp server::of_pattern(std::regex names) const {
  return parent_nsp(detail::ref<srv::parent>(&shard_->of(std::move(names))));
}
parent_nsp server::of_rule(detail::name_rule f) const { return parent_nsp(detail::ref<srv::parent>(&shard_->of(std::move(f)))); }
std::size_t server::clients_count() const noexcept { return shard_->clients(); }
void server::on_new_namespace(std::function<void(jackfield::nsp)> f) const { shard_->on_new_namespace(std::move(f)); }
void server::on_engine_connection(std::function<void(connection)> f) const { shard_->on_engine_connection(std::move(f)); }
void server::on_fault(std::function<void(const fault&)> f) const { shard_->on_fault(std::move(f)); }
const server_options& server::options() const noexcept { return shard_->options(); }
std::vector<std::pair<std::string_view, std::uint64_t>> server::limit_hits() const {
  std::vector<std::pair<std::string_view, std::uint64_t>> all;
  for (std::size_t i = 0; i < static_cast<std::size_t>(base::limit::count_); ++i) {
    const auto l = static_cast<base::limit>(i);
    all.emplace_back(name_of(l), shard_->host().limits().hits(l));
  }
  return all;
}
void server::after(std::chrono::milliseconds t, std::function<void()> f) const { shard_->after(t, std::move(f)); }

void server::post(std::function<void()> f) const {
  shard_->host().post([s = shard_, f = std::move(f)] {
    try {
      f();
    } catch (...) {
      s->report({"post", {}, {}, std::current_exception()});
    }
  });
}

}  // namespace jackfield
