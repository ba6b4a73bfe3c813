/**
 * A run's report: one HTML file of everything that people look at after a training. {@link
 * io.github.cola4j.spark.report.RunReport} and what it has are values; {@link
 * io.github.cola4j.spark.report.ReportPage} alone knows HTML.
 */
package io.github.cola4j.spark.report;
