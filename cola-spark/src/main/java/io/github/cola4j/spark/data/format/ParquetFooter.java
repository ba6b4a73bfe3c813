package io.github.cola4j.spark.data.format;

import io.github.cola4j.spark.data.file.DamagedFileException;
import io.github.cola4j.spark.data.file.DataFile;
import io.github.cola4j.spark.data.file.FirstBytes;
import io.github.cola4j.spark.data.file.FolderColumns;
import io.github.cola4j.spark.data.row.FolderRule;
import io.github.cola4j.spark.data.row.RowRule;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.Serializable;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.metadata.BlockMetaData;
import org.apache.parquet.hadoop.metadata.ColumnChunkMetaData;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.hadoop.metadata.ParquetMetadata;
import org.apache.parquet.hadoop.util.HadoopInputFile;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.Type;
import org.apache.spark.sql.execution.datasources.parquet.ParquetToSparkSchemaConverter;
import org.apache.spark.sql.internal.SQLConf;
import org.apache.spark.sql.types.DataType;

/**
 * What the footer of a Parquet file says of the columns that a rule reads; the others are not
 * looked at, as Spark may not even know their types.
 *
 * @param problem why the file cannot be read, or null
 * @param types the columns read that are in the file, with their types; null where the file has
 *     nulls alone and no type
 * @param remarks on columns that others would read
 * @param folders the columns that {@link FolderColumns} add to those of the file
 */
record ParquetFooter(
    DataFile file,
    String problem,
    Map<String, DataType> types,
    List<String> remarks,
    Map<String, String> folders)
    implements Serializable {

  /**
   * Reads a footer.
   *
   * @param settings Spark SQL's that have to do with types
   */
  static ParquetFooter of(
      String task, DataFile file, RowRule<?> rule, Map<String, String> settings, Configuration conf)
      throws IOException {
    try {
      return of(task, file, rule, settings, metadata(file, conf), conf);
    } catch (DamagedFileException e) {
      return bad(file, "task '" + task + "': " + e.getMessage());
    }
  }

  private static ParquetFooter of(
      String task,
      DataFile file,
      RowRule<?> rule,
      Map<String, String> settings,
      ParquetMetadata metadata,
      Configuration conf) {
    MessageType schema = metadata.getFileMetaData().getSchema();
    List<String> present = schema.getFields().stream().map(Type::getName).toList();
    Map<String, String> folders = FolderColumns.of(file.path());
    folders.keySet().removeAll(present);
    RowRule<?> all = FolderRule.of(rule, folders, present);
    String problem = ColumnCheck.problem(task, file.name(), present, all);
    if (problem != null) {
      return bad(file, problem);
    }
    Set<String> read = new LinkedHashSet<>(all.required(present).values());
    all.optional().stream().filter(present::contains).forEach(read::add);
    Set<String> needed = Set.copyOf(read);
    if (all.keepsAll()) {
      read.addAll(present);
    }
    SQLConf sql = new SQLConf();
    settings.forEach(sql::setConfString);
    ParquetToSparkSchemaConverter converter = new ParquetToSparkSchemaConverter(sql);
    Map<String, DataType> types = new LinkedHashMap<>();
    for (String column : read) {
      Type type = schema.getType(column);
      try {
        types.put(column, isNull(type) ? null : type(converter, type));
      } catch (Exception e) { // an AnalysisException is checked, but Scala does not declare it
        if (!needed.contains(column)) {
          continue; // what would only be given back
        }
        return bad(
            file,
            String.format(
                "task '%s': column '%s' of %s has a type that Spark does not read (%s); write it as"
                    + " text, or name another column",
                task, column, file.name(), type));
      }
    }
    read.retainAll(types.keySet());
    String codec = missingCodec(metadata, read, conf);
    return codec == null
        ? new ParquetFooter(file, null, types, all.remarks(present), folders)
        : bad(
            file,
            String.format(
                "task '%s': %s is compressed by %s, for which there is no codec here; write it with"
                    + " zstd or snappy, or give Spark the codec's jar",
                task, file.name(), codec));
  }

  private static ParquetFooter bad(DataFile file, String problem) {
    return new ParquetFooter(file, problem, Map.of(), List.of(), Map.of());
  }

  private static ParquetMetadata metadata(DataFile file, Configuration conf) throws IOException {
    Path path = new Path(file.path());
    HadoopInputFile input = HadoopInputFile.fromPath(path, conf);
    try (ParquetFileReader reader = ParquetFileReader.open(input)) {
      return reader.getFooter();
    } catch (IOException | RuntimeException e) {
      try (BufferedInputStream stream =
          new BufferedInputStream(path.getFileSystem(conf).open(path))) {
        FirstBytes first = FirstBytes.of(stream);
        first.requireNoPointer(file.name());
        if (first.kind() != FirstBytes.Kind.PARQUET) {
          throw new DamagedFileException(
              String.format(
                  "%s is no Parquet file: its first bytes are %s; copy it again, or give it the"
                      + " ending of its format",
                  file.name(), first),
              e);
        }
      }
      // of a file that has been read to its end; else the file system failed, and Spark tries again
      if (e instanceof RuntimeException
          || String.valueOf(e.getMessage()).startsWith("can not read")) {
        throw new DamagedFileException(
            file.name() + " is cut or damaged: its end is no footer of Parquet; copy it again", e);
      }
      throw e;
    }
  }

  /** Whether a column has no type, as one of nulls alone in pandas. */
  private static boolean isNull(Type type) {
    return String.valueOf(type.getLogicalTypeAnnotation()).equals("UNKNOWN");
  }

  private static DataType type(ParquetToSparkSchemaConverter converter, Type type) {
    return converter.convert(new MessageType("row", type)).fields()[0].dataType();
  }

  /** A compression of one of the columns that nothing here can undo, or null. */
  private static String missingCodec(
      ParquetMetadata metadata, Set<String> columns, Configuration conf) {
    Set<CompressionCodecName> codecs = new HashSet<>();
    for (BlockMetaData block : metadata.getBlocks()) {
      for (ColumnChunkMetaData chunk : block.getColumns()) {
        if (columns.contains(chunk.getPath().toArray()[0])) {
          codecs.add(chunk.getCodec());
        }
      }
    }
    for (CompressionCodecName codec : codecs) {
      String name = codec.getHadoopCompressionCodecClassName();
      if (name != null && conf.getClassByNameOrNull(name) == null) {
        return codec.name();
      }
    }
    return null;
  }
}
