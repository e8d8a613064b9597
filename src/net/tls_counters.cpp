#include "net/tls_counters.hpp"

namespace jackfield::net {

void tls_counters::add_to(tls_counts& sum) const noexcept {
  sum.completed += of(tls_event::completed);
  sum.resumed += of(tls_event::resumed);
  sum.kernel += of(tls_event::kernel);
  sum.failed += of(tls_event::failed);
  sum.timed_out += of(tls_event::timed_out);
  sum.went += of(tls_event::went);
  sum.plain_http += of(tls_event::plain_http);
  sum.refused += of(tls_event::refused);
  sum.truncated += of(tls_event::truncated);
}

}  // namespace jackfield::net
