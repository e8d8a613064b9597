// realm: a namespace of the server, on all of its workers: what handles of the program name. It has what is the same
// everywhere (its name, what was registered) and finds its parts, the nsp of each worker.
//
// Owner: the crew; its parts; the program's handles. Thread: any, but for what says otherwise.
#pragma once

#include "base/ref.hpp"
#include "server/crew.hpp"
#include "server/gather.hpp"
#include "server/hooks.hpp"
#include "server/room_census.hpp"
#include "server/shard.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace jackfield::srv {

class nsp;
class parent;

class realm final : public base::ref_counted<realm> {
 public:
  enum class wanted_by : std::uint8_t { program, client };

  realm(crew& c, std::string name) : realm(c, std::move(name), nullptr, wanted_by::program) {}
  /// A child: begins with what its parent has. Null: it is none.
  realm(crew& c, std::string name, parent* of, wanted_by whom);
  ~realm();

  const std::string& name() const noexcept { return name_; }
  crew& of() const noexcept { return crew_; }
  /// Null: it is not a child.
  parent* made_by() const noexcept { return parent_; }
  wanted_by wanted() const noexcept { return wanted_; }
  registrations& registered() noexcept { return registered_; }
  void on_room(hooks::room_fn f);
  room_census& census() noexcept { return census_; }
  /// For packets that a worker sends, unique in the namespace (protocol.md 4.4).
  std::uint64_t next_ack_id(std::size_t worker) noexcept;

  // --- who is here
  /// Connected sockets of all workers.
  std::size_t size() const noexcept;
  /// A worker has so many now. On that worker.
  void count(std::size_t worker, std::size_t sockets) noexcept;
  /// One more socket wants to be here, is, or was. False: the realm was given up, its name is free.
  bool arrive() noexcept;
  /// True: it was the last one.
  bool depart() noexcept { return present_.fetch_sub(1, std::memory_order_acq_rel) == 1; }
  /// Nobody is here: from now on nobody can come. False: somebody is.
  bool give_up() noexcept;
  bool given_up() const noexcept { return present_.load(std::memory_order_acquire) == gone; }

  // --- its parts
  /// Null: nobody has been here on this worker. On that worker.
  nsp* part(const shard& s) const noexcept { return places_[s.number()].part.get(); }
  /// Made when it is new there. Null: the namespace was given up. On that worker.
  nsp* part_to_be(shard& s) { return given_up() ? nullptr : &s.part_of(*this); }
  /// On that worker.
  void set_part(const shard& s, base::ref<nsp> p) noexcept;
  base::ref<nsp> take_part(const shard& s) noexcept;

  /// f(shard&) here, for every other worker that has sockets.
  template <class F>
  void others(const F& f) {
    const shard* const here = crew_.here();
    for (shard* s : crew_.shards()) {
      if (s != here && anybody(*s)) f(*s);
    }
  }
  /// f(nsp&) later on another worker, in the order of the calls. Copies f.
  template <class F>
  void post_to(shard& s, const F& f) {
    s.host().post([self = base::ref<realm>(this), &s, f] {
      if (nsp* n = self->part(s)) f(*n);
    });
  }
  /// f(nsp&) on every worker that has sockets: elsewhere later, in the order of the calls; here at once. Copies f.
  template <class F>
  void spread(const F& f) {
    others([&](shard& s) { post_to(s, f); });
    const shard* const here = crew_.here();
    if (nsp* n = here != nullptr ? part(*here) : nullptr) f(*n);
  }
  /// f(nsp&, gather<T>::share) on every worker that has sockets, as spread(). done(T, gathered) on the caller's worker, or
  /// the first; with telling::at_once perhaps before this returns.
  template <class T, class F>
  void ask(const F& f, typename gather<T>::done_fn done, telling how = telling::at_once) {
    shard* const here = crew_.here();
    const detail::ref<gather<T>> g(new gather<T>((here != nullptr ? *here : crew_.first()).host(), std::move(done), how));
    typename gather<T>::share open(g);  // until all have theirs
    for (shard* s : crew_.shards()) {
      if (s != here && anybody(*s))
        s->host().post([self = base::ref<realm>(this), s, f, mine = typename gather<T>::share(g)]() mutable {
          if (nsp* n = self->part(*s))
            f(*n, std::move(mine));
          else
            mine.done();
        });
    }
    if (nsp* n = here != nullptr ? part(*here) : nullptr) f(*n, typename gather<T>::share(g));
    open.done();
  }

 private:
  /// What one worker writes; on cache lines of its own.
  struct alignas(64) place {
    std::atomic<std::size_t> sockets{0};
    std::atomic<std::uint64_t> ack_ids{0};
    base::ref<nsp> part;  // that worker's alone
  };
  /// Alone, a worker is asked even when nobody is here yet: somebody may be by the time that it reads its letters. With recovery
  /// somebody may come back to any worker, and from any.
  bool anybody(const shard& s) const noexcept {
    return crew_.size() == 1 || crew_.options().connection_state_recovery ||
           places_[s.number()].sockets.load(std::memory_order_acquire) != 0;
  }

  static constexpr std::size_t gone = static_cast<std::size_t>(-1);
  crew& crew_;
  std::string name_;
  parent* parent_;  // outlives us while the crew does
  wanted_by wanted_;
  registrations registered_;
  std::atomic<std::size_t> present_{0};
  room_census census_;
  std::unique_ptr<place[]> places_;
};

}  // namespace jackfield::srv
