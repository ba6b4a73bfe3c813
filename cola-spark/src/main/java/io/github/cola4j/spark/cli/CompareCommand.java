package io.github.cola4j.spark.cli;

import io.github.cola4j.spark.cli.console.Console;
import io.github.cola4j.spark.cli.console.ConsoleOptions;
import io.github.cola4j.spark.cli.option.OpenSession;
import io.github.cola4j.spark.cli.option.SparkOptions;
import io.github.cola4j.spark.compare.Comparison;
import io.github.cola4j.spark.compare.ComparisonRunner;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code cola compare comparison.yaml}. */
@Command(
    name = "compare",
    mixinStandardHelpOptions = true,
    description = {
      "Trains methods of adapting over seeds and numbers of examples; writes a table and plots.",
      "Run again, it resumes where it stopped."
    })
final class CompareCommand implements Callable<Integer> {
  @Parameters(
      paramLabel = "COMPARISON",
      description = "The comparison file (YAML, docs/how-to/compare-methods.md).")
  private Path file;

  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      description =
          "Overrides a key of the comparison file: 'seeds=[1, 2]', job.training.epochs=3. Repeat.")
  private List<String> overrides = new ArrayList<>();

  @Option(names = "--output", paramLabel = "FOLDER", description = "Overrides the output folder.")
  private Path output;

  @Mixin private SparkOptions spark;
  @Mixin private ConsoleOptions console;

  /** What is printed as JSON: the rows of comparison.csv are its results. */
  private record Compared(
      String output, String table, String csv, List<String> methods, int runs) {}

  @Override
  public Integer call() throws IOException {
    List<String> all = new ArrayList<>(overrides);
    if (output != null) {
      all.add("output='" + output.toAbsolutePath().toString().replace("'", "''") + "'");
    }
    Comparison comparison = Comparison.read(file, all);
    ComparisonRunner.requireFree(comparison);
    Console printed = console.console();
    printed.whenStopped(() -> "; the same command resumes");
    int runs;
    try (OpenSession session = spark.open("CoLA4J comparison")) {
      runs = new ComparisonRunner(session.session(), comparison).run(printed.progress()::println);
    }
    Path folder = comparison.output();
    Path table = folder.resolve("comparison.md");
    printed.text().println("Table and plots: " + table);
    printed.json(
        new Compared(
            folder.toString(),
            table.toString(),
            folder.resolve("comparison.csv").toString(),
            comparison.methods(),
            runs));
    return 0;
  }
}
