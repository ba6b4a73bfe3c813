package io.github.cola4j.spark.data.row;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.cola4j.io.AtomicFile;
import java.io.IOException;
import java.io.InputStream;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Iterator;
import java.util.Map;
import java.util.Set;

/** Where bad rows go, and how many of them are too many. */
public final class Quarantine {
  /** Bad rows a task may have where {@code data.maxBadRows} does not say. */
  public static final long DEFAULT_MAX_BAD_ROWS = 100;

  private static final Set<String> FIELDS = Set.of("file", "line", "kind", "reason", "content");

  private Quarantine() {}

  /**
   * Writes bad rows as JSON lines with {@code file}, {@code line}, {@code kind}, {@code reason} and
   * {@code content}, one after the other; the file appears completely or not at all.
   */
  public static void write(Path file, Iterator<BadRow> rows) throws IOException {
    Files.createDirectories(file.toAbsolutePath().getParent());
    AtomicFile.writeText(file, writer -> write(writer, rows));
  }

  /** Writes bad rows as JSON lines. */
  public static void write(Writer writer, Iterator<BadRow> rows) throws IOException {
    JsonMapper mapper = new JsonMapper();
    while (rows.hasNext()) {
      writer.write(mapper.writeValueAsString(rows.next()));
      writer.write('\n');
    }
  }

  /** Whether a file is what {@link #write} has written, by its first line; a link never is. */
  public static boolean isOne(Path file) {
    if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
      return false;
    }
    try (InputStream in = Files.newInputStream(file)) {
      return isOne(in);
    } catch (IOException e) {
      return false;
    }
  }

  /** Whether an open file is what {@link #write} has written, by its first line. */
  public static boolean isOne(InputStream file) {
    try (JsonParser parser = new JsonMapper().createParser(file)) {
      JsonNode row = parser.readValueAsTree();
      Set<String> fields = new HashSet<>();
      if (row != null) {
        row.fieldNames().forEachRemaining(fields::add);
      }
      return fields.containsAll(FIELDS);
    } catch (IOException e) {
      return false;
    }
  }

  /**
   * Refuses a task with too many bad rows.
   *
   * @param kinds the task's bad rows by {@link BadRow#kind}
   * @param maxBadRows how many it may have
   * @param firstBad one to show; may be null where there is none
   */
  public static void check(String task, Map<String, Long> kinds, long maxBadRows, BadRow firstBad) {
    long count = kinds.values().stream().mapToLong(Long::longValue).sum();
    if (count <= maxBadRows) {
      return;
    }
    throw new IllegalArgumentException(
        String.format(
            "task '%s': %d bad rows, more than the %d allowed: %s; the first is %s:%d: %s. Fix the"
                + " data, or raise data.maxBadRows (--max-bad-rows) to %d",
            task,
            count,
            maxBadRows,
            kinds,
            firstBad.file(),
            firstBad.line(),
            firstBad.reason(),
            count));
  }
}
