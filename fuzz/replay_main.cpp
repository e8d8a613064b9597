// Runs a fuzz target over files instead of under libFuzzer, so that its corpus is a regression test for every compiler:
//   fuzz_replay_<name> FOLDER_OR_FILE…
// Each file is tried whole and, when it is small, cut short at every byte: parsers meet half an input more often than any other.
// Every input lies in a block of exactly its size, where a sanitizer sees the first byte read too far.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

namespace fs = std::filesystem;
constexpr std::size_t cut_up_to_bytes = 1024;

std::vector<fs::path> files_in(const fs::path& place) {
  if (fs::is_regular_file(place)) return {place};
  std::vector<fs::path> found;
  for (const auto& entry : fs::directory_iterator(place)) {
    if (entry.is_regular_file()) found.push_back(entry.path());
  }
  std::sort(found.begin(), found.end());
  return found;
}

std::vector<std::uint8_t> content_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void try_first(const std::vector<std::uint8_t>& content, std::size_t size) {
  const auto exact = std::make_unique<std::uint8_t[]>(size);
  std::copy_n(content.begin(), size, exact.get());
  LLVMFuzzerTestOneInput(exact.get(), size);
}

void replay(const fs::path& file) {
  const auto content = content_of(file);
  std::printf("%s: %zu bytes\n", file.c_str(), content.size());
  std::fflush(stdout);  // the name is known even when the next line never comes
  try_first(content, content.size());
  if (content.size() > cut_up_to_bytes) return;
  for (std::size_t size = 0; size < content.size(); ++size) try_first(content, size);
}

}  // namespace

int main(int argc, char** argv) {
  std::size_t files = 0;
  for (int i = 1; i < argc; ++i) {
    for (const auto& file : files_in(argv[i])) {
      replay(file);
      ++files;
    }
  }
  std::printf("%zu files replayed\n", files);
  return files == 0 ? 1 : 0;  // an empty corpus is a mistake, not a success
}
