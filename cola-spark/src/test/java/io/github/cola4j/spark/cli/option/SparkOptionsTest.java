package io.github.cola4j.spark.cli.option;

import static org.assertj.core.api.Assertions.assertThat;

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

  private static OpenSession open() {
    Options options = new Options();
    new CommandLine(options).parseArgs("--master", "local[1]");
    return options.spark.open("options");
  }

  @AfterEach
  void clear() {
    System.clearProperty(WAIT);
  }

  @Test
  void executorsDoNotWaitForShardsThatAreElsewhere() {
    try (OpenSession session = open()) {
      assertThat(session.context().getConf().get(WAIT)).isEqualTo("100ms");
      assertThat(session.context().getConf().get("spark.driver.maxResultSize")).isEqualTo("0");
    }
  }

  @Test
  void whatTheUserSetsHolds() {
    System.setProperty(WAIT, "2s");
    try (OpenSession session = open()) {
      assertThat(session.context().getConf().get(WAIT)).isEqualTo("2s");
    }
  }
}
