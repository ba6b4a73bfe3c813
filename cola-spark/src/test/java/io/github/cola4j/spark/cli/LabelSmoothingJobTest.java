package io.github.cola4j.spark.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.cola4j.spark.TinyModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code training.labelSmoothing} of a job. */
class LabelSmoothingJobTest {
  /** Of two classes and ε = 0.4: −0.8 ln 0.8 − 0.2 ln 0.2, which no model can be below. */
  private static final double LEAST = -0.8 * Math.log(0.8) - 0.2 * Math.log(0.2);

  @TempDir Path folder;
  private TinyJob job;

  @BeforeEach
  void write() {
    job = new TinyJob(folder);
  }

  /** The loss of training in the last round. */
  private double trained(String output, String smoothing) throws IOException {
    job.train(
            "--set",
            "training.labelSmoothing=" + smoothing,
            "--set",
            "training.epochs=12",
            "--set",
            "training.optimizer.headLearningRate=0.2",
            "--set",
            "output=" + job.path(output))
        .succeeds();
    List<String> rounds = Files.readAllLines(job.path(output + "/metrics.jsonl"));
    return new JsonMapper().readTree(rounds.get(rounds.size() - 1)).path("loss").asDouble();
  }

  @Test
  void theLossOfTrainingIsThatOfTheSmoothedTarget() throws IOException {
    assertThat(trained("plain", "0")).isGreaterThan(0).isLessThan(LEAST);
    assertThat(trained("smooth", "0.4")).isGreaterThan(LEAST - 1e-6).isLessThan(Math.log(2));
    assertThat(Files.readString(job.path("smooth/job.yaml"))).contains("labelSmoothing: 0.4");
  }

  @Test
  void whatCannotBeSmoothedIsRefusedByName() {
    job.trainFails(
        2, List.of("--set", "training.labelSmoothing=1"), "training.labelSmoothing", "below 1");
    job.train(
            "--set",
            "training.labelSmoothing=0.1",
            "--set",
            "model=" + TinyModel.LLAMA,
            "--set",
            "prompt.template=plain",
            "--set",
            "output=" + job.path("other"))
        .failsWith(2, "training.labelSmoothing needs a classification");
    assertThat(job.path("other")).doesNotExist();
  }
}
