/**
 * Options that commands share, as picocli mixins.
 *
 * <p>Each class is one group of options and what is made of it: {@link
 * io.github.cola4j.spark.cli.option.AdapterArgument} a stored adapter with its model, {@link
 * io.github.cola4j.spark.cli.option.ResultArgument} the output of a run, {@link
 * io.github.cola4j.spark.cli.option.DataOptions} the files to read, {@link
 * io.github.cola4j.spark.cli.option.OutputOptions} where predictions go. {@link
 * io.github.cola4j.spark.cli.option.SparkOptions} define where Spark runs, and {@link
 * io.github.cola4j.spark.cli.option.OpenSession} is the session: one that runs already stays open.
 * {@link io.github.cola4j.spark.cli.option.Kinds} refuses options that the adapter at hand cannot
 * have.
 */
package io.github.cola4j.spark.cli.option;
