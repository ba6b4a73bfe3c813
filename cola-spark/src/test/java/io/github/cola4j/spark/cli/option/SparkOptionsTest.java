package io.github.cola4j.spark.cli.option;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** What the command line sets of Spark, and what it leaves to the user. */
class SparkOptionsTest {
  private static final String WAIT = "spark.locality.wait";

  /** Any command. */
  @Command
  static final class Options {
    @Mixin private SparkOptions spark;
  }

  private static SparkSession open() {
    Options options = new Options();
    new CommandLine(options).parseArgs("--master", "local[1]");
    return options.spark.open("options");
  }

  @AfterEach
  void clear() {
    System.clearProperty(WAIT);
  }

  @Test
  void executorsDoNotWaitForShardsThatAreElsewhere() throws IOException {
    try (SparkSession session = open()) {
      assertThat(session.sparkContext().conf().get(WAIT)).isEqualTo("100ms");
      assertThat(session.sparkContext().conf().get("spark.driver.maxResultSize")).isEqualTo("0");
    }
  }

  @Test
  void whatTheUserSetsHolds() throws IOException {
    System.setProperty(WAIT, "2s");
    try (SparkSession session = open()) {
      assertThat(session.sparkContext().conf().get(WAIT)).isEqualTo("2s");
    }
  }
}
