package io.github.cola4j.spark.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.tuple;

import io.github.cola4j.data.Example;
import io.github.cola4j.spark.TestSpark;
import io.github.cola4j.spark.data.row.BadRow;
import io.github.cola4j.spark.data.row.Quarantine;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** JSON files as they are found: a row is an example, or bad with a reason that is ours. */
class JsonFilesTest {
  private static final String OK = "{\"text\":\"fine\",\"label\":\"x\"}";
  private static final Example FINE = new Example("fine", null, "x");

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

  private static Result read(Path file) {
    try (ExampleRows<Example> rows =
        ExampleReader.read(spark, "t", List.of(file.toString()), Columns.defaults(), true)) {
      return new Result(rows.examples().collect(), rows.bad().collect());
    }
  }

  private Path write(String name, String... lines) throws IOException {
    return Files.writeString(folder.resolve(name), String.join("\n", lines));
  }

  private static String text(String json) {
    return "{\"text\":" + json + ",\"label\":\"x\"}";
  }

  private static Example example(String text) {
    return new Example(text, null, "x");
  }

  @Test
  void halvesOfCharactersAreReplaced() throws IOException {
    Path file =
        write(
            "a.jsonl",
            text("\"lone \\ud800 half\""),
            text("\"turned \\udc00\\ud800\""),
            text("\"cut \\ud83d\""),
            text("\"low \\udfff \\ude00\""),
            text("\"pair \\ud83d\\ude00 \uD83D\uDFFF \\ud83d\\udfff\""),
            "{\"text\":\"t\",\"label\":\"\\ud800\"}",
            "{\"text\":\"t\",\"label\":null,\"no\\udc01te\":\"\\ud800\"}");

    Result result = read(file);

    assertThat(result.examples())
        .containsExactly(
            example("lone \uFFFD half"),
            example("turned \uFFFD\uFFFD"),
            example("cut \uFFFD"),
            example("low \uFFFD \uFFFD"),
            example("pair \uD83D\uDE00 \uD83D\uDFFF \uD83D\uDFFF"),
            new Example("t", null, "\uFFFD"));
    assertThat(result.bad()).extracting(BadRow::line).containsExactly(7L);
    Path kept = folder.resolve("bad.jsonl");
    Quarantine.write(kept, result.bad().iterator());
    assertThat(Files.readString(kept)).contains("column 'label' is missing or null");
  }

  @Test
  void aBadElementWithHalfACharacterCanBeKept() throws IOException {
    Path file = write("a.json", "[" + OK + ",", "{\"text\":null,\"note\":\"\\ud800\"}," + OK + "]");

    Result result = read(file);

    assertThat(result.examples()).containsExactly(FINE, FINE);
    assertThat(result.bad())
        .extracting(BadRow::line, BadRow::content)
        .containsExactly(tuple(2L, "{\"text\":null,\"note\":\"\uFFFD\"}"));
    Quarantine.write(folder.resolve("bad.jsonl"), result.bad().iterator());
  }

  @Test
  void malformedBytesAreToldFromNoncharacters() throws IOException {
    byte[] rows =
        String.join("\n", text("\"\uFFFF\""), text("\"\\uffff n\\u0000ul\""), text("\"caf\u00e9\""))
            .getBytes(StandardCharsets.UTF_8);
    rows[rows.length - "\",\"label\":\"x\"}".length() - 1] = '?'; // leaves half of the é

    Result result = read(Files.write(folder.resolve("a.jsonl"), rows));

    assertThat(result.examples()).containsExactly(example("\uFFFF"), example("\uFFFF n\0ul"));
    assertThat(result.bad())
        .extracting(BadRow::line, BadRow::reason, BadRow::content)
        .containsExactly(
            tuple(
                3L,
                "column 'text' is not UTF-8 (malformed input); convert the file to UTF-8",
                text("\"caf\uFFFD?\"")));
  }

  @Test
  void numbersAreTextAsTheyAreWrittenWhateverTheirSize() throws IOException {
    String digits = "9".repeat(5000);
    Path file =
        write(
            "a.jsonl",
            text("1E-2147483648"),
            text("1e99999999999999999999"),
            text(digits),
            text("1.50"),
            text("-0"),
            "{\"text\":\"fine\",\"label\":\"x\",\"a\":1E-2147483648,\"b\":NaN,\"c\":[-Infinity,"
                + digits
                + "]}",
            text("NaN"),
            text("-Infinity"));

    Result result = read(file);

    assertThat(result.examples())
        .containsExactly(
            example("1E-2147483648"),
            example("1e99999999999999999999"),
            example(digits),
            example("1.50"),
            example("0"),
            FINE);
    assertThat(result.bad())
        .extracting(BadRow::line, BadRow::reason)
        .containsExactly(
            tuple(7L, "column 'text' is NaN; expected a text, a number or a boolean"),
            tuple(8L, "column 'text' is -Infinity; expected a text, a number or a boolean"));
  }

