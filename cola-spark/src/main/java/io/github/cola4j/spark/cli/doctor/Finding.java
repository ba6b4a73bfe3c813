package io.github.cola4j.spark.cli.doctor;

/**
 * One line of the report.
 *
 * @param topic what was looked at
 * @param text what was found
 * @param fix what to do about it; empty if nothing is wrong
 */
record Finding(String topic, String text, String fix) {

  static Finding ok(String topic, String text) {
    return new Finding(topic, text, "");
  }

  boolean isProblem() {
    return !fix.isEmpty();
  }
}
