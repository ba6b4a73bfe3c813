/**
 * Comparisons: methods of adapting beside each other, over seeds and numbers of training examples.
 * The reference is docs/how-to/compare-methods.md.
 *
 * <p>{@link io.github.cola4j.spark.compare.Comparison} is the file, each triple of method, seed and
 * number a run; {@link io.github.cola4j.spark.compare.ComparisonRunner} makes the runs that are
 * missing. {@code RunResult} is what one gave, {@code ComparisonTable} and {@code Estimate} are
 * means with their uncertainty. {@code ComparisonReport} writes Markdown, CSV and plots, drawn by
 * {@code LineChart} and {@code BarChart} as {@code Svg}.
 */
package io.github.cola4j.spark.compare;
