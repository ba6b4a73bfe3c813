package io.github.cola4j.spark.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.tuple;

import io.github.cola4j.data.Example;
import io.github.cola4j.model.loss.ProblemType;
import io.github.cola4j.spark.TestSpark;
import io.github.cola4j.spark.data.row.BadRow;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.SimpleGroupFactory;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.example.ExampleParquetWriter;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.MessageTypeParser;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ParquetTest {
  private static final Columns DEFAULTS = Columns.defaults();
  private static final String TEXT = "optional binary text (STRING);";

  private static SparkSession spark;

  @TempDir Path folder;

  @BeforeAll
  static void start() {
    spark = TestSpark.open("local[2]");
  }

  @AfterAll
  static void stop() {
    spark.stop();
  }

  private static ExampleRows<Example> open(Columns columns, Path... paths) {
    return ExampleReader.read(
        spark, "t", Stream.of(paths).map(Path::toString).toList(), columns, true);
  }

  private static List<Example> read(Columns columns, Path... paths) {
    try (ExampleRows<Example> rows = open(columns, paths)) {
      assertThat(rows.badCount()).isZero();
      return rows.examples().collect();
    }
  }

  private static Example example(String text, String label) {
    return new Example(text, null, label);
  }

  /**
   * Writes a file as other tools do.
   *
   * @param fields a message's fields as Parquet writes them
   * @param rows values in the order of the fields; null leaves one out
   */
  private Path write(String name, String fields, Object[]... rows) throws IOException {
    MessageType schema = MessageTypeParser.parseMessageType("message row {" + fields + "}");
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    SimpleGroupFactory groups = new SimpleGroupFactory(schema);
    try (ParquetWriter<Group> writer =
        ExampleParquetWriter.builder(new org.apache.hadoop.fs.Path("file", "", file.toString()))
            .withConf(new Configuration())
            .withType(schema)
            .build()) {
      for (Object[] row : rows) {
        Group group = groups.newGroup();
        for (int i = 0; i < row.length; i++) {
          add(group, i, row[i]);
        }
        writer.write(group);
      }
    }
    return file;
  }

  private static void add(Group group, int field, Object value) {
    if (value instanceof String text) {
      group.add(field, text);
    } else if (value instanceof Integer number) {
      group.add(field, number);
    } else if (value instanceof Long number) {
      group.add(field, number);
    } else if (value instanceof Double number) {
      group.add(field, number);
    } else if (value instanceof byte[] bytes) {
      group.add(field, Binary.fromConstantByteArray(bytes));
    }
  }

  private static Object[] row(Object... values) {
    return values;
  }

  /**
   * A type's meaning, where this version of Parquet can write it: that of Spark 3.5 knows fewer.
   */
  private static String annotation(String type, String name) {
    String annotation = " (" + name + ")";
    try {
      MessageTypeParser.parseMessageType(
          "message m { optional " + type + " x" + annotation + "; }");
      return annotation;
    } catch (IllegalArgumentException e) {
      return "";
    }
  }

  @Test
  void columnsThatAreNotReadMayBeOfAnyType() throws IOException {
    Path file =
        write(
            "a.parquet",
            "optional int64 at (TIMESTAMP(NANOS,false)); optional fixed_len_byte_array(2) half"
                + annotation("fixed_len_byte_array(2)", "FLOAT16")
                + ";"
                + TEXT
                + "optional binary Text (STRING); optional binary label (STRING);",
            row(1L, new byte[] {0, 1}, "one", "ONE", "x"),
            row(2L, new byte[] {0, 1}, "two", "TWO", "y"));

    assertThat(read(DEFAULTS, file)).containsExactly(example("one", "x"), example("two", "y"));
    assertThat(read(Columns.defaults().withText("Text"), file))
        .containsExactly(example("ONE", "x"), example("TWO", "y"));
    assertThat(spark.conf().get("spark.sql.caseSensitive")).isEqualTo("false");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> read(Columns.defaults().withText("text").withLabel("at"), file))
        .withMessage(
            "task 't': column 'at' of %s has a type that Spark does not read (optional int64 at"
                + " (TIMESTAMP(NANOS,false))); write it as text, or name another column",
            file);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> read(Columns.defaults().withText("TEXT"), file))
        .withMessageContaining("column 'TEXT' is not in " + file)
        .withMessageContaining("nearest: Text");
  }

  @Test
  void columnsMayBeNamedAsSparksOwn() throws IOException {
    Path file =
        write(
            "a[1]{x}, b%20c.parquet",
            "required binary file (STRING); required binary _metadata (STRING);",
            row("one", "x"),
            row("two", "y"));

    assertThat(read(Columns.defaults().withText("file").withLabel("_metadata"), file))
        .containsExactly(example("one", "x"), example("two", "y"));
  }

  @Test
  void wholeNumbersAndTextsGoTogetherFileByFile() throws IOException {
    write("d/a.parquet", TEXT + "optional int64 label;", row("one", 0L), row("two", 1L));
    write("d/b.parquet", "optional binary label (STRING);" + TEXT, row("1", "three"));
    write("d/c.parquet", TEXT + "optional int32 label;", row("four", 0));
    write("d/d.parquet", TEXT + "optional int64 label;", row("five", 1L));
    write(
        "d/e.parquet",
        TEXT + "optional int32 label" + annotation("int32", "UNKNOWN") + ";",
        row("six", null));

    try (ExampleRows<Example> rows = open(DEFAULTS, folder.resolve("d"))) {
      assertThat(rows.examples().collect())
          .containsExactly(
              example("one", "0"),
              example("two", "1"),
              example("three", "1"),
              example("four", "0"),
              example("five", "1"));
      assertThat(rows.bad().collect())
          .extracting(BadRow::file, BadRow::line, BadRow::reason)
          .containsExactly(
              tuple(folder.resolve("d/e.parquet").toString(), 1L, "column 'label' is null"));
    }
  }

  @Test
  void typesThatWriteAValueDifferentlyAreRefused() throws IOException {
    Path whole = write("a.parquet", TEXT + "optional int64 label;", row("one", 0L));
    Path broken = write("b.parquet", TEXT + "optional double label;", row("two", 0.0));

    assertThatIllegalArgumentException()
        .isThrownBy(() -> read(DEFAULTS, broken, whole))
        .withMessage(
            "task 't': column 'label' is of type bigint in %s and of type double in %s, and one"
                + " value could be written in two ways, as 0 and 0.0; write the files with one"
                + " type",
            whole, broken);
  }

  @Test
  void largeNumbersHaveNoExponent() throws IOException {
    Path file =
        write(
            "a.parquet",
            TEXT + "optional double label;",
            row("a", 1e7),
            row("b", 0.1),
            row("c", 12345678.25),
            row("d", 0.00012),
            row("e", 1e300));

    assertThat(read(DEFAULTS, file))
        .extracting(Example::label)
        .containsExactly("10000000.0", "0.1", "12345678.25", "0.00012", "1.0E300");
  }

  @Test
  void foldersNamesAreColumns() throws IOException {
    write("d/label=neg/a.parquet", TEXT, row("one"), row("two"));
    write("d/label=a%2Fb/a.parquet", TEXT, row("zero"));
    write("d/label=__HIVE_DEFAULT_PARTITION__/a.parquet", TEXT, row("none"));
    write("d/label=own/a.parquet", TEXT + "optional int64 label;", row("three", 7L));
    Files.writeString(
        Files.createDirectories(folder.resolve("d/label=x/day=1")).resolve("b.jsonl"),
        "{\"text\": \"four\"}\n");
    Files.createDirectories(folder.resolve("d/_temporary/label=y"));

    for (Path path : List.of(folder.resolve("d"), folder.resolve("d/*"))) {
      try (ExampleRows<Example> rows = open(DEFAULTS, path)) {
        assertThat(rows.examples().collect())
            .containsExactly(
                example("four", "x"),
                example("zero", "a/b"),
                example("one", "neg"),
                example("two", "neg"),
                example("three", "7"));
        assertThat(rows.bad().collect())
            .extracting(BadRow::reason)
            .containsExactly("column 'label' is null");
        assertThat(rows.notices()).isEmpty();
      }
    }
  }

  @Test
  void tablesWithALogAreRefused() throws IOException {
    Path delta = folder.resolve("delta");
    Path file = write("delta/p=1/a.parquet", TEXT, row("one"));
    Files.createDirectories(delta.resolve("_delta_log"));
    Path iceberg = folder.resolve("iceberg");
    write("iceberg/data/a.parquet", TEXT, row("one"));
    Files.createDirectories(iceberg.resolve("metadata"));
    Files.createFile(iceberg.resolve("metadata/v1.metadata.json"));

    for (String path : List.of("delta", "delta/*", "delta/p=1", "delta/p=1/*.parquet")) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> read(DEFAULTS, folder.resolve(path)))
          .withMessage(
              "task 't': %s is a table of Delta Lake, whose log says which of its files count; read"
                  + " it as a table of Spark's catalog, such as table:delta.`%s`",
              delta, delta);
    }
    for (String path : List.of("iceberg", "iceberg/data", "iceberg/data/*")) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> read(DEFAULTS, folder.resolve(path)))
          .withMessageStartingWith("task 't': " + iceberg + " is a table of Iceberg")
          .withMessageEndingWith("table:NAME");
    }
    // one file that is named itself is what was asked for
    assertThat(read(Columns.defaults().withText("text").withLabel("p"), file))
        .containsExactly(example("one", "1"));
  }

  @Test
  void damagedFilesAreNamed() throws IOException {
    Path whole = write("a.parquet", TEXT, row("one"));
    byte[] bytes = Files.readAllBytes(whole);
    Path cut = Files.write(folder.resolve("cut.parquet"), Arrays.copyOf(bytes, bytes.length - 9));
    Path other = Files.writeString(folder.resolve("other.parquet"), "text,label\na,b\n");
    Path pointer =
        Files.writeString(
            folder.resolve("pointer.parquet"), "version https://git-lfs.github.com/spec/v1\n");

    assertThatIllegalArgumentException()
        .isThrownBy(() -> read(DEFAULTS, cut))
        .withMessage(
            "task 't': %s is cut or damaged: its end is no footer of Parquet; copy it again", cut);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> read(DEFAULTS, other))
        .withMessageContaining(other + " is no Parquet file");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> read(DEFAULTS, pointer))
        .withMessage(
            "task 't': %s is a git-lfs pointer and not the data; run 'git lfs pull' there",
            pointer);
  }

  @Test
  void namesOfTablesAreExact() {
    spark.conf().set("spark.sql.caseSensitive", "true");
    try {
      spark
          .sql("select 'one' as text, 'ONE' as Text, 'x' as label")
          .createOrReplaceTempView("twins");
      Dataset<Row> table = spark.table("twins");
      spark.conf().set("spark.sql.caseSensitive", "false");
      try (ExampleRows<Example> rows =
          RowReader.read(
              "t",
              "twins",
              table,
              ExampleReader.rule(
                  Columns.defaults().withText("Text"), true, ProblemType.SINGLE_LABEL))) {
        assertThat(rows.examples().collect()).containsExactly(example("ONE", "x"));
      }
    } finally {
      spark.conf().set("spark.sql.caseSensitive", "false");
    }
  }
}
