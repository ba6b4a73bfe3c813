/**
 * Where commands print: results to standard output, as text or JSON; all else to standard error.
 *
 * <p>Every command has {@link io.github.cola4j.spark.cli.console.ConsoleOptions} ({@code --json},
 * {@code --quiet}), which make its {@link io.github.cola4j.spark.cli.console.Console}. {@link
 * io.github.cola4j.spark.cli.console.JobConsole} prints what a job does while it runs.
 * docs/how-to/pipelines.md has the rules for pipelines.
 */
package io.github.cola4j.spark.cli.console;
