package io.github.cola4j.spark.data.image;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.cola4j.spark.data.file.FolderColumns;
import io.github.cola4j.spark.data.format.ColumnCheck;
import io.github.cola4j.spark.data.format.RowFormat;
import io.github.cola4j.spark.data.row.FileCheck;
import io.github.cola4j.spark.data.row.ReadRow;
import io.github.cola4j.spark.data.row.RowRule;
import io.github.cola4j.spark.data.row.RowSource;
import java.io.IOException;
import java.io.InputStream;
import java.io.Serializable;
import java.util.Collection;
import java.util.List;
import org.apache.hadoop.fs.Path;

/**
 * Images: a file is one row, with its bytes, its path and the name of its folder, which is the
 * label unless the folder is a column and a value.
 */
public final class ImageFormat implements RowFormat.ByFile {
  private static final long serialVersionUID = 1;

  /** The column of the file's bytes. */
  public static final String IMAGE = "image";

  /** The column of where it is. */
  public static final String PATH = "path";

  private static final String LABEL = "label";

  /** Bytes of a file at most, decompressed. */
  static final int MAX_BYTES = 1 << 27;

  @Override
  public String name() {
    return "images";
  }

  @Override
  public List<String> endings() {
    return List.of("png", "jpg", "jpeg");
  }

  @Override
  public Collection<String> columns(Input<?> input) {
    return hasLabel(input.file().path()) ? List.of(IMAGE, PATH, LABEL) : List.of(IMAGE, PATH);
  }

  private static boolean hasLabel(String path) {
    return !FolderColumns.isOne(new Path(path).getParent().getName());
  }

  /** Its bytes have no encoding. */
  @Override
  public FileCheck check(Input<?> input) {
    return new FileCheck(
        ColumnCheck.problem(input.task(), input.file().name(), columns(input), input.rule()), null);
  }

  @Override
  public <T extends Serializable> RowSource<T> open(Input<T> input) {
    return new RowSource<>() {
      private boolean read;

      @Override
      public ReadRow<T> next() throws IOException {
        if (read) {
          return null;
        }
        read = true;
        return row(input);
      }

      @Override
      public void close() {}
    };
  }

  private static <T extends Serializable> ReadRow<T> row(Input<T> input) throws IOException {
    String name = input.file().name();
    byte[] content;
    try (InputStream in = input.file().openBytes(input.conf())) {
      content = in.readNBytes(MAX_BYTES + 1);
    }
    if (content.length > MAX_BYTES) {
      String kind = "a file of more than " + MAX_BYTES + " bytes";
      return ReadRow.bad(name, 1, kind, kind, name);
    }
    return input.rule().read(name, 1, new Image(input.file().path(), name, content), () -> name);
  }

  /** The values of a file. */
  private record Image(String path, String name, byte[] content) implements RowRule.Values {
    @Override
    public Object of(String column) {
      return switch (column) {
        case IMAGE -> new RowRule.Nested("an image", null);
        case PATH -> name;
        case LABEL -> hasLabel(path) ? new Path(path).getParent().getName() : null;
        default -> null;
      };
    }

    @Override
    public byte[] bytes(String column) {
      return column.equals(IMAGE) ? content : null;
    }

    @Override
    public void all(ObjectNode target) {
      target.put(PATH, name);
      if (hasLabel(path)) {
        target.put(LABEL, new Path(path).getParent().getName());
      }
    }

    @Override
    public String whenNull() {
      return "is missing";
    }
  }
}
