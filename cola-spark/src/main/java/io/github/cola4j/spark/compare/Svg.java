package io.github.cola4j.spark.compare;

import java.util.Locale;

/** A picture as SVG text: lines, circles and texts on white. Lengths are in pixels. */
final class Svg {
  /** Colours that the colour-blind tell apart as well (Okabe and Ito, 2008), grey for yellow. */
  private static final String[] COLORS = {
    "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#000000", "#888888"
  };

  private static final String[] DASHES = {"", "6 3", "2 2", "8 2 2 2"};

  private final StringBuilder text = new StringBuilder();

  Svg(double width, double height) {
    add(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" height=\"%.0f\""
            + " viewBox=\"0 0 %.0f %.0f\" font-family=\"sans-serif\" font-size=\"12\">",
        width, height, width, height);
    add("<rect width=\"%.0f\" height=\"%.0f\" fill=\"#ffffff\"/>", width, height);
  }

  /** The colour of a series; eight, then again. */
  static String color(int series) {
    return COLORS[series % COLORS.length];
  }

  /** The dashes of a series, others for every eight. */
  static String dash(int series) {
    return DASHES[series / COLORS.length % DASHES.length];
  }

  void line(double x1, double y1, double x2, double y2, String color, String dash) {
    add(
        "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"%s\"%s/>",
        x1, y1, x2, y2, color, dash.isEmpty() ? "" : " stroke-dasharray=\"" + dash + "\"");
  }

  /** A circle, filled or empty. */
  void circle(double x, double y, String color, boolean filled) {
    add(
        "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3.5\" fill=\"%s\" stroke=\"%s\"/>",
        x, y, filled ? color : "#ffffff", color);
  }

  void bar(double x, double y, double width, double height, String color) {
    add(
        "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"%s\"/>",
        x, y, width, height, color);
  }

  /**
   * A text.
   *
   * @param anchor where it is at x: {@code start}, {@code middle} or {@code end}
   */
  void text(double x, double y, String anchor, String what) {
    add("<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>", x, y, anchor, escaped(what));
  }

  /** A text from below to above. */
  void upright(double x, double y, String what) {
    add(
        "<text transform=\"translate(%.1f %.1f) rotate(-90)\" text-anchor=\"middle\">%s</text>",
        x, y, escaped(what));
  }

  private static String escaped(String what) {
    return what.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
  }

  private void add(String format, Object... values) {
    text.append(String.format(Locale.ROOT, format, values)).append('\n');
  }

  /** The whole file. */
  String end() {
    return text + "</svg>\n";
  }
}
