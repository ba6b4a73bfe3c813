package io.github.cola4j.spark.data;

import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Iterator;
import java.util.Map;

/** Where bad rows go, and how many of them are too many. */
public final class Quarantine {
  /** Bad rows a task may have where {@code data.maxBadRows} does not say. */
  public static final long DEFAULT_MAX_BAD_ROWS = 100;

  private Quarantine() {}

  /**
   * Writes bad rows as JSON lines with {@code file}, {@code line}, {@code kind}, {@code reason} and
   * {@code content}, one after the other; the file appears whole or not at all.
   */
  public static void write(Path file, Iterator<BadRow> rows) throws IOException {
    Path folder = file.toAbsolutePath().getParent();
    Files.createDirectories(folder);
    Path aside = Files.createTempFile(folder, file.getFileName().toString(), ".tmp");
    try {
      JsonMapper mapper = new JsonMapper();
      try (BufferedWriter writer = Files.newBufferedWriter(aside)) {
        while (rows.hasNext()) {
          writer.write(mapper.writeValueAsString(rows.next()));
          writer.write('\n');
        }
      }
      Files.move(aside, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(aside);
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
            "task '%s': %d bad rows, more than the %d allowed: %s; the first is %s:%d: %s. Mend the data, or raise data.maxBadRows (--max-bad-rows) to %d",
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
