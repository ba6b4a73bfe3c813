package io.github.cola4j.spark.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Classes that do not count alike. */
class ClassWeightsTest {
  private static final double[] BALANCED = {12.0 / (2 * 9), 12.0 / (2 * 3)};

  @TempDir Path folder;
  private TinyJob job;

  /** Nine examples of one class, three of the other; a column with weights of the classes. */
  @BeforeEach
  void write() {
    job = new TinyJob(folder);
    for (String file : List.of("train", "validation", "test")) {
      job.write(file + ".jsonl", lines(BALANCED));
    }
  }

  private static String lines(double[] weights) {
    return IntStream.range(0, 12)
        .mapToObj(
            i -> {
              int rare = i % 4 == 3 ? 1 : 0;
              return String.format(
                  Locale.ROOT,
                  "{\"text\": \"the %s number %d\", \"label\": \"%s\", \"weight\": %s}%n",
                  rare == 1 ? "bank" : "doctor",
                  i,
                  rare == 1 ? "fin" : "med",
                  weights[rare]);
            })
        .collect(Collectors.joining());
  }

  private byte[] trained(String output, String... options) throws IOException {
    String[] all = new String[options.length + 2];
    System.arraycopy(options, 0, all, 0, options.length);
    all[options.length] = "--set";
    all[options.length + 1] = "output=" + job.path(output);
    job.train(all).succeeds();
    return Files.readAllBytes(job.path(output + "/adapters/topic/adapter.safetensors"));
  }

  @Test
  void balancedIsAColumnOfThoseWeightsToTheBit() throws IOException {
    byte[] balanced = trained("balanced", "--set", "tasks.0.classWeights=balanced");
    assertThat(balanced)
        .isEqualTo(trained("column", "--set", "tasks.0.columns.weight=weight"))
        .isNotEqualTo(trained("none"));
    assertThat(Files.readString(job.path("balanced/job.yaml"))).contains("classWeights: balanced");
  }

  @Test
  void aNumberForAClassCountsTimesTheColumn() throws IOException {
    byte[] both =
        trained(
            "both",
            "--set",
            "tasks.0.columns.weight=weight",
            "--set",
            "tasks.0.classWeights={fin: 3}");
    job.write("train.jsonl", lines(new double[] {BALANCED[0], 3 * BALANCED[1]}));
    assertThat(both).isEqualTo(trained("column", "--set", "tasks.0.columns.weight=weight"));
  }

  @Test
  void whatIsNoWeightIsRefusedByName() {
    refused("tasks.0.classWeights=balance", "classWeights must be 'balanced' or a number");
    refused("tasks.0.classWeights={fin: 0}", "classWeights.fin must be a number above 0, got 0");
    refused("tasks.0.classWeights={fin: much}", "classWeights.fin must be a number above 0");
    job.train("--set", "tasks.0.classWeights={law: 2}")
        .failsWith(1, "task 'topic'", "names [law]", "[fin, med]");
    job.train(
            "--set",
            "tasks.0.classWeights=balanced",
            "--set",
            "training.regularization={consistency: 0.1}")
        .failsWith(2, "tasks.0.classWeights: training.regularization looks at all");
  }

  private void refused(String setting, String... told) {
    job.train("--set", setting).failsWith(2, told);
  }
}
