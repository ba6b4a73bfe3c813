package io.github.cola4j.spark.data.file;

import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.catalyst.catalog.ExternalCatalogUtils;

/**
 * Columns that the folders of a file hold in their names, {@code column=value}, as Spark and Hive
 * write partitions. A value is a text as it is written there, and null where it is Hive's default
 * partition.
 */
public final class FolderColumns {
  private FolderColumns() {}

  /** Whether a folder's name is a column and its value. */
  public static boolean isOne(String name) {
    int sign = name.indexOf('=');
    return sign > 0 && sign < name.length() - 1;
  }

  /** The columns of a file, from the outermost folder to the innermost, which decides. */
  public static Map<String, String> of(String path) {
    Map<String, String> columns = new LinkedHashMap<>();
    collect(new Path(path).getParent(), columns);
    return columns;
  }

  private static void collect(Path folder, Map<String, String> columns) {
    if (folder == null) {
      return;
    }
    collect(folder.getParent(), columns);
    String name = folder.getName();
    if (isOne(name)) {
      int sign = name.indexOf('=');
      String value = ExternalCatalogUtils.unescapePathName(name.substring(sign + 1));
      boolean none = value.equals(ExternalCatalogUtils.DEFAULT_PARTITION_NAME());
      columns.put(
          ExternalCatalogUtils.unescapePathName(name.substring(0, sign)), none ? null : value);
    }
  }
}
