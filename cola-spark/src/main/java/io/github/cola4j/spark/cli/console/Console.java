package io.github.cola4j.spark.cli.console;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.cola4j.spark.data.row.VisibleText;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.function.Supplier;

/**
 * Where a command prints. Its result goes to standard output: as text, or as JSON if that was asked
 * for; all else goes to standard error.
 */
public final class Console {
  /** ASCII alone, so that neither a locale nor a terminal changes it. */
  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(JsonWriteFeature.ESCAPE_NON_ASCII)
          .serializationInclusion(JsonInclude.Include.NON_NULL)
          .build();

  private static final PrintStream NOTHING =
      new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);

  /** What runs commands: it knows standard output, and ends them at signals. */
  public interface Owner {
    /** Standard output, which {@code System.out} is not while a command runs. */
    PrintStream out();

    /** What is said behind "stopped by SIGTERM", if that comes. */
    void whenStopped(Supplier<String> told);
  }

  /** Of commands that nobody runs but picocli. */
  static final Owner SYSTEM =
      new Owner() {
        @Override
        public PrintStream out() {
          return System.out;
        }

        @Override
        public void whenStopped(Supplier<String> told) {
          // signals are left to the JVM
        }
      };

  private final String command;
  private final Owner owner;
  private final boolean json;
  private final boolean quiet;

  Console(String command, Owner owner, boolean json, boolean quiet) {
    this.command = command;
    this.owner = owner;
    this.json = json;
    this.quiet = quiet;
  }

  /** Whether the result is wanted as JSON. */
  public boolean isJson() {
    return json;
  }

  /** Whether no progress is wanted. */
  public boolean isQuiet() {
    return quiet;
  }

  /** Where the result goes as text: nowhere if it is wanted as JSON. */
  public PrintStream text() {
    return json ? NOTHING : owner.out();
  }

  /** As {@link #text}, of what takes long to make: it is progress where JSON is wanted. */
  public PrintStream report() {
    return json ? progress() : owner.out();
  }

  /** Where progress goes. */
  public PrintStream progress() {
    return quiet ? NOTHING : System.err;
  }

  /** Prints what a user should look at. */
  public void warning(String line) {
    System.err.println(VisibleText.of(line));
  }

  /** What is said behind "stopped by SIGTERM", if that comes. */
  public void whenStopped(Supplier<String> told) {
    owner.whenStopped(told);
  }

  /**
   * Prints the result as a line of JSON, if that is wanted: the command's name, and the fields.
   *
   * @param result a record or a map
   */
  public void json(Object result) {
    if (json) {
      ObjectNode document = JSON.createObjectNode().put("command", command);
      document.setAll((ObjectNode) JSON.valueToTree(result));
      try {
        owner.out().println(JSON.writeValueAsString(document));
      } catch (JsonProcessingException e) {
        throw new UncheckedIOException("cannot write the result as JSON", e);
      }
    }
  }
}
