#include "plot.hpp"

#include "report.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace jackfield::bench {

namespace {

constexpr double width = 420, height = 240, left = 58, right = 408, top = 12, bottom = 196;

/// Where values of one axis lie on the page.
struct span_of_axis {
  double low = 0, high = 1, from = 0, to = 1;
  axis_scale scale = axis_scale::linear;

  bool shows(double v) const noexcept { return std::isfinite(v) && (scale == axis_scale::linear || v > 0); }
  double at(double v) const noexcept {
    const double share =
        scale == axis_scale::linear ? (v - low) / (high - low) : (std::log(v) - std::log(low)) / (std::log(high) - std::log(low));
    return from + share * (to - from);
  }
};

struct ends {
  double low = INFINITY, high = -INFINITY;
  void take(double v) {
    low = std::min(low, v);
    high = std::max(high, v);
  }
};

span_of_axis spread(ends e, axis_scale scale, double from, double to, bool from_zero) {
  if (scale == axis_scale::linear) {
    if (from_zero) e.low = std::min(e.low, 0.0);
    if (from_zero) e.high *= 1.05;
    if (e.high <= e.low) e.high = e.low + 1;
  } else {
    if (from_zero) e = {std::pow(10, std::floor(std::log10(e.low))), std::pow(10, std::ceil(std::log10(e.high)))};
    if (e.high <= e.low) e.high = e.low * 10;
  }
  return {e.low, e.high, from, to, scale};
}

std::string coordinate(double v) {
  char text[24];
  std::snprintf(text, sizeof text, "%.1f", v);
  return text;
}

std::string tick_text(double v, axis_unit unit) {
  char text[32];
  switch (unit) {
    case axis_unit::micros:
      std::snprintf(text, sizeof text,
                    v >= 1e6   ? "%g s"
                    : v >= 1e3 ? "%g ms"
                               : "%g us",
                    v >= 1e6   ? v / 1e6
                    : v >= 1e3 ? v / 1e3
                               : v);
      return text;
    case axis_unit::bytes:
      std::snprintf(text, sizeof text,
                    v >= 1e9   ? "%g GB"
                    : v >= 1e6 ? "%g MB"
                    : v >= 1e3 ? "%g kB"
                               : "%g B",
                    v >= 1e9   ? v / 1e9
                    : v >= 1e6 ? v / 1e6
                    : v >= 1e3 ? v / 1e3
                               : v);
      return text;
    case axis_unit::percentile: std::snprintf(text, sizeof text, "%.6g %%", 100 - 100 / v); return text;
    case axis_unit::seconds: std::snprintf(text, sizeof text, "%g s", v); return text;
    case axis_unit::number: break;
  }
  if (v >= 1e6)
    std::snprintf(text, sizeof text, "%gM", v / 1e6);
  else if (v >= 1e4)
    std::snprintf(text, sizeof text, "%gk", v / 1e3);
  else
    std::snprintf(text, sizeof text, "%g", v);
  return text;
}

std::string text_at(double x, double y, std::string_view anchor, const std::string& text) {
  return "<text x=\"" + coordinate(x) + "\" y=\"" + coordinate(y) + "\" text-anchor=\"" + std::string(anchor) + "\">" +
         html_escaped(text) + "</text>";
}

std::string line_between(double x1, double y1, double x2, double y2, std::string_view kind) {
  return "<line class=\"" + std::string(kind) + "\" x1=\"" + coordinate(x1) + "\" y1=\"" + coordinate(y1) + "\" x2=\"" +
         coordinate(x2) + "\" y2=\"" + coordinate(y2) + "\"/>";
}

std::string grid(const plot& p, const span_of_axis& x, const span_of_axis& y) {
  std::string out;
  for (const double v : ticks_between(y.low, y.high, y.scale, 6)) {
    out += line_between(left, y.at(v), right, y.at(v), "grid");
    out += text_at(left - 6, y.at(v) + 4, "end", tick_text(v, p.y.unit));
  }
  for (const double v : ticks_between(x.low, x.high, x.scale, 6)) {
    out += line_between(x.at(v), top, x.at(v), bottom, "grid");
    const bool at_the_edge = x.at(v) > right - 20;  // a label in the middle of it would be cut off
    out += text_at(at_the_edge ? right + 6 : x.at(v), bottom + 17, at_the_edge ? "end" : "middle", tick_text(v, p.x.unit));
  }
  return out + text_at((left + right) / 2, height - 8, "middle", p.x.label);
}

std::string line_of(const series& s, std::size_t number, const span_of_axis& x, const span_of_axis& y) {
  std::string path;
  for (const auto& [px, py] : s.points) {
    if (!x.shows(px) || !y.shows(py)) continue;
    path += (path.empty() ? "" : " ") + coordinate(x.at(px)) + "," + coordinate(y.at(py));
  }
  std::string out = "<polyline class=\"s" + std::to_string(number) + "\" points=\"" + path + "\"/>";
  if (s.points.size() > 24) return out;
  for (const auto& [px, py] : s.points)
    if (x.shows(px) && y.shows(py))
      out += "<circle class=\"s" + std::to_string(number) + "\" cx=\"" + coordinate(x.at(px)) + "\" cy=\"" +
             coordinate(y.at(py)) + "\" r=\"2.5\"/>";
  return out;
}

std::string caption(const plot& p) {
  std::string out = "<figcaption><strong>" + html_escaped(p.title) + "</strong><span class=\"legend\">";
  for (std::size_t i = 0; i < p.lines.size(); ++i)
    out += "<span><i class=\"s" + std::to_string(i) + "\"></i>" + html_escaped(p.lines[i].name) + "</span>";
  return out + "</span></figcaption>";
}

}  // namespace

