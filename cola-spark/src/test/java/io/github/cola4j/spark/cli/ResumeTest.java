package io.github.cola4j.spark.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code cola train} does with checkpoints that it finds. */
class ResumeTest {
  @TempDir Path folder;
  private TinyJob job;
  private Path checkpoints;

  @BeforeEach
  void stopInRoundThree() throws IOException {
    job = new TinyJob(folder);
    job.edit("epochs: 2", "epochs: 3");
    checkpoints = folder.resolve("out.checkpoints");
    StoppedJob.run(folder.resolve("job.yaml"), folder.resolve("out"), 3);
    assertThat(checkpoints).isDirectoryContaining("glob:**round-000001");
    assertThat(checkpoints).isDirectoryContaining("glob:**round-000002");
    assertThat(folder.resolve("out")).doesNotExist();
    assertThat(TinyJob.running(folder, "out")).isEmpty();
  }

  @Test
  void withoutResumeTheyAreSaidAndNeitherUsedNorDeleted() {
    job.train().failsWith(2, checkpoints.toString(), "after round 2", "with --resume", "--restart");
    assertThat(checkpoints).isDirectoryContaining("glob:**round-000002");

    CliRun run = job.train("--restart").succeeds();
    assertThat(run.err()).contains("checkpoints of an earlier run in", "are deleted");
    assertThat(run.err()).contains("\n    1  topic");
    assertThat(checkpoints).doesNotExist();
  }

  @Test
  void aChangedJobIsRefusedWithTheDifferenceUnlessToldOtherwise() throws IOException {
    job.train("--resume", "--set", "training.epochs=5", "--set", "spark.patience=0")
        .failsWith(
            2,
            "after round 2",
            "spark.patience: 4 in the checkpoint, 0 now; training.epochs: 3 in the checkpoint, 5"
                + " now",
            "--resume-anyway");
    job.train("--resume-anyway", "--set", "adapter.init=kaiming")
        .failsWith(2, "in the checkpoint, kaiming now", "starting values", "--restart");
    assertThat(folder.resolve("out")).doesNotExist();

    CliRun run = job.train("--resume-anyway", "--set", "training.epochs=5").succeeds();
    assertThat(run.err())
        .contains("WARNING: the checkpoint after round 2", "training.epochs: 3", "resumes anyway")
        .contains("\n    5  topic")
        .doesNotContain("\n    2  topic");
    List<String> lines = Files.readAllLines(folder.resolve("out/metrics.jsonl"));
    assertThat(lines).hasSize(5);
    for (int round = 1; round <= 5; round++) {
      assertThat(lines.get(round - 1)).startsWith("{\"round\":" + round + ",");
    }
  }

  @Test
  void changedDataAreRefused() {
    String lines = TinyJob.lines(24);
    int first = lines.indexOf('\n') + 1;
    // the same rows in another order are other data, since shards are made by it
    job.write("train.jsonl", lines.substring(first) + lines.substring(0, first));
    job.train("--resume")
        .failsWith(
            2, "data of task 'topic', training: 24 examples", "in the checkpoint, 24 examples");
    job.write("train.jsonl", lines);
    job.train("--resume").succeeds();
  }

  @Test
  void withoutOneToFindResumeStartsAnew() {
    CliRun run = job.train("--resume", "--output", folder.resolve("new").toString()).succeeds();
    assertThat(run.err()).contains("There is no checkpoint in", "starts from scratch");
    job.train("--resume", "--set", "checkpoint.every=0")
        .failsWith(2, "checkpoint.every is 0", "leave --resume out");
  }
}
