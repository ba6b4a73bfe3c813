package io.github.cola4j.examples.wordnet;

import io.github.cola4j.spark.cli.Cola;
import io.github.cola4j.spark.cli.console.Console;
import io.github.cola4j.spark.cli.console.ConsoleOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code cola wordnet folder}: the quickstart's tasks as files, of any size. */
@Command(
    name = "wordnet",
    mixinStandardHelpOptions = true,
    description = "Writes the data of four WordNet tasks; the same arguments give the same files.")
public final class WordNetCommand implements Callable<Integer> {

  /** Adds the command to {@code cola}. */
  public static final class Provider implements Cola.Extension {
    @Override
    public Object command() {
      return new WordNetCommand();
    }
  }

  @Parameters(
      paramLabel = "FOLDER",
      description = "Where TASK/train.jsonl, validation.jsonl and test.jsonl go.")
  private Path folder;

  @Option(
      names = "--train",
      paramLabel = "N",
      defaultValue = "400",
      description = "Training examples of a task (default ${DEFAULT-VALUE}).")
  private int train;

  @Option(
      names = "--validation",
      paramLabel = "N",
      defaultValue = "200",
      description = "Validation examples of a task (default ${DEFAULT-VALUE}).")
  private int validation;

  @Option(
      names = "--test",
      paramLabel = "N",
      defaultValue = "1000",
      description = "Test examples of a task (default ${DEFAULT-VALUE}).")
  private int test;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "42",
      description = "Decides which examples (default ${DEFAULT-VALUE}).")
  private long seed;

  @Mixin private ConsoleOptions console;

  /** What is printed of a task as JSON. */
  private record Written(
      String task, String folder, List<String> classes, int train, int validation, int test) {}

  /** What is printed as JSON. */
  private record AllWritten(String output, List<Written> tasks) {}

  @Override
  public Integer call() throws IOException {
    Console printed = console.console();
    List<Written> written = new ArrayList<>();
    for (TaskSplits task : WordNetTasks.load(train, validation, test, seed)) {
      TaskFiles.write(folder, task);
      Path place = folder.resolve(task.name());
      printed.text().printf("%s: %d classes%n", place, task.classes().size());
      written.add(
          new Written(
              task.name(),
              place.toString(),
              task.classes(),
              task.train().size(),
              task.validation().size(),
              task.test().size()));
    }
    printed.json(new AllWritten(folder.toString(), written));
    return 0;
  }
}