namespace {

std::vector<double> ticks_within_a_decade(double low, double high) {
  std::vector<double> all;
  for (int e = static_cast<int>(std::floor(std::log10(low))); e <= static_cast<int>(std::ceil(std::log10(high))); ++e)
    for (const double times : {1.0, 2.0, 5.0})
      if (const double v = times * std::pow(10, e); v >= low * (1 - 1e-9) && v <= high * (1 + 1e-9)) all.push_back(v);
  return all;
}

}  // namespace

std::vector<double> ticks_between(double low, double high, axis_scale scale, std::size_t most) {
  std::vector<double> all;
  if (!(high > low) || most == 0) return all;
  if (scale == axis_scale::logarithmic) {
    const int first = static_cast<int>(std::ceil(std::log10(low) - 1e-9)),
              last = static_cast<int>(std::floor(std::log10(high) + 1e-9));
    if (last - first < 1) return ticks_within_a_decade(low, high);
    const int step = std::max(1, (last - first) / static_cast<int>(most) + 1);
    for (int e = first; e <= last; e += step) all.push_back(std::pow(10, e));
    return all;
  }
  const double rough = (high - low) / static_cast<double>(most), power = std::pow(10, std::floor(std::log10(rough)));
  double step = 10 * power;
  for (const double times : {5.0, 2.0, 1.0})
    if (times * power >= rough) step = times * power;
  for (double v = std::ceil(low / step) * step; v <= high + step * 1e-9; v += step)
    all.push_back(std::abs(v) < step * 1e-9 ? 0 : v);
  return all;
}

std::string to_figure(const plot& p) {
  ends across, up;
  std::size_t longest = 0;
  for (const series& s : p.lines) {
    std::size_t shown = 0;
    for (const auto& [px, py] : s.points) {
      if ((p.x.scale == axis_scale::logarithmic && px <= 0) || (p.y.scale == axis_scale::logarithmic && py <= 0)) continue;
      across.take(px);
      up.take(py);
      ++shown;
    }
    longest = std::max(longest, shown);
  }
  if (longest < 2) return {};
  if (p.limit) up.take(p.limit->first);
  const span_of_axis x = spread(across, p.x.scale, left, right, false), y = spread(up, p.y.scale, bottom, top, true);
  std::string out = "<figure>" + caption(p) + "<svg viewBox=\"0 0 " + coordinate(width) + " " + coordinate(height) +
                    "\" role=\"img\" aria-label=\"" + html_escaped(p.title) + "\">" + grid(p, x, y);
  if (p.limit)
    out += line_between(left, y.at(p.limit->first), right, y.at(p.limit->first), "limit") +
           text_at(left + 6, y.at(p.limit->first) - 4, "start", p.limit->second);
  if (p.mark && x.shows(p.mark->first))
    out += line_between(x.at(p.mark->first), top, x.at(p.mark->first), bottom, "mark") +
           text_at(x.at(p.mark->first) - 4, top + 10, "end", p.mark->second);
  for (std::size_t i = 0; i < p.lines.size(); ++i) out += line_of(p.lines[i], i, x, y);
  return out + "</svg></figure>\n";
}

}  // namespace jackfield::bench
