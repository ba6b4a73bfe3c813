package io.github.cola4j.spark.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.cola4j.spark.TestSpark;
import java.nio.file.Path;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command line in a program that has a Spark session, as a notebook's is. */
class CallersSessionTest {
  private static SparkSession session;

  @TempDir Path folder;

  @BeforeAll
  static void start() {
    session = TestSpark.open("local[2]");
  }

  @AfterAll
  static void stop() {
    session.stop();
  }

  @Test
  void commandsRunInItAndLeaveItOpen() {
    TinyJob job = new TinyJob(folder);
    String id = session.sparkContext().applicationId();
    for (String output : new String[] {"first", "second"}) {
      CliRun.cola("train", job.path("job.yaml").toString(), "--output", job.path(output).toString())
          .succeeds();
      assertThat(job.path(output).resolve("results.json")).exists();
    }
    assertThat(session.range(1).count()).isEqualTo(1);
    assertThat(session.sparkContext().applicationId()).isEqualTo(id);
  }

  @Test
  void anotherMasterIsRefused() {
    TinyJob job = new TinyJob(folder);
    CliRun.cola("train", job.path("job.yaml").toString(), "--master", "local[1]")
        .failsWith(1, "--master local[1]", "a Spark session with master local[2] runs in this JVM");
    CliRun.cola("train", job.path("job.yaml").toString(), "--master", "local[2]").succeeds();
    assertThat(session.range(1).count()).isEqualTo(1);
  }
}
