package io.github.cola4j.examples;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.cola4j.spark.cli.Cola;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.util.Arrays;

/** The command line with {@code --json}, as {@code jq} would read it. */
final class JsonRun {
  private static final JsonMapper MAPPER =
      JsonMapper.builder().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build();

  private JsonRun() {}

  /** Runs a command that prints one document, and nothing else, on standard output. */
  static JsonNode of(String... arguments) throws IOException {
    PrintStream real = System.out;
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    System.setOut(new PrintStream(out, true, UTF_8));
    try {
      String[] all = Arrays.copyOf(arguments, arguments.length + 1);
      all[arguments.length] = "--json";
      assertThat(Cola.run(all)).as(String.join(" ", arguments)).isZero();
    } finally {
      System.setOut(real);
    }
    assertThat(out.toString(UTF_8)).matches("\\{\\p{ASCII}*\\}\\R");
    return MAPPER.readTree(out.toByteArray());
  }
}
