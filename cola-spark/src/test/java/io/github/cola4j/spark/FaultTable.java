package io.github.cola4j.spark;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** Counts which faults were survived, as docs/explanation/reliability.md has them. */
public final class FaultTable {
  private final String name;
  private final Map<String, int[]> rows = new LinkedHashMap<>(); // tries, survived

  /** A table of a kind of faults. */
  public FaultTable(String name) {
    this.name = name;
  }

  /** Counts a try; it survived if its result was what is promised. */
  public void add(String fault, boolean survived) {
    int[] row = rows.computeIfAbsent(fault, f -> new int[2]);
    row[0]++;
    row[1] += survived ? 1 : 0;
  }

  /** Prints the table, and writes it to {@code target/faults-<name>.md}. */
  public void print() throws IOException {
    StringBuilder table =
        new StringBuilder("| fault | tries | survived | lost |\n|---|---|---|---|\n");
    rows.forEach(
        (fault, row) ->
            table.append(
                String.format("| %s | %d | %d | %d |%n", fault, row[0], row[1], row[0] - row[1])));
    System.out.println(table);
    Files.writeString(Path.of("target", "faults-" + name + ".md"), table);
  }
}
