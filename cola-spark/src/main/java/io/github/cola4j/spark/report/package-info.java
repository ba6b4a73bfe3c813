/**
 * A run's report: one HTML file of everything that people look at after a training. {@link
 * io.github.cola4j.spark.report.RunReport} and what it has are values; {@code ReportPage} alone
 * knows HTML.
 *
 * <p>A {@link io.github.cola4j.spark.report.TaskReport} has one task's scores, {@link
 * io.github.cola4j.spark.report.ConfusionMatrix} and {@link
 * io.github.cola4j.spark.report.Interval}s of confidence. {@link
 * io.github.cola4j.spark.report.ReportWarning} is what a reader should know before the numbers are
 * believed. {@code RunCharts} and {@code Chart} are tables of numbers that a script draws. {@link
 * io.github.cola4j.spark.report.Environment} and {@link io.github.cola4j.spark.report.Build} record
 * on what, and by which version, a run was made.
 */
package io.github.cola4j.spark.report;
