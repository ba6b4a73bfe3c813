package io.github.cola4j.spark.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * One run of the command line in this JVM.
 *
 * @param exitCode what the process would exit with
 * @param out what it printed
 * @param err what it complained
 */
record CliRun(int exitCode, String out, String err) {

  /** Runs {@code cola} with arguments. */
  static CliRun cola(String... arguments) {
    PrintStream realOut = System.out;
    PrintStream realErr = System.err;
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
    System.setErr(new PrintStream(err, true, StandardCharsets.UTF_8));
    try {
      int exitCode = Cola.run(arguments);
      return new CliRun(
          exitCode, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    } finally {
      System.setOut(realOut);
      System.setErr(realErr);
    }
  }

  static CliRun cola(List<String> arguments) {
    return cola(arguments.toArray(String[]::new));
  }

  CliRun succeeds() {
    assertThat(exitCode).as(err).isZero();
    return this;
  }

  /** One line that begins with {@code error:} and says all this, with no stack trace. */
  CliRun failsWith(int code, String... message) {
    List<String> errors = err.lines().filter(line -> line.startsWith("error: ")).toList();
    assertThat(errors).as(err).hasSize(1);
    assertThat(errors.get(0))
        .contains(message)
        .doesNotContain("java.", "scala.", "com.fasterxml", "io.github.cola4j", "problem: null");
    assertThat(err.lines()).noneMatch(line -> line.startsWith("\tat "));
    assertThat(exitCode).isEqualTo(code);
    return this;
  }
}
