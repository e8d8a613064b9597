// Files in chunks, with progress, both ways. The handler of chunks is a coroutine that waits for the disk, one chunk at a time:
// further chunks wait, and when 64 KiB of them do, the client is not read any more. So a fast client is as slow as the disk, and
// memory stays flat.
//
//   const { id, error } = await socket.emitWithAck("upload", file.name, file.size);
//   for (let at = 0; at < file.size; at += 65536) {
//     const { received, error } = await socket.emitWithAck("chunk", id, file.slice(at, at + 65536));   // or without waiting
//     progress.value = received / file.size;
//   }
//
// upload [PORT [FOLDER]]
#include <jackfield/server.hpp>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <coroutine>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <memory>
#include <string>
#include <type_traits>

namespace jf = jackfield;
namespace asio = boost::asio;
namespace fs = std::filesystem;

constexpr std::size_t most_bytes = 64u << 20, most_uploads = 4;  // per file; at a time, per client
constexpr std::size_t chunk_bytes = 64u << 10;                   // of what we send; theirs are bounded by max_http_buffer_size

/// A thread for what may take its time. `co_await disk.run(f)` goes on, on the server's thread, when f is done there.
class disk_thread {
 public:
  explicit disk_thread(jf::server& io) : io_(io) {}
  template <class F>
  auto run(F f) {
    static_assert(std::is_trivially_destructible_v<F>,
                  "capture by reference: the coroutine waits (and GCC 12 would destroy it twice)");
    struct waiting {
      disk_thread& disk;
      F f;
      bool await_ready() const noexcept { return false; }
      void await_suspend(std::coroutine_handle<> h) {
        asio::post(disk.pool_, [this, h] {
          f();
          disk.io_.post([h] { h.resume(); });
        });
      }
      void await_resume() const noexcept {}
    };
    return waiting{*this, std::move(f)};
  }

 private:
  jf::server& io_;
  asio::thread_pool pool_{1};
};

/// A plain name: no folder, nothing hidden, nothing that another system reads differently.
bool is_safe(std::string_view name) {
  const auto fine = [](unsigned char c) { return (c < 0x80 && std::isalnum(c)) || c == '.' || c == '-' || c == '_'; };
  return !name.empty() && name.size() <= 100 && name.front() != '.' && std::all_of(name.begin(), name.end(), fine);
}

/// A file that is on its way. It gets its name when it is whole, unless there is one of that name.
struct upload {
  fs::path part, whole;
  std::size_t size = 0, received = 0;
  std::ofstream file;
  ~upload() {
    std::error_code ignored;
    fs::remove(part, ignored);
  }
};
using uploads = std::map<std::uint32_t, std::shared_ptr<upload>>;

jf::object failed(std::string why) { return {{"error", std::move(why)}}; }

jf::task<jf::object> begin(disk_thread& disk, fs::path folder, jf::socket s, std::string name, std::size_t size) {
  static std::uint32_t last = 0;
  if (!is_safe(name)) co_return failed("this is no name for a file");
  if (size == 0 || size > most_bytes) co_return failed("too large, or empty");
  if (s.data<uploads>().size() >= most_uploads) co_return failed("too many at a time");
  const auto id = ++last;
  const auto u = s.data<uploads>()[id] = std::make_shared<upload>();
  u->part = folder / ("." + std::to_string(id) + ".part");
  u->whole = folder / name;
  u->size = size;
  co_await disk.run([&] { u->file.open(u->part, std::ios::binary | std::ios::trunc); });
  if (u->file) co_return jf::object{{"id", id}};
  s.data<uploads>().erase(id);
  co_return failed("cannot write here");
}

jf::task<jf::object> take(disk_thread& disk, jf::socket s, std::uint32_t id, jf::bytes chunk) {
  auto& mine = s.data<uploads>();
  const auto at = mine.find(id);
  if (at == mine.end()) co_return failed("no such upload");
  const auto u = at->second;  // stays when the client goes
  std::error_code error;
  if (chunk.size() > u->size - u->received) {
    mine.erase(id);
    co_return failed("more than was announced");
  }
  co_await disk.run([&] {
    u->file.write(reinterpret_cast<const char*>(chunk.data()), static_cast<std::streamsize>(chunk.size()));
    if (!u->file.flush()) return void(error = std::make_error_code(std::errc::io_error));
    u->received += chunk.size();
    if (u->received == u->size) fs::create_hard_link(u->part, u->whole, error);  // never over another
  });
  if (error || u->received == u->size) s.data<uploads>().erase(id);
  if (error) co_return failed(error.message());
  s.volatile_().emit("progress", id, u->received, u->size);  // for a client that does not ask for answers
  co_return jf::object{{"received", u->received}};
}

/// The way back: as fast as the client takes it.
jf::task<jf::object> send(disk_thread& disk, fs::path folder, jf::socket s, std::string name) {
  if (!is_safe(name)) co_return failed("this is no name for a file");
  std::ifstream file;
  jf::bytes chunk(chunk_bytes);
  std::size_t sent = 0;
  co_await disk.run([&] { file.open(folder / name, std::ios::binary); });
  if (!file) co_return failed("no such file");
  while (s.connected()) {
    co_await disk.run([&] { file.read(reinterpret_cast<char*>(chunk.data()), chunk_bytes); });
    const auto n = static_cast<std::size_t>(file.gcount());
    if (n == 0) break;
    s.emit("part", name, sent, jf::bytes_view(chunk).first(n));
    sent += n;
    if (!co_await s.drained().as_result()) break;
  }
  co_return jf::object{{"sent", sent}};
}

int main(int argc, char** argv) {
  const fs::path folder = argc > 2 ? argv[2] : "uploads";
  fs::create_directories(folder);
  jf::server io;
  io.stop_on_signals();  // before there is a second thread
  disk_thread disk(io);

  io.on_connection([&](jf::socket s) {
    s.on("upload", [&](jf::socket who, std::string name, std::size_t size) { return begin(disk, folder, who, name, size); });
    s.on("chunk", [&](jf::socket who, std::uint32_t id, jf::bytes c) {
       return take(disk, who, id, std::move(c));
     }).concurrency(1);
    s.on("download", [&](jf::socket who, std::string name) { return send(disk, folder, who, name); }).concurrency(1);
  });

  const auto port = io.listen("127.0.0.1", static_cast<std::uint16_t>(argc > 1 ? std::stoi(argv[1]) : 3000));
  std::cout << "READY " << port << std::endl;
  io.run();
}
