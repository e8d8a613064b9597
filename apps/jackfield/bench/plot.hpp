// plot: a line chart as inline SVG, without script, coloured by the page's style sheet (classes s0, s1, …), so that it follows
// light and dark. Names in it are escaped. Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace jackfield::bench {

enum class axis_scale : std::uint8_t { linear, logarithmic };
enum class axis_unit : std::uint8_t { number, micros, bytes, seconds, percentile /* 1 / (1 - share), as 99.9 % */ };

struct axis {
  std::string label;
  axis_unit unit = axis_unit::number;
  axis_scale scale = axis_scale::linear;
};

struct series {
  std::string name;
  std::vector<std::pair<double, double>> points;  // in order of x; what a logarithmic axis cannot show is left out
};

struct plot {
  std::string title;
  axis x, y;
  std::vector<series> lines;
  std::optional<std::pair<double, std::string>> limit;  // a horizontal line and its name
  std::optional<std::pair<double, std::string>> mark;   // a vertical one
};

/// A <figure>; empty when no line has two points.
std::string to_figure(const plot& p);

/// Round numbers from low to high, 1, 2 or 5 times a power of ten apart (logarithmic: powers of ten, unless fewer than two fit),
/// at most `most`.
std::vector<double> ticks_between(double low, double high, axis_scale scale, std::size_t most);

}  // namespace jackfield::bench
