package io.github.cola4j.spark.data.format;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.cola4j.spark.data.row.ReadRow;
import io.github.cola4j.spark.data.row.RowRule;
import io.github.cola4j.spark.data.row.RowSource;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.Serializable;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A toy format, known to tests alone: a row a line, {@code key=value} between semicolons. */
public final class KeyValueFormat implements RowFormat.ByFile {
  private static final long serialVersionUID = 1;

  @Override
  public String name() {
    return "key-value";
  }

  @Override
  public List<String> endings() {
    return List.of("kv");
  }

  @Override
  public Collection<String> columns(Input<?> input) throws IOException {
    Set<String> keys = new LinkedHashSet<>();
    try (BufferedReader lines = new BufferedReader(input.file().open(input.conf()))) {
      String line = lines.readLine();
      for (int i = 0; i < 10 && line != null; i++) {
        Map<String, String> row = parse(line);
        keys.addAll(row == null ? Set.of() : row.keySet());
        line = lines.readLine();
      }
    }
    return keys;
  }

  /** The values by key, or null where a pair has no equals sign. */
  private static Map<String, String> parse(String line) {
    Map<String, String> row = new LinkedHashMap<>();
    for (String pair : line.split(";", -1)) {
      int sign = pair.indexOf('=');
      if (sign < 0) {
        return null;
      }
      row.put(pair.substring(0, sign), pair.substring(sign + 1));
    }
    return row;
  }

  @Override
  public <T extends Serializable> RowSource<T> open(Input<T> input) throws IOException {
    return new Rows<>(input, new BufferedReader(input.file().open(input.conf())));
  }

  private static final class Rows<T extends Serializable> implements RowSource<T> {
    private final Input<T> input;
    private final BufferedReader lines;
    private long number;

    Rows(Input<T> input, BufferedReader lines) {
      this.input = input;
      this.lines = lines;
    }

    @Override
    public ReadRow<T> next() throws IOException {
      String line;
      do {
        line = lines.readLine();
        if (line == null) {
          return null;
        }
        number++;
      } while (line.isBlank());
      String content = line;
      String file = input.file().name();
      Map<String, String> row = parse(line);
      return row == null
          ? ReadRow.bad(file, number, "no equals sign", "a pair has no equals sign", line)
          : input.rule().read(file, number, new Pairs(row), () -> content);
    }

    @Override
    public void close() throws IOException {
      lines.close();
    }
  }

  private record Pairs(Map<String, String> row) implements RowRule.Values {
    @Override
    public Object of(String column) {
      return row.get(column);
    }

    @Override
    public void all(ObjectNode target) {
      row.forEach(target::put);
    }

    @Override
    public String whenNull() {
      return "is missing";
    }
  }
}
