package io.github.cola4j.spark.data.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.cola4j.data.Example;
import io.github.cola4j.spark.TestSpark;
import io.github.cola4j.spark.data.Columns;
import io.github.cola4j.spark.data.ExampleReader;
import io.github.cola4j.spark.data.ExampleRows;
import io.github.cola4j.spark.data.file.DataFile;
import io.github.cola4j.spark.data.file.HadoopSettings;
import io.github.cola4j.spark.data.image.ImageFormat;
import io.github.cola4j.spark.data.row.BadRow;
import io.github.cola4j.spark.data.row.RowRule;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.OutputStream;
import java.io.Serializable;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What every registered format of texts must do, those of other jars too: of these one from test
 * sources.
 */
class RowFormatContractTest {
  private record Row(String text, String label) {}

  /** Five rows, of which the third has a blank text. */
  private static final List<Row> ROWS =
      IntStream.range(0, 5)
          .mapToObj(i -> new Row(i == 2 ? " " : "text " + i, i % 2 == 0 ? "even" : "odd"))
          .toList();

  /** How the lines of a text file are written; a format that is not here fails its tests. */
  private static final Map<String, LineWriter> LINES =
      Map.of(
          "jsonl",
          RowFormatContractTest::json,
          "ndjson",
          RowFormatContractTest::json,
          "json",
          RowFormatContractTest::json,
          "csv",
          row -> row == null ? "text,label" : row.text() + "," + row.label(),
          "tsv",
          row -> row == null ? "text\tlabel" : row.text() + "\t" + row.label(),
          "kv",
          row -> row == null ? "" : "text=" + row.text() + ";label=" + row.label());

  private interface LineWriter {
    /** The line of a row; of null the header, empty where the format has none. */
    String line(Row row);
  }

  @TempDir static Path jar;
  @TempDir Path folder;

  private static SparkSession spark;
  private static ClassLoader before;
  private static URLClassLoader loader;

  private static String json(Row row) {
    return row == null ? "" : "{\"text\":\"" + row.text() + "\",\"label\":\"" + row.label() + "\"}";
  }

  @BeforeAll
  static void start() throws IOException {
    spark = TestSpark.open("local[2]");
    before = Thread.currentThread().getContextClassLoader();
    loader = offer(jar, KeyValueFormat.class);
    Thread.currentThread().setContextClassLoader(loader);
  }

  @AfterAll
  static void stop() throws IOException {
    Thread.currentThread().setContextClassLoader(before);
    loader.close();
    spark.stop();
  }

  /** A jar that names a format, above the class path of the tests. */
  private static URLClassLoader offer(Path jar, Class<?> format) throws IOException {
    Path services = Files.createDirectories(jar.resolve("META-INF/services"));
    Files.writeString(services.resolve(RowFormat.class.getName()), format.getName() + "\n");
    return new URLClassLoader(
        new URL[] {jar.toUri().toURL()}, RowFormatContractTest.class.getClassLoader());
  }

  static Stream<String> endings() {
    Map<String, RowFormat> formats = RowFormats.all().byEnding();
    return List.copyOf(formats.keySet()).stream()
        .filter(ending -> !(formats.get(ending) instanceof ImageFormat)); // ImageFilesTest
  }

  static Stream<String> textEndings() {
    return endings().filter(LINES::containsKey);
  }

  private static boolean isReadByFile(String ending) {
    return RowFormats.all().byEnding().get(ending) instanceof RowFormat.ByFile;
  }

  private Path write(String ending, List<Row> rows) throws IOException {
    Path file = folder.resolve("rows." + ending);
    if (isReadByFile(ending)) {
      Files.write(file, bytes(ending, rows));
    } else {
      writeParquet(file, rows, "snappy");
    }
    return file;
  }

  /** Bytes in which an accented letter is none of UTF-8. */
  private static byte[] bytes(String ending, List<Row> rows) {
    LineWriter writer = LINES.get(ending);
    String header = writer.line(null);
    return rows.stream()
        .map(writer::line)
        .collect(Collectors.joining("\n", header.isEmpty() ? "" : header + "\n", "\n"))
        .getBytes(StandardCharsets.ISO_8859_1);
  }

  private void writeParquet(Path file, List<Row> rows, String codec) throws IOException {
    Path parts = folder.resolve("parts-" + codec);
    spark
        .createDataFrame(
            rows.stream().map(row -> RowFactory.create(row.text(), row.label())).toList(),
            new StructType().add("text", "string").add("label", "string"))
        .coalesce(1)
        .write()
        .option("compression", codec)
        .parquet(parts.toString());
    try (Stream<Path> written = Files.list(parts)) {
      Path part =
          written.filter(path -> path.toString().endsWith(".parquet")).findFirst().orElseThrow();
      Files.copy(part, file);
    }
  }

  private record Result(List<Example> examples, List<BadRow> bad) {}

  private static Result read(Path file, Columns columns) {
    try (ExampleRows<Example> rows =
        ExampleReader.read(spark, "t", List.of(file.toString()), columns, true)) {
      return new Result(rows.examples().collect(), rows.bad().collect());
    }
  }

  @ParameterizedTest
  @MethodSource("endings")
  void everyRowIsAnExampleOrABadRow(String ending) throws IOException {
    Result result = read(write(ending, ROWS), Columns.defaults());

    assertThat(result.examples())
        .extracting(Example::text)
        .containsExactly("text 0", "text 1", "text 3", "text 4");
    assertThat(result.examples())
        .extracting(Example::label)
        .containsExactly("even", "odd", "odd", "even");
    assertThat(result.bad())
        .singleElement()
        .satisfies(
            bad -> {
              int header = isReadByFile(ending) && !LINES.get(ending).line(null).isEmpty() ? 1 : 0;
              assertThat(bad.line()).isEqualTo(3 + header);
              assertThat(bad.file()).endsWith("rows." + ending);
              assertThat(bad.reason()).startsWith("column 'text' is ");
            });
  }

