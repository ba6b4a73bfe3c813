package io.github.cola4j.spark.compare;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Series of points with error bars over a logarithmic axis; upright it spans 1 at least.
 *
 * @param title above
 * @param xLabel below
 * @param yLabel at the side
 * @param ticks marks of the logarithmic axis, ascending, above 0; the axis ends with them
 */
record LineChart(String title, String xLabel, String yLabel, List<Double> ticks) {
  private static final double LEFT = 60;
  private static final double TOP = 40;
  private static final double WIDTH = 560;
  private static final double HEIGHT = 380;
  private static final double LEGEND = 200;
  private static final String GRID = "#dddddd";
  private static final String AXIS = "#444444";

  /**
   * A point.
   *
   * @param error half the length of its bar; not a number for none
   */
  record Point(double x, double y, double error) {
    private double reach() {
      return Double.isNaN(error) ? 0 : error;
    }
  }

  /** Points that a line joins, in their order. */
  record Series(String name, List<Point> points) {}

  /** 1, 2 and 5 times powers of ten, from the last that is not above to the first not below. */
  static List<Double> decades(double least, double most) {
    List<Double> marks = new ArrayList<>();
    for (int power = (int) Math.floor(Math.log10(least)); ; power++) {
      for (int factor : new int[] {1, 2, 5}) {
        double mark = factor * Math.pow(10, power);
        if (mark <= least) {
          marks.clear();
        }
        marks.add(mark);
        if (mark >= most && marks.size() > 1) {
          return marks;
        }
      }
    }
  }

  /** Steps of 1, 2 or 5 times a power of ten of which some four to ten are in a range. */
  static double step(double range) {
    double power = Math.pow(10, Math.floor(Math.log10(range / 4)));
    double rest = range / 4 / power;
    return power * (rest >= 5 ? 5 : rest >= 2 ? 2 : 1);
  }

  /** The picture. */
  String svg(List<Series> series) {
    double low =
        series.stream()
            .flatMap(s -> s.points().stream())
            .mapToDouble(p -> p.y() - p.reach())
            .min()
            .orElse(0);
    double high =
        series.stream()
            .flatMap(s -> s.points().stream())
            .mapToDouble(p -> p.y() + p.reach())
            .max()
            .orElse(1);
    double step = step(Math.max(high - low, 1));
    double bottom = Math.floor(low / step) * step;
    double top = Math.max(Math.ceil(high / step) * step, bottom + step);
    double height = Math.max(TOP + HEIGHT + 60, TOP + 20 + 18.0 * series.size());
    Svg svg = new Svg(LEFT + WIDTH + LEGEND, height);
    svg.text(LEFT, 22, "start", title);
    for (long i = 0; i <= Math.round((top - bottom) / step); i++) {
      double value = bottom + i * step;
      double y = y(value, bottom, top);
      svg.line(LEFT, y, LEFT + WIDTH, y, GRID, "");
      svg.text(LEFT - 6, y + 4, "end", number(value));
    }
    for (double tick : ticks) {
      svg.line(x(tick), TOP, x(tick), TOP + HEIGHT, GRID, "");
      svg.text(x(tick), TOP + HEIGHT + 18, "middle", number(tick));
    }
    svg.line(LEFT, TOP + HEIGHT, LEFT + WIDTH, TOP + HEIGHT, AXIS, "");
    svg.line(LEFT, TOP, LEFT, TOP + HEIGHT, AXIS, "");
    svg.text(LEFT + WIDTH / 2, TOP + HEIGHT + 40, "middle", xLabel);
    svg.upright(16, TOP + HEIGHT / 2, yLabel);
    for (int s = 0; s < series.size(); s++) {
      draw(svg, series.get(s), s, series.size(), bottom, top);
    }
    return svg.end();
  }

  /** Series are set a little beside each other, so that their error bars are seen. */
  private void draw(Svg svg, Series series, int place, int all, double bottom, double top) {
    String color = Svg.color(place);
    String dash = Svg.dash(place);
    double aside = (place - (all - 1) / 2.0) * Math.min(2, 20.0 / all);
    Point before = null;
    for (Point point : series.points()) {
      double x = x(point.x()) + aside;
      double y = y(point.y(), bottom, top);
      if (before != null) {
        svg.line(x(before.x()) + aside, y(before.y(), bottom, top), x, y, color, dash);
      }
      if (point.reach() > 0) {
        double upper = y(point.y() + point.reach(), bottom, top);
        double lower = y(point.y() - point.reach(), bottom, top);
        svg.line(x, upper, x, lower, color, "");
        svg.line(x - 3, upper, x + 3, upper, color, "");
        svg.line(x - 3, lower, x + 3, lower, color, "");
      }
      before = point;
    }
    for (Point point : series.points()) {
      svg.circle(x(point.x()) + aside, y(point.y(), bottom, top), color, dash.isEmpty());
    }
    double y = TOP + 10 + 18.0 * place;
    svg.line(LEFT + WIDTH + 16, y, LEFT + WIDTH + 44, y, color, dash);
    svg.circle(LEFT + WIDTH + 30, y, color, dash.isEmpty());
    svg.text(LEFT + WIDTH + 50, y + 4, "start", series.name());
  }

  private double x(double value) {
    double first = Math.log(ticks.get(0));
    double range = Math.log(ticks.get(ticks.size() - 1)) - first;
    double margin = 24;
    double share = range == 0 ? 0.5 : (Math.log(value) - first) / range;
    return LEFT + margin + share * (WIDTH - 2 * margin);
  }

  private static double y(double value, double bottom, double top) {
    return TOP + HEIGHT * (top - value) / (top - bottom);
  }

  private static String number(double value) {
    return value == Math.rint(value)
        ? String.format(Locale.ROOT, "%,.0f", value)
        : String.valueOf((float) value);
  }
}
