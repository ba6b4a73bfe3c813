package io.github.cola4j.spark.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Damaged files of every kind that comes from others are read or refused, in 1 GB of heap and ten
 * seconds each; a third of a minute of them here, an hour with {@code -Dcola.fuzz.seconds=3600}.
 * {@code -Dcola.fuzz.seed} and {@code -Dcola.fuzz.only} (a part of a target's name) repeat what
 * failed.
 */
@Tag("long")
class FuzzTest {
  private static final long START_SECONDS = 120;

  @Test
  @Timeout(value = 2, unit = TimeUnit.HOURS)
  void damagedFilesAreReadOrRefused() throws IOException, InterruptedException {
    long seconds = Long.getLong("cola.fuzz.seconds", 20);
    Path folder = Files.createTempDirectory("fuzz");
    Path log = folder.resolve("log");
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of(System.getProperty("cola.jvm.flags").split(" ", -1)));
    command.addAll(List.of("-Xmx1g", "-XX:+UseSerialGC", "-XX:-UsePerfData"));
    command.add("-XX:ErrorFile=" + folder.resolve("crash.log"));
    command.add("-Dlog4j2.configurationFile=cola-log4j2.properties");
    command.add("-Djava.io.tmpdir=" + System.getProperty("java.io.tmpdir"));
    command.add("-cp");
    command.add(
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")));
    command.add(Fuzz.class.getName());
    command.add(folder.toString());
    command.add(System.getProperty("cola.fuzz.seed", "1"));
    command.add(String.valueOf(seconds));
    command.add(System.getProperty("cola.fuzz.only", ""));
    Process process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
    try {
      assertThat(process.waitFor(seconds + START_SECONDS, TimeUnit.SECONDS))
          .as("ends: %s", log)
          .isTrue();
      assertThat(process.exitValue()).as(Files.readString(log)).isZero();
      System.out.println(Files.readString(log));
    } finally {
      process.destroyForcibly();
    }
  }
}
