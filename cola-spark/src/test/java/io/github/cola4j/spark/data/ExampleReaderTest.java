package io.github.cola4j.spark.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.tuple;

import io.github.cola4j.data.Example;
import io.github.cola4j.spark.TestSpark;
import io.github.cola4j.spark.data.row.BadRow;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExampleReaderTest {
  private static final Columns DEFAULTS = Columns.defaults();

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

  private record Result(List<Example> examples, List<BadRow> bad) {}

  private static Result read(Columns columns, boolean labelled, Path... paths) {
    List<String> names = Stream.of(paths).map(Path::toString).toList();
    try (ExampleRows<Example> rows = ExampleReader.read(spark, "t", names, columns, labelled)) {
      Result result = new Result(rows.examples().collect(), rows.bad().collect());
      assertThat(rows.exampleCount()).isEqualTo(result.examples().size());
      assertThat(rows.badCount()).isEqualTo(result.bad().size());
      assertThat(rows.firstBad()).isEqualTo(result.bad().stream().findFirst().orElse(null));
      return result;
    }
  }

  private Path write(String name, String content) throws IOException {
    return Files.writeString(folder.resolve(name), content);
  }

  private Path write(String name, byte[]... parts) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      bytes.write(part);
    }
    return Files.write(folder.resolve(name), bytes.toByteArray());
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static Example example(String text, String label) {
    return new Example(text, null, label);
  }

  @Test
  void jsonLinesKeepTheirOrderAndQuarantineNamesFileAndLine() throws IOException {
    String lines =
        """
        \uFEFF{"text":"one","label":"x"}\r

        {"text":"two","label":3}
        {"text":"three","label":true,"more":[1]}
        {"text":"cut
        [1]
        {"label":"x"}
        {"text":null,"label":"x"}
        {"text":" ","label":"x"}
        {"text":"t"}
        {"text":{"a":1},"label":"x"}
        {"text":"t","label":[1]}
        {"text":"t","label":"x"} {}
        {"text":"caf\
        """;
    byte[] latin1 = {(byte) 0xE9};
    byte[] rest = utf8("\",\"label\":\"x\"}\n{\"text\":\"\uFFFD\",\"label\":1.50}\n{\"text\":");
    Path file = write("a.jsonl", utf8(lines), latin1, rest);

    Result result = read(DEFAULTS, true, file);

    assertThat(result.examples())
        .containsExactly(
            example("one", "x"),
            example("two", "3"),
            example("three", "true"),
            example("\uFFFD", "1.50"));
    assertThat(result.bad()).extracting(BadRow::file).containsOnly(file.toString());
    assertThat(result.bad())
        .extracting(BadRow::line)
        .containsExactly(5L, 6L, 7L, 8L, 9L, 10L, 11L, 12L, 13L, 14L, 16L);
    assertThat(result.bad())
        .extracting(BadRow::reason)
        .noneMatch(reason -> reason.contains("Source"))
        .satisfiesExactly(
            reason -> assertThat(reason).startsWith("malformed JSON at column"),
            reason -> assertThat(reason).isEqualTo("not an object but an array"),
            reason -> assertThat(reason).isEqualTo("column 'text' is missing or null"),
            reason -> assertThat(reason).isEqualTo("column 'text' is missing or null"),
            reason -> assertThat(reason).isEqualTo("column 'text' is blank"),
            reason -> assertThat(reason).isEqualTo("column 'label' is missing or null"),
            reason -> assertThat(reason).startsWith("column 'text' is an object; expected a text"),
            reason -> assertThat(reason).startsWith("column 'label' is an array; expected a text"),
            reason ->
                assertThat(reason)
                    .isEqualTo("malformed JSON at column 26: text after the end of the value"),
            reason -> assertThat(reason).startsWith("column 'text' is not UTF-8"),
            reason -> assertThat(reason).startsWith("malformed JSON at column"));
    assertThat(result.bad().get(0).content()).isEqualTo("{\"text\":\"cut");
    assertThat(result.bad().get(9).content()).contains("caf\uFFFD");
  }

  @Test
  void aJsonFileIsAnArrayOrLines() throws IOException {
    Path array =
        write(
            "a.json",
            " \n"
                + "[{\"text\":\"one\",\"label\":\"x\"},\n"
                + " 7,\n"
                + " {\n"
                + "\"text\":\"two\", \"label\":2},\n"
                + "{\"text\":[]}]\n");
    Path lines =
        write(
            "b.json", "{\"text\":\"three\",\"label\":\"x\"}\n{\"text\":\"four\",\"label\":\"y\"}");

    Result result = read(DEFAULTS, true, lines, array);

    assertThat(result.examples())
        .containsExactly(
            example("one", "x"), example("two", "2"), example("three", "x"), example("four", "y"));
    assertThat(result.bad())
        .extracting(BadRow::line, BadRow::reason, BadRow::content)
        .containsExactly(
            tuple(3L, "not an object but a number", "7"),
            tuple(
                6L,
                "column 'text' is an array; expected a text, a number or a boolean",
                "{\"text\":[]}"));
  }

  @Test
  void anArrayThatBreaksOffIsAnErrorAndNotABadRow() throws IOException {
    Path file = write("a.json", "[{\"text\":\"one\",\"label\":\"x\"},\n{\"text\":\"two\",");

    assertThatIllegalArgumentException()
        .isThrownBy(() -> read(DEFAULTS, true, file))
        .withMessageStartingWith(
            "task 't': "
                + file
                + " cannot be read past line 2: malformed JSON array: Unexpected end")
        .withMessageNotContaining("Source");
  }

  @Test
  void csvValuesMayGoOverLines() throws IOException {
    Path file =
        write(
            "a.csv",
            utf8(
                "\uFEFF\"text\",other,label\r\n"
                    + "\"one,\n"
                    + "\"\"two\"\"\r\n"
                    + "three\",1,x\r\n\r\n"
                    + "# four,2,y\r\n"
                    + ",3,x\r\n"
                    + "five\n"
                    + "\"six\n"
                    + "lines\",,\n"
                    + "seven,1,x,y\n"
                    + "\"badly\" quoted,1,x\n"
                    + "\"eight\n\n\n"
                    + "\",1,\"z\"\n"
                    + "caf"),
            new byte[] {(byte) 0xE9},
            utf8(",1,x\nnine,1,z,,\n\"open,1,x\nten,1,y\n"));

    Result result = read(DEFAULTS, true, file);

    assertThat(result.examples())
        .containsExactly(
            example("one,\n\"two\"\r\nthree", "x"),
            example("# four", "y"),
            example("eight\n\n\n", "z"),
            example("nine", "z"));
    assertThat(result.bad()).extracting(BadRow::file).containsOnly(file.toString());
    assertThat(result.bad())
        .extracting(BadRow::line, BadRow::reason)
        .containsExactly(
            tuple(7L, "column 'text' is missing or empty"),
            tuple(8L, "column 'label' is missing or empty"),
            tuple(9L, "column 'label' is missing or empty"),
            tuple(11L, "4 values where the header has 3; quote a value that holds a separator"),
            tuple(
                12L,
                "value 1 is badly quoted: it continues after its closing quote; a quote in a quoted"
                    + " value is doubled"),
            tuple(17L, "column 'text' is not UTF-8 (malformed input); convert the file to UTF-8"),
            tuple(
                19L,
                "a quoted value begins here and is not closed before the end of the file: nothing"
                    + " after it can be read. Close it, or set data.csv.quote to none (--csv-quote"
                    + " none)"),
            tuple(20L, "in or after the quoted value of line 19, not closed"));
    assertThat(result.bad().get(4).content()).isEqualTo("\"badly\" quoted,1,x");
  }

  @Test
  void parquetKeepsItsOrder() {
    StructType schema =
        new StructType().add("text", "string").add("label", "int").add("list", "array<int>");
    Path path = folder.resolve("a b.parquet");
    spark
        .createDataFrame(
            IntStream.range(0, 1000)
                .mapToObj(i -> RowFactory.create(i == 7 ? null : "t" + i, i, new int[] {i}))
                .toList(),
            schema)
        .coalesce(1)
        .write()
        .parquet(path.toString());

    Result result = read(DEFAULTS, true, path);

    assertThat(result.examples())
        .containsExactlyElementsOf(
            IntStream.range(0, 1000)
                .filter(i -> i != 7)
                .mapToObj(i -> example("t" + i, "" + i))
                .toList());
    assertThat(result.bad())
        .extracting(BadRow::line, BadRow::reason)
        .containsExactly(tuple(8L, "column 'text' is null"));
    assertThat(result.bad().get(0).file()).startsWith(path + "/part-").endsWith(".parquet");
    assertThat(read(Columns.defaults().withText("list"), true, path).bad())
        .hasSize(1000)
        .first()
        .extracting(BadRow::reason)
        .isEqualTo("column 'list' is of type array<int>; expected a text, a number or a boolean");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> read(Columns.defaults().withText("txt"), true, path))
        .withMessageContaining(
            "it has text, label, list (nearest: text); set tasks[].columns.text (--text)");
  }

  @Test
  void foldersGlobsAndCompressedFilesComeInTheOrderOfTheirPaths() throws IOException {
    write("b.csv", "text,label\nfour,x\n");
    write("c.csv", "text,label\n");
    write("d.csv", "");
    write("e.jsonl", "\n");
    write("_SUCCESS", "x");
    try (OutputStream gzip =
        new GZIPOutputStream(Files.newOutputStream(folder.resolve("a.csv.gz")))) {
      gzip.write(utf8("text,label\none,x\ntwo,x\nthree,x\n"));
    }

    List<Example> all = read(DEFAULTS, true, folder).examples();

    assertThat(all).extracting(Example::text).containsExactly("one", "two", "three", "four");
    assertThat(read(DEFAULTS, true, folder.resolve("*.csv*"), folder.resolve("b.csv")).examples())
        .isEqualTo(all);
    assertThat(read(DEFAULTS, true, folder.resolve("d.csv")).examples()).isEmpty();
  }

  @Test
  void withoutLabelsTheLabelColumnIsNotLookedAt() throws IOException {
    Path file = write("a.csv", "text\none\n\"two\"\n");

    assertThat(read(DEFAULTS, false, file).examples())
        .containsExactly(example("one", null), example("two", null));
  }

  @Test
  void aMissingColumnNamesTheNearest() throws IOException {
    Path csv = write("a.csv", "text,kind,klass\na,b,c\n");
    Path json = write("a.jsonl", "{\"text\":\"a\",\"labels\":1}\n".repeat(100) + "{\"label\":1}");

    assertThatIllegalArgumentException()
        .isThrownBy(() -> read(Columns.defaults().withText("txt"), true, csv))
        .withMessage(
            "task 't': column 'txt' is not in %s; it has text, kind, klass (nearest: text); set"
                + " tasks[].columns.text (--text)",
            csv);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> read(DEFAULTS, true, json))
        .withMessage(
            "task 't': column 'label' is not in %s; it has text, labels (nearest: labels); set"
                + " tasks[].columns.label (--label)",
            json);
  }

  @Test
  void pathsThatNameNothingAreErrors() throws IOException {
    Path none = folder.resolve("none.csv");
    Path odd = write("a.xml", "<a/>");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> read(DEFAULTS, true, none))
        .withMessage("task 't': no such file: " + none);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> read(DEFAULTS, true, folder.resolve("*.csv")))
        .withMessageStartingWith("task 't': no such file: ");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> read(DEFAULTS, true, odd))
        .withMessageContaining(odd + " names no format; expected .jsonl");
  }

  @Test
  void readsTheFinEvalExams() {
    Result result =
        read(
            Columns.defaults().withText("question").withLabel("answer"),
            true,
            shared("eval/fineval"));

    assertThat(result.examples()).hasSize(265);
    assertThat(result.examples()).extracting(Example::label).containsOnly("A", "B", "C", "D");
    assertThat(result.bad()).isEmpty();
  }

  @Test
  void anExampleMayHaveAWeight() throws IOException {
    Path file =
        write(
            "w.jsonl",
            """
            {"text":"a","label":"x","w":2.5}
            {"text":"b","label":"x","w":"3"}
            {"text":"c","label":"x","w":0}
            {"text":"d","label":"x","w":-1}
            {"text":"e","label":"x","w":"much"}
            {"text":"f","label":"x"}
            """);
    Result weighted = read(DEFAULTS.withWeight("w"), true, file);
    assertThat(weighted.examples())
        .containsExactly(new Example("a", null, "x", 2.5), new Example("b", null, "x", 3));
    assertThat(weighted.bad())
        .extracting(BadRow::reason)
        .containsExactly(
            "column 'w' is 0; expected a weight above 0",
            "column 'w' is -1; expected a weight above 0",
            "column 'w' is 'much'; expected a number above 0",
            "column 'w' is missing or null");
    assertThat(read(DEFAULTS, true, file).examples()).hasSize(6).allMatch(e -> e.weight() == 1);
    assertThat(read(DEFAULTS.withWeight("w"), false, file).examples())
        .as("of no use to a prediction")
        .hasSize(6);
  }

  @Test
  void readsTheGsm8kQuestions() {
    Path train = shared("sft/gsm8k_mcq_train.json");
    Path test = shared("eval/gsm8k/gsm8k_test.csv");

    Result array = read(new Columns("instruction", "input", "output"), true, train);
    Result windows1252 =
        read(Columns.defaults().withText("question").withLabel("answer"), true, test);

    assertThat(array.examples()).hasSize(7475);
    assertThat(array.bad()).isEmpty();
    assertThat(windows1252.bad()).isNotEmpty();
    assertThat(windows1252.bad())
        .extracting(BadRow::reason)
        .allMatch(reason -> reason.contains("is not UTF-8"));
    assertThat(windows1252.examples()).hasSize(1319 - windows1252.bad().size());
  }

  /** Real data beside the repository, or in the folder that -Dcola.shared.data names. */
  private static Path shared(String name) {
    Path root = Path.of(System.getProperty("cola.shared.data", "../../shared/data"));
    Path found =
        Stream.of(root, Path.of("..").resolve(root))
            .map(path -> path.resolve(name).toAbsolutePath().normalize())
            .filter(Files::exists)
            .findFirst()
            .orElse(null);
    Assumptions.assumeTrue(
        found != null, () -> "skipped: no " + root.resolve(name) + "; set -Dcola.shared.data");
    return found;
  }
}
