package io.github.cola4j.examples.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Pages that are made of code: written with {@code -Dcola.docs.write}, else compared. */
final class Generated {
  private Generated() {}

  static void require(String name, String text) throws IOException {
    Path file = Page.ROOT.resolve(name);
    if (System.getProperty("cola.docs.write") != null) {
      Files.createDirectories(file.getParent());
      Files.writeString(file, text);
    }
    assertThat(file).as("write the page with -Dcola.docs.write").exists();
    assertThat(Files.readString(file))
        .as(name + " is not what the code says; write it with -Dcola.docs.write")
        .isEqualTo(text);
  }

  /** What may stand in a cell of a table. */
  static String cell(String text) {
    return text.replaceAll("\\s+", " ").replace("|", "\\|").strip();
  }
}