  @Test
  void aKeyThatIsReadStandsOnceInARow() throws IOException {
    Path file =
        write(
            "a.jsonl",
            "{\"text\":\"a\",\"text\":\"b\",\"label\":\"x\"}",
            "{\"text\":\"fine\",\"label\":\"x\",\"o\":1,\"o\":2}");

    Result result = read(file);

    assertThat(result.examples()).containsExactly(FINE);
    assertThat(result.bad())
        .extracting(BadRow::line, BadRow::reason)
        .containsExactly(
            tuple(1L, "column 'text' is given twice; expected a text, a number or a boolean"));
  }

  @Test
  void marksOfJoinedFilesAreNoText() throws IOException {
    Path file = write("a.jsonl", "\uFEFF" + OK, "\uFEFF" + OK, "\uFEFF", OK);

    assertThat(read(file).examples()).containsExactly(FINE, FINE, FINE);
    assertThat(read(file).bad()).isEmpty();
  }

  @Test
  void theFirstLinesSayHowAFileHoldsItsObjects() throws IOException {
    String pretty = "{\n  \"text\": \"fine\",\n  \"label\": \"x\"\n}\n";
    List<Path> three =
        List.of(
            write("array.jsonl", "[" + OK + ", " + OK + "," + OK + "]"),
            write("spread.jsonl", "", "[", OK + ",", OK + ",", OK, "]", ""),
            write("pretty.json", pretty + pretty + pretty),
            write("pretty.jsonl", "\n" + pretty + "\n" + pretty + pretty),
            write("spaces.json", " ".repeat(5000) + "[" + OK + ", " + OK + "," + OK + "]"),
            write("lines.json", OK, OK, "", OK));
    for (Path file : three) {
      assertThat(read(file).examples()).as(file.toString()).containsExactly(FINE, FINE, FINE);
      assertThat(read(file).bad()).isEmpty();
    }
    Path lists = write("lists.jsonl", "[" + OK + "]", OK);
    assertThat(read(lists).examples()).containsExactly(FINE);
    assertThat(read(lists).bad())
        .extracting(BadRow::line, BadRow::reason)
        .containsExactly(tuple(1L, "not an object but an array"));
    for (String cut : List.of("{\"text\":\"cu", "{\"text\":\"cut\",", "{")) {
      Path file = write("cut.jsonl", cut, OK);
      assertThat(read(file).examples()).as(cut).containsExactly(FINE);
      assertThat(read(file).bad()).hasSize(1);
    }
    Path broken =
        write("broken.json", pretty + "{\n  \"text\": \"b\"\n  \"label\": 1\n}\n" + pretty);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> read(broken))
        .withMessageStartingWith(
            "task 't': " + broken + " cannot be read past line 7: malformed JSON: ");
  }

  @Test
  void sizesAreBounded() throws IOException {
    String deep = "[".repeat(200_000) + "]".repeat(200_000);
    String many = IntStream.range(0, 1_000_001).mapToObj(i -> "1").collect(Collectors.joining(","));
    String wide = "{\"text\":\"b\",\"label\":\"x\",\"o\":[" + many + "]}";
    String nested = "{\"text\":\"b\",\"label\":\"x\",\"o\":" + deep + "}";
    String huge = text("\"" + "b".repeat((1 << 24) + 10_000) + "\"");
    Path lines = write("a.jsonl", OK, nested, wide, huge, OK);
    Path array = write("a.json", "[" + OK + ",", nested + ",", wide + ",", OK + "]");
    Path hugeArray = write("b.json", "[" + OK + ",", huge + ",", OK + "]");

    String tooDeep = "a row of more than 1,000 levels of lists and objects";
    String tooMany = "a row of more than 1,000,000 values";
    Result ofLines = read(lines);
    assertThat(ofLines.examples()).containsExactly(FINE, FINE);
    assertThat(ofLines.bad())
        .extracting(BadRow::line, BadRow::reason)
        .containsExactly(
            tuple(2L, tooDeep),
            tuple(3L, tooMany),
            tuple(4L, "a line of more than 16,777,216 characters"));
    assertThat(ofLines.bad().get(2).content()).startsWith("{\"text\":\"bbb").hasSize(500);
    Result ofArray = read(array);
    assertThat(ofArray.examples()).containsExactly(FINE, FINE);
    assertThat(ofArray.bad())
        .extracting(BadRow::line, BadRow::reason)
        .containsExactly(tuple(2L, tooDeep), tuple(3L, tooMany));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> read(hugeArray))
        .withMessageContaining("a value of more than 16,777,216 characters");
  }
}
