package io.github.cola4j.spark.cli;

import io.github.cola4j.data.Example;
import io.github.cola4j.spark.AdapterRunner;
import io.github.cola4j.spark.data.ExampleRows;
import io.github.cola4j.train.Evaluation;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code cola evaluate adapter --data file}. */
@Command(
    name = "evaluate",
    mixinStandardHelpOptions = true,
    description = "Measures a trained adapter on labelled data.")
final class EvaluateCommand implements Callable<Integer> {
  @Parameters(paramLabel = "ADAPTER", description = "A folder such as OUTPUT/adapters/TASK.")
  private Path adapter;

  @Option(
      names = "--model",
      paramLabel = "MODEL",
      description = "The frozen model, if it is not where it was at training.")
  private String model;

  @Mixin private DataOptions data;
  @Mixin private SparkOptions spark;

  @Override
  public Integer call() throws IOException {
    try (SparkSession session = spark.open("CoLA4J evaluate");
        AdapterRunner runner =
            new AdapterRunner(
                JavaSparkContext.fromSparkContext(session.sparkContext()), adapter, model);
        ExampleRows<Example> rows = data.read(session, runner.description().task(), true)) {
      Evaluation evaluation = runner.evaluate(rows.examples());
      System.out.printf(
          Locale.ROOT,
          "%s: %d examples, accuracy %.2f%%, macro-F1 %.2f%%, loss %.4f; %d bad rows%n",
          runner.description().task(),
          evaluation.examples(),
          100 * evaluation.accuracy(),
          100 * evaluation.macroF1(),
          evaluation.loss(),
          rows.badCount());
      return 0;
    }
  }
}
