package io.github.cola4j.spark.data.format;

import io.github.cola4j.services.Services;
import io.github.cola4j.spark.data.file.DataFile;
import io.github.cola4j.spark.data.file.FileGroups;
import io.github.cola4j.spark.data.file.HadoopSettings;
import io.github.cola4j.spark.data.row.ReadRow;
import io.github.cola4j.spark.data.row.RowRule;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;

/**
 * The formats by the endings of their files: those beside this class first, then those that the
 * thread's context class loader alone has. The driver looks them up once for all executors.
 *
 * @param byEnding in the order in which messages name them
 */
public record RowFormats(Map<String, RowFormat> byEnding) implements Serializable {

  /**
   * Every format.
   *
   * @throws IllegalArgumentException if one cannot be loaded, or two have one ending
   */
  public static RowFormats all() {
    Map<String, RowFormat> byEnding = new LinkedHashMap<>();
    for (RowFormat format : Services.all(RowFormat.class, "the formats of rows")) {
      for (String ending : format.endings()) {
        RowFormat other = byEnding.put(ending, format);
        if (other != null) {
          throw new IllegalArgumentException(
              String.format(
                  "two formats have the ending .%s: %s (%s) and %s (%s); leave the jar of one of"
                      + " them out",
                  ending,
                  other.name(),
                  other.getClass().getName(),
                  format.name(),
                  format.getClass().getName()));
        }
      }
    }
    return new RowFormats(byEnding);
  }

  /**
   * Refuses a file of none of these formats.
   *
   * @throws IllegalArgumentException naming the endings
   */
  public void requireKnown(String task, DataFile file) {
    if (!byEnding.containsKey(file.ending())) {
      throw new IllegalArgumentException(
          String.format(
              "task '%s': the ending of %s names no format; expected %s (or one of them with .gz,"
                  + " .bz2 or .zst) or %s. In a folder with other files, name yours with a glob"
                  + " such as folder/*.csv",
              task,
              file.name(),
              endings(RowFormat.ByFile.class),
              endings(RowFormat.BySpark.class)));
    }
  }

  private String endings(Class<? extends RowFormat> kind) {
    return byEnding.entrySet().stream()
        .filter(entry -> kind.isInstance(entry.getValue()))
        .map(entry -> "." + entry.getKey())
        .collect(Collectors.joining(", "));
  }

  /**
   * Reads files: those that are read one by one first, together and in the order of their paths,
   * then those that Spark reads, by their format. Columns of the former have no types.
   */
  public <T extends Serializable> List<RowFormat.Rows<T>> read(
      SparkSession spark,
      String task,
      List<DataFile> files,
      CsvConfig csv,
      RowRule<T> rule,
      HadoopSettings conf) {
    List<DataFile> oneByOne = new ArrayList<>();
    Map<RowFormat.BySpark, List<DataFile>> others = new LinkedHashMap<>();
    for (DataFile file : files) {
      if (byEnding.get(file.ending()) instanceof RowFormat.BySpark format) {
        others.computeIfAbsent(format, like -> new ArrayList<>()).add(file);
      } else {
        oneByOne.add(file);
      }
    }
    List<RowFormat.Rows<T>> rows = new ArrayList<>();
    if (!oneByOne.isEmpty()) {
      JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
      List<List<DataFile>> groups = FileGroups.of(oneByOne);
      FileRows<T> reader = new FileRows<>(this, task, csv, rule);
      JavaRDD<ReadRow<T>> read =
          context
              .parallelize(groups, groups.size())
              .flatMap(group -> reader.read(group, conf.value()));
      rows.add(new RowFormat.Rows<>(read, Map.of()));
    }
    others.forEach((format, its) -> rows.add(format.read(spark, task, its, rule, conf)));
    return rows;
  }
}
