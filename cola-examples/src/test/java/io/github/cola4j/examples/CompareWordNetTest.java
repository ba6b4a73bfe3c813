package io.github.cola4j.examples;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.cola4j.spark.job.spec.Job;
import io.github.cola4j.spark.job.spec.JobFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The shipped comparison: its commands, and all its methods in small. */
@Tag("long")
class CompareWordNetTest {
  private static final Path FILE = Path.of("jobs/compare-wordnet.yaml");
  private static final ShippedComparison COMPARISON = new ShippedComparison(FILE);

  @TempDir Path folder;

  @Test
  void theCommandsAtTheTopAreThoseOfTheCommandLine() throws IOException {
    List<List<String>> commands = COMPARISON.commands();
    assertThat(commands)
        .extracting(command -> command.get(0))
        .containsExactly("wordnet", "compare");
    assertThat(FILE.resolveSibling("../../" + commands.get(0).get(1)).normalize())
        .isEqualTo(Path.of("../cola-output-wordnet"));
  }

  @Test
  void everyMethodRunsInSmall() throws IOException {
    Path output = COMPARISON.runInSmall(folder, 30);
    List<String> methods;
    try (Stream<Path> runs = Files.list(output.resolve("runs"))) {
      methods = runs.map(run -> run.getFileName().toString()).toList();
    }
    assertThat(methods).hasSizeGreaterThanOrEqualTo(9).contains("cola-full-2-3", "lora", "pissa");
    assertThat(Files.readAllLines(output.resolve("comparison.csv")))
        .hasSize(1 + 4 * (methods.size() + 1));
    for (String method : methods) {
      assertThat(result(output, method).path("tasks").findValuesAsText("trainExamples"))
          .as(method)
          .containsOnly("20");
    }
    assertThat(result(output, "lora-equal-parameters").path("adapterParameters"))
        .isEqualTo(result(output, "cola-full-2-3").path("adapterParameters"));
    Job cola = job(output, "cola-full-2-3");
    Job pissa = job(output, "pissa-rates-2-3");
    double rate = cola.training().optimizer().learningRate();
    double rateOfA = pissa.training().optimizer().learningRate();
    assertThat(rateOfA).isEqualTo(cola.adapter().a() * rate);
    assertThat(rateOfA * pissa.training().optimizer().bRatio())
        .isEqualTo(cola.adapter().b() * rate);
  }

  private static JsonNode result(Path output, String method) throws IOException {
    return new JsonMapper().readTree(run(output, method).resolve("results.json").toFile());
  }

  private static Job job(Path output, String method) {
    return JobFile.read(run(output, method).resolve("job.yaml"), List.of());
  }

  private static Path run(Path output, String method) {
    return output.resolve("runs").resolve(method).resolve("20/7");
  }
}
