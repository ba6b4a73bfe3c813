package io.github.cola4j.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.cola4j.spark.cli.Cola;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/** A comparison file of {@code jobs} as its tests use it. */
record ShippedComparison(Path file) {
  private static final Path TINY_MODEL =
      Path.of("../cola-core/src/test/resources/goldens/bert/model").toAbsolutePath().normalize();

  /** The commands in the comment at its top, which the command line must understand. */
  List<List<String>> commands() throws IOException {
    List<List<String>> commands =
        Files.readAllLines(file).stream()
            .filter(line -> line.startsWith("#   bin/cola "))
            .map(line -> Arrays.asList(line.substring("#   bin/cola ".length()).split(" ")))
            .toList();
    for (List<String> command : commands) {
      Cola.commandLine().parseArgs(command.toArray(String[]::new));
    }
    assertThat(Path.of("..").resolve(commands.get(1).get(1))).isRegularFile();
    return commands;
  }

  /**
   * Runs it with a tiny model, 20 samples and seed 7.
   *
   * @param test examples of each task
   * @param more arguments of {@code compare}
   * @return its output
   */
  Path runInSmall(Path folder, int test, String... more) throws IOException {
    Path data = folder.resolve("data");
    assertThat(
            Cola.run("wordnet", data.toString(), "--train=40", "--validation=8", "--test=" + test))
        .isZero();
    Path small =
        Files.writeString(
            folder.resolve("compare.yaml"),
            Files.readString(file).replace("../../cola-output-wordnet", data.toString()));
    Path output = folder.resolve("compared");
    Stream<String> arguments =
        Stream.of(
            "compare", small.toString(),
            "--master", "local[2]",
            "--output", output.toString(),
            "--set", "job.model=" + TINY_MODEL,
            "--set", "job.training.epochs=1",
            "--set", "seeds=[7]",
            "--set", "samples=[20]");
    assertThat(Cola.run(Stream.concat(arguments, Stream.of(more)).toArray(String[]::new))).isZero();
    return output;
  }
}
