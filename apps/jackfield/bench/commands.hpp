// commands: `jackfield bench`, `jackfield bench capacity` and `jackfield bench serve` on the command line. Main thread.
#pragma once

#include <CLI/App.hpp>

#include <memory>

namespace jackfield::bench {

class commands {
 public:
  commands();
  ~commands();
  commands(const commands&) = delete;
  commands& operator=(const commands&) = delete;

  /// Adds `bench` to the program.
  void add_to(CLI::App& program);
  bool chosen() const;
  /// The program's exit status: 0; 1 when something failed, was lost or got worse; 2 for what cannot be asked; 130 when
  /// interrupted.
  int run();

 private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

}  // namespace jackfield::bench
