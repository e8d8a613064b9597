// parent: a rule that makes namespaces, what its children begin with, and who they are (protocol.md 4.7).
// Owner: the crew; the program's handles. Thread: any for what is registered; the rest as said.
#pragma once

#include "base/ref.hpp"
#include "server/hooks.hpp"

#include <jackfield/parent_nsp.hpp>

#include <regex>
#include <string_view>
#include <variant>
#include <vector>

namespace jackfield::srv {

class crew;
class realm;

class parent final : public base::ref_counted<parent> {
 public:
  parent(crew& c, std::regex names) : crew_(c), rule_(std::move(names)) {}
  parent(crew& c, detail::name_rule f) : crew_(c), rule_(std::move(f)) {}

  crew& of() const noexcept { return crew_; }
  registrations& registered() noexcept { return registered_; }

  /// Does the pattern find something in this name? Functions are not asked. Any thread.
  bool pattern_matches(std::string_view name) const;
  /// Answers through `n`, now or later. May throw what a function throws. On a worker.
  void ask(std::string_view name, const value& auth, const next& n) const;

  // The crew's, under its lock.
  std::vector<base::ref<realm>>& children() noexcept { return children_; }

 private:
  crew& crew_;
  std::variant<std::regex, detail::name_rule> rule_;
  registrations registered_;
  std::vector<base::ref<realm>> children_;
};

}  // namespace jackfield::srv
