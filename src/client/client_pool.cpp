// client_pool: clients by the server that they talk to (protocol.md 5.1).
#include "client/access.hpp"
#include "client/manager.hpp"

#include <jackfield/client.hpp>

#include <algorithm>
#include <map>
#include <mutex>
#include <utility>
#include <vector>

namespace jackfield {

struct client_pool::contents {
  explicit contents(client_loop l) : loop(std::move(l)) {}

  client& client_for(const std::string& key, std::string_view nsp, std::string_view url, const client_options& o) {
    const bool alone = o.force_new || !o.multiplex;
    auto& slot = shared[key];
    if (!alone && slot && !cl::client_access::of(*slot).has(nsp)) return *slot;
    auto made = std::make_unique<client>(loop, url, o);
    if (!alone && !slot) return *(slot = std::move(made));
    return *own.emplace_back(std::move(made));
  }

  const client_loop loop;
  std::mutex mutex;                                       // guards what follows
  std::map<std::string, std::unique_ptr<client>> shared;  // by server and path; null: none so far
  std::vector<std::unique_ptr<client>> own;               // of one socket each
};

client_pool::client_pool(client_loop loop) : contents_(std::make_unique<contents>(std::move(loop))) {}
client_pool::~client_pool() = default;

client_socket client_pool::connect(std::string_view url, client_options options) {
  const auto server = cl::parse_address(url);
  const auto key = server.key(options.path);
  const std::lock_guard lock(contents_->mutex);
  return contents_->client_for(key, server.nsp, url, options).socket(server.nsp, options.for_sockets());
}

client* client_pool::client_of(const client_socket& s) const {
  const auto is = [&](const std::unique_ptr<client>& c) { return c && cl::client_access::owns(*c, s); };
  const std::lock_guard lock(contents_->mutex);
  for (const auto& [key, c] : contents_->shared) {
    if (is(c)) return c.get();
  }
  const auto at = std::find_if(contents_->own.begin(), contents_->own.end(), is);
  return at == contents_->own.end() ? nullptr : at->get();
}

bool client_pool::end(const client_socket& s) {
  std::unique_ptr<client> last;  // ends without the lock: its handlers may call us
  const auto is = [&](const std::unique_ptr<client>& c) { return c && cl::client_access::owns(*c, s); };
  const std::lock_guard lock(contents_->mutex);  // declared behind `last`, so it is gone before
  for (auto& [key, c] : contents_->shared) {
    if (is(c)) last = std::move(c);
  }
  for (auto& c : contents_->own) {
    if (is(c)) last = std::move(c);
  }
  std::erase(contents_->own, nullptr);
  std::erase_if(contents_->shared, [](const auto& each) { return !each.second; });
  return last != nullptr;
}

std::size_t client_pool::size() const {
  const std::lock_guard lock(contents_->mutex);
  return contents_->own.size() + static_cast<std::size_t>(std::count_if(contents_->shared.begin(), contents_->shared.end(),
                                                                        [](const auto& each) { return each.second != nullptr; }));
}

}  // namespace jackfield
