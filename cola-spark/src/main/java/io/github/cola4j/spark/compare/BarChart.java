package io.github.cola4j.spark.compare;

import java.util.List;
import java.util.function.Function;

/** A horizontal bar for each of some names, as long as its value is of the largest. */
final class BarChart {
  private static final double LEFT = 200;
  private static final double WIDTH = 480;
  private static final double TOP = 40;
  private static final double ROW = 24;

  private BarChart() {}

  /**
   * A bar.
   *
   * @param value from 0
   * @param label behind it
   */
  record Bar(double value, String label) {}

  /** The picture. */
  static String svg(String title, List<String> names, Function<String, Bar> bars) {
    double most = names.stream().mapToDouble(name -> bars.apply(name).value()).max().orElse(0);
    Svg svg = new Svg(LEFT + WIDTH + 140, TOP + ROW * names.size() + 10);
    svg.text(10, 22, "start", title);
    for (int i = 0; i < names.size(); i++) {
      Bar bar = bars.apply(names.get(i));
      double y = TOP + ROW * i;
      double width = most > 0 ? WIDTH * bar.value() / most : 0;
      svg.text(LEFT - 8, y + 14, "end", names.get(i));
      svg.bar(LEFT, y + 2, width, ROW - 8, Svg.color(i));
      svg.text(LEFT + width + 6, y + 14, "start", bar.label());
    }
    return svg.end();
  }
}