  @ParameterizedTest
  @MethodSource("endings")
  void aMissingColumnIsNamedWithTheNearest(String ending) throws IOException {
    Path file = write(ending, ROWS);

    assertThatIllegalArgumentException()
        .isThrownBy(() -> read(file, Columns.defaults().withLabel("lable")))
        .withMessage(
            "task 't': column 'lable' is not in %s; it has text, label (nearest: label); set"
                + " tasks[].columns.label (--label)",
            file);
  }

  @ParameterizedTest
  @MethodSource("endings")
  void emptyFilesAndFilesWithoutRowsHaveNone(String ending) throws IOException {
    Path empty = Files.createFile(folder.resolve("empty." + ending));
    assertThat(read(empty, Columns.defaults()).examples()).isEmpty();

    Result result = read(write(ending, List.of()), Columns.defaults());
    assertThat(result.examples()).isEmpty();
    assertThat(result.bad()).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("textEndings")
  void aRowThatIsNotUtf8IsBadAndTheOthersAreRead(String ending) throws IOException {
    Path file =
        write(ending, List.of(new Row("a", "x"), new Row("caf\u00e9", "x"), new Row("b", "x")));

    Result result = read(file, Columns.defaults());
    assertThat(result.examples()).extracting(Example::text).containsExactly("a", "b");
    assertThat(result.bad())
        .singleElement()
        .extracting(BadRow::reason)
        .asString()
        .contains("UTF-8");
  }

  @ParameterizedTest
  @MethodSource("endings")
  void compressedFilesHaveTheSameRows(String ending) throws IOException {
    Result plain = read(write(ending, ROWS), Columns.defaults());
    Path packed;
    if (isReadByFile(ending)) {
      packed = folder.resolve("packed." + ending + ".gz");
      try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(packed))) {
        out.write(bytes(ending, ROWS));
      }
    } else {
      packed = folder.resolve("packed." + ending);
      writeParquet(packed, ROWS, "gzip");
    }

    Result result = read(packed, Columns.defaults());
    assertThat(result.examples()).isEqualTo(plain.examples());
    assertThat(result.bad()).hasSameSizeAs(plain.bad());
  }

  @ParameterizedTest
  @MethodSource("endings")
  void aFormatTravelsToExecutors(String ending) throws Exception {
    RowFormat format = RowFormats.all().byEnding().get(ending);
    assertThat(format.name()).isNotBlank();
    assertThat(ending).isLowerCase().doesNotContain(".");
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(format);
    }
    try (ObjectInputStream in =
        new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
      assertThat(in.readObject()).hasSameClassAs(format);
    }
  }

  @Test
  void aFormatOfAnotherJarStandsAfterTheOwnOnesAndIsReadWithThem() throws IOException {
    assertThat(RowFormats.all().byEnding().keySet())
        .containsExactly(
            "jsonl", "ndjson", "json", "csv", "tsv", "parquet", "png", "jpg", "jpeg", "kv");
    Files.writeString(folder.resolve("b.kv"), "text=from kv;label=x\nno pair\n");
    Files.writeString(folder.resolve("a.csv"), "text,label\nfrom csv,x\n");
    Files.writeString(folder.resolve("c.jsonl"), "{\"text\":\"from json\",\"label\":\"x\"}\n");

    Result result = read(folder, Columns.defaults());
    assertThat(result.examples())
        .extracting(Example::text)
        .containsExactly("from csv", "from kv", "from json");
    assertThat(result.bad())
        .singleElement()
        .satisfies(
            bad -> {
              assertThat(bad.line()).isEqualTo(2);
              assertThat(bad.reason()).isEqualTo("a pair has no equals sign");
              assertThat(bad.content()).isEqualTo("no pair");
            });
  }

  @Test
  void withoutTheJarItsEndingNamesNoFormat() throws IOException {
    Path file = Files.writeString(folder.resolve("a.kv"), "text=a;label=x\n");
    Thread.currentThread().setContextClassLoader(before);
    try {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> read(file, Columns.defaults()))
          .withMessage(
              "task 't': the ending of %s names no format; expected .jsonl, .ndjson, .json, .csv,"
                  + " .tsv, .png, .jpg, .jpeg (or one of them with .gz, .bz2 or .zst) or .parquet."
                  + " In a folder with other files, name yours with a glob such as folder/*.csv",
              file);
    } finally {
      Thread.currentThread().setContextClassLoader(loader);
    }
  }

  /** Another format for an ending that there is. */
  public static final class SecondCsv implements RowFormat.BySpark {
    private static final long serialVersionUID = 1;

    @Override
    public String name() {
      return "second";
    }

    @Override
    public List<String> endings() {
      return List.of("csv");
    }

    @Override
    public <T extends Serializable> Rows<T> read(
        SparkSession spark,
        String task,
        List<DataFile> files,
        RowRule<T> rule,
        HadoopSettings conf) {
      throw new UnsupportedOperationException("not read");
    }
  }

  @Test
  void twoFormatsOfOneEndingAreRefused() throws IOException {
    try (URLClassLoader second = offer(folder.resolve("second"), SecondCsv.class)) {
      Thread.currentThread().setContextClassLoader(second);
      assertThatIllegalArgumentException()
          .isThrownBy(RowFormats::all)
          .withMessage(
              "two formats have the ending .csv: CSV (%s) and second (%s); leave the jar of one of"
                  + " them out",
              SeparatedFormat.class.getName(), SecondCsv.class.getName());
    } finally {
      Thread.currentThread().setContextClassLoader(loader);
    }
  }
}
