// work: one run, from the first connect to the last copy: connect everybody, prepare, warm up, measure, wait for what is under
// way. Called on the program's main thread, which is the run's first; more are started and ended within. What goes wrong is in
// the outcome, as a sentence, with the figures up to there.
#pragma once

#include "outcome.hpp"
#include "progress.hpp"
#include "settings.hpp"

#include <atomic>
#include <cstdint>

namespace jackfield::bench {

/// `interrupted`: set from a signal handler or another thread; the run then ends in order, at once.
outcome run(const settings& how, const std::atomic<bool>& interrupted, progress& line);

/// Raises the limit of open descriptors to what is needed, as far as the system lets. What it is then.
std::uint64_t raise_descriptor_limit(std::uint64_t needed) noexcept;

}  // namespace jackfield::bench
