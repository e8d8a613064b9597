// parent: a rule that makes namespaces, what its children begin with, and who they are (protocol.md 4.7).
// Owner: the shard; the program's handles. Thread: any for what is registered; the rest as said.
#pragma once

#include "base/ref.hpp"
#include "server/hooks.hpp"

#include <jackfield/parent_nsp.hpp>

#include <regex>
#include <string_view>
#include <variant>
#include <vector>

namespace jackfield::srv {

class nsp;
class shard;

class parent final : public base::ref_counted<parent> {
 public:
  parent(shard& s, std::regex names) : shard_(s), rule_(std::move(names)) {}
  parent(shard& s, detail::name_rule f) : shard_(s), rule_(std::move(f)) {}

  shard& home() const noexcept { return shard_; }
  registrations& registered() noexcept { return registered_; }

  /// Does the pattern find something in this name? Functions are not asked. Any thread.
  bool pattern_matches(std::string_view name) const;
  /// Answers through `n`, now or later. May throw what a function throws. Worker's thread.
  void ask(std::string_view name, const value& auth, const next& n) const;

  // The shard's, under its lock.
  std::vector<base::ref<nsp>>& children() noexcept { return children_; }

 private:
  shard& shard_;
  std::variant<std::regex, detail::name_rule> rule_;
  registrations registered_;
  std::vector<base::ref<nsp>> children_;
};

}  // namespace jackfield::srv
