package io.github.cola4j.spark.data.file;

import java.io.IOException;
import java.util.regex.Pattern;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * Folders of tables whose log says which of their files count: read as plain files they give back
 * rows that were deleted or replaced.
 */
final class TableFolder {
  private static final Pattern ICEBERG =
      Pattern.compile("(v\\d+|\\d{5}-[0-9a-f-]{36})(\\.\\w+)?\\.metadata\\.json");

  private TableFolder() {}

  /**
   * Refuses a folder of such a table, and a folder of data files in it.
   *
   * @throws IllegalArgumentException if it is one
   */
  static void refuse(String task, FileSystem fileSystem, Path folder) throws IOException {
    for (Path place = folder; place != null; place = place.getParent()) {
      String format = format(fileSystem, place);
      if (format != null) {
        String table = "Delta Lake".equals(format) ? "table:delta.`" + name(place) + "`" : null;
        throw new IllegalArgumentException(
            String.format(
                "task '%s': %s is a table of %s, whose log says which of its files count; read it"
                    + " as a table of Spark's catalog, %s",
                task, name(place), format, table == null ? "table:NAME" : "such as " + table));
      }
      String name = place.getName();
      if (!FolderColumns.isOne(name) && !name.equals("data") && !name.equals("_delta_log")) {
        return;
      }
    }
  }

  private static String format(FileSystem fileSystem, Path folder) throws IOException {
    if (fileSystem.exists(new Path(folder, "_delta_log"))) {
      return "Delta Lake";
    }
    if (fileSystem.exists(new Path(folder, ".hoodie"))) {
      return "Hudi";
    }
    return isIceberg(fileSystem, new Path(folder, "metadata")) ? "Iceberg" : null;
  }

  private static boolean isIceberg(FileSystem fileSystem, Path metadata) throws IOException {
    if (!fileSystem.exists(metadata) || !fileSystem.getFileStatus(metadata).isDirectory()) {
      return false;
    }
    for (FileStatus file : fileSystem.listStatus(metadata)) {
      if (ICEBERG.matcher(file.getPath().getName()).matches()) {
        return true;
      }
    }
    return false;
  }

  private static String name(Path path) {
    return DataFile.name(path.toString());
  }
}
