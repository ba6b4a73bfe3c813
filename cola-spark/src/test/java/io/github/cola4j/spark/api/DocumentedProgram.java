package io.github.cola4j.spark.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A program of the documentation whose source is a class of this package. */
final class DocumentedProgram {
  private DocumentedProgram() {}

  /** The page has the class, from its imports on, which has at most so many lines. */
  static void requireOn(String page, Class<?> program, int lines) throws IOException {
    String source =
        Files.readString(
            Path.of("src/test/java/io/github/cola4j/spark/api", program.getSimpleName() + ".java"));
    String text = source.substring(source.indexOf("import ")).strip();
    assertThat(Files.readString(Path.of("../docs", page))).contains("```java\n" + text + "\n```\n");
    String body = text.substring(text.indexOf("public final class"));
    assertThat(body.lines().filter(line -> !line.isBlank())).hasSizeLessThanOrEqualTo(lines);
  }
}
