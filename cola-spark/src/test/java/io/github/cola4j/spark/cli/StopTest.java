package io.github.cola4j.spark.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** SIGTERM under spark-submit, with Spark's own logging; FaultsTest has it without. */
@DisabledOnOs(OS.WINDOWS)
class StopTest {
  @TempDir Path folder;

  @Test
  void aSubmittedJobSaysInWhichRoundItWasStoppedAndLeavesNothing() throws Exception {
    TinyJob job = new TinyJob(folder);
    job.edit("epochs: 2", "epochs: 1000");
    Path temporary = Files.createDirectory(folder.resolve("tmp"));
    List<String> options =
        List.of(
            "-Dlog4j2.configurationFile=org/apache/spark/log4j2-defaults.properties",
            "-Djava.io.tmpdir=" + temporary);
    try (ColaProcess cola =
        ColaProcess.submitted(
            folder.resolve("log"), options, "train", job.path("job.yaml").toString())) {
      cola.awaitPrinted("\n    2  topic");
      cola.signal("TERM");
      assertThat(cola.exitCode()).isEqualTo(143);
      assertThat(cola.log())
          .containsPattern("\nstopped by SIGTERM in round \\d+; resume with --resume\\R")
          .doesNotContain("\tat ", "Exception");
    }
    assertThat(job.path("out")).doesNotExist();
    assertThat(TinyJob.running(folder, "out")).isEmpty();
    try (Stream<Path> left = Files.list(temporary)) {
      assertThat(left.filter(file -> file.getFileName().toString().startsWith("cola"))).isEmpty();
    }
    try (Stream<Path> left = Files.list(job.path("out.checkpoints"))) {
      assertThat(left).isNotEmpty().allMatch(file -> file.toString().matches(".*/round-\\d+"));
    }
  }
}
