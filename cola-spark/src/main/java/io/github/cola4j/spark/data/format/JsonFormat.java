package io.github.cola4j.spark.data.format;

import io.github.cola4j.spark.data.row.RowSource;
import java.io.IOException;
import java.io.Serializable;
import java.util.Collection;
import java.util.List;

/** JSON lines, or one JSON array. */
public final class JsonFormat implements RowFormat.ByFile {
  private static final long serialVersionUID = 1;

  /** The ending of files whose first character says whether they are an array. */
  static final String ANY_LAYOUT = "json";

  /** JSON objects looked at; their keys together are the file's columns. */
  private static final int OBJECTS = 100;

  @Override
  public String name() {
    return "JSON";
  }

  @Override
  public List<String> endings() {
    return List.of("jsonl", "ndjson", ANY_LAYOUT);
  }

  @Override
  public Collection<String> columns(Input<?> input) throws IOException {
    try (JsonRows<?> rows = new JsonRows<>(input.file(), input.rule(), input.conf())) {
      return rows.keys(OBJECTS);
    }
  }

  @Override
  public <T extends Serializable> RowSource<T> open(Input<T> input) throws IOException {
    return new JsonRows<>(input.file(), input.rule(), input.conf());
  }
}
