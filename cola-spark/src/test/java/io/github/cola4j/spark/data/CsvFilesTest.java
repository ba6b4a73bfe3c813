package io.github.cola4j.spark.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.tuple;

import io.github.cola4j.data.Example;
import io.github.cola4j.model.loss.ProblemType;
import io.github.cola4j.spark.TestSpark;
import io.github.cola4j.spark.data.format.CsvConfig;
import io.github.cola4j.spark.data.row.BadRow;
import java.io.IOException;
import java.nio.charset.Charset;
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

/** CSV and TSV files as they are found: every line is part of a row or a bad row. */
class CsvFilesTest {
  private static final Columns DEFAULTS = Columns.defaults();
  private static final CsvConfig USUAL = CsvConfig.defaults();

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

  private record Result(List<Example> examples, List<BadRow> bad, List<String> notices) {}

  private static Result read(Path file, CsvConfig csv, Columns columns) {
    try (ExampleRows<Example> rows =
        ExampleReader.read(
            spark, "t", List.of(file.toString()), columns, ProblemType.SINGLE_LABEL, true, csv)) {
      return new Result(rows.examples().collect(), rows.bad().collect(), rows.notices());
    }
  }

  private static Result read(Path file, CsvConfig csv) {
    return read(file, csv, DEFAULTS);
  }

  private Path write(String name, String content) throws IOException {
    return Files.writeString(folder.resolve(name), content);
  }

  private static CsvConfig csv(String separator, String quote, String escape) {
    return CsvConfig.defaults().withSeparator(separator).withQuote(quote).withEscape(escape);
  }

  private static Example example(String text, String label) {
    return new Example(text, null, label);
  }

  private static String plain(int from, int to) {
    return IntStream.range(from, to)
        .mapToObj(i -> "review " + i + "\tneg\n")
        .collect(Collectors.joining());
  }

  @Test
  void aTsvHasNoQuotesUnlessAskedFor() throws IOException {
    Path file =
        write(
            "a.tsv",
            "text\tlabel\n"
                + "\"He left the room\tneg\n"
                + plain(1, 9)
                + "and she said goodbye\"\tneg\n");

    Result result = read(file, USUAL);
    assertThat(result.examples()).hasSize(10).startsWith(example("\"He left the room", "neg"));
    assertThat(result.examples().get(9)).isEqualTo(example("and she said goodbye\"", "neg"));
    assertThat(result.bad()).isEmpty();
    assertThat(result.notices()).isEmpty();

    // asked for, it is one row, and what looks like swallowed rows is told of
    Result quoted = read(file, csv(null, "\"", null));
    assertThat(quoted.examples()).hasSize(1);
    assertThat(quoted.notices())
        .containsExactly(
            file
                + ": 1 rows have quoted values of several lines which all look like rows; the"
                + " longest has 10 lines from line 2. If the quotation mark there is no quote, set"
                + " data.csv.quote to none (--csv-quote none)");
    Path prose = write("b.tsv", "text\tlabel\n\"" + "a line\n".repeat(20) + "\"\tneg\n");
    assertThat(read(prose, csv(null, "\"", null)).examples()).hasSize(1);
    assertThat(read(prose, csv(null, "\"", null)).notices()).isEmpty();
  }

  @Test
  void quotedTsvIsReadAsItStandsAndToldOf() throws IOException {
    Path file = write("a.tsv", "s1\ts2\tgold\nyes, it is\t\"a\tb\"\tx\nno\t\ty\nq\t\"r\"\ty\n");
    Columns columns = new Columns("s1", "s2", "gold");

    Result plain = read(file, USUAL, columns);
    assertThat(plain.examples()).containsExactly(new Example("q", "\"r\"", "y"));
    assertThat(plain.bad())
        .extracting(BadRow::line, BadRow::reason)
        .containsExactly(
            tuple(2L, "4 values where the header has 3; quote a value that holds a separator"),
            tuple(3L, "column 's2' is missing or empty"));
    assertThat(plain.notices())
        .containsExactly(
            file
                + ": 1 values begin and end with a quotation mark, which is read as part of them;"
                + " if they are quoted, set data.csv.quote to '\"' (--csv-quote '\"')");

    Result quoted = read(file, csv(null, "\"", null), columns);
    assertThat(quoted.examples())
        .containsExactly(new Example("yes, it is", "a\tb", "x"), new Example("q", "r", "y"));
    assertThat(quoted.notices()).isEmpty();
    assertThat(read(file, csv(null, "none", null), columns).notices()).isEmpty();
  }

  @Test
  void aQuoteThatIsNotClosedEndsTheFileAndEveryLineIsCounted() throws IOException {
    int lines = 3000;
    Path many = write("a.csv", "text,label\na,x\n\"b,y\n" + "c,z\n".repeat(lines));
    Path few = write("b.csv", "text,label\na,x\n\"b,y\nc,z\n\nd,z");
    Path large =
        write("c.csv", "text,label\na,x\n\"b,y\n" + ("c".repeat(200_000) + "\n").repeat(90));

    Result result = read(many, USUAL);
    assertThat(result.examples()).containsExactly(example("a", "x"));
    assertThat(result.bad()).hasSize(1 + lines);
    assertThat(result.bad()).extracting(BadRow::kind).containsOnly("a quoted value is not closed");
    assertThat(result.bad().get(0))
        .isEqualTo(
            new BadRow(
                many.toString(),
                3,
                "a quoted value is not closed",
                "a quoted value begins here and is not closed within 1,000 lines: nothing after it"
                    + " can be read. Close it, or set data.csv.quote to none (--csv-quote none)",
                "\"b,y"));
    assertThat(result.bad().get(lines))
        .isEqualTo(
            new BadRow(
                many.toString(),
                3 + lines,
                "a quoted value is not closed",
                "in or after the quoted value of line 3, not closed",
                "c,z"));
    assertThat(read(few, USUAL).bad())
        .extracting(BadRow::line, BadRow::content)
        .containsExactly(tuple(3L, "\"b,y"), tuple(4L, "c,z"), tuple(5L, ""), tuple(6L, "d,z"));
    assertThat(read(large, USUAL).bad())
        .hasSize(91)
        .first()
        .extracting(BadRow::reason)
        .asString()
        .contains("is not closed within 16,777,216 characters");
  }

  @Test
  void quotesAsTheyAreFoundCostTheirRowAndNoOther() throws IOException {
    Path file =
        write(
            "a.csv",
            """
            text,label
            "say \\"hi\\" now",pos
            "path C:\\dir\\",neg
            he said "hi" ok,pos
             "space before quote, comma" ,neg
            "ends with quote"" ",pos
            "a" b,neg
            'single, quoted',pos
            "tab	here",neg
            "",pos
            "ok",
            "q ""doubled"" ok",neg
            5'11" tall,pos
            "two
            lines" badly,neg
            last line,pos\
            """);

    Result result = read(file, USUAL);

    assertThat(result.examples())
        .containsExactly(
            example("path C:\\dir\\", "neg"),
            example("he said \"hi\" ok", "pos"),
            example("space before quote, comma", "neg"),
            example("ends with quote\" ", "pos"),
            example("tab\there", "neg"),
            example("q \"doubled\" ok", "neg"),
            example("5'11\" tall", "pos"),
            example("last line", "pos"));
    assertThat(result.bad())
        .extracting(BadRow::line, BadRow::kind)
        .containsExactly(
            tuple(2L, "a quote is escaped by a backslash"),
            tuple(7L, "badly quoted"),
            tuple(8L, "more values than the header has"),
            tuple(10L, "column 'text' is missing or empty"),
            tuple(11L, "column 'label' is missing or empty"),
            tuple(14L, "badly quoted"),
            tuple(15L, "badly quoted"));
    assertThat(result.bad().get(0).reason())
        .isEqualTo(
            "value 1 has a quote escaped by a backslash; if the file is written so, set"
                + " data.csv.escape to backslash (--csv-escape backslash)");
    assertThat(result.bad().get(6).reason())
        .isEqualTo("in the row of line 14, which is badly quoted");
    assertThat(result.bad().get(6).content()).isEqualTo("lines\" badly,neg");
  }

  /** As Spark's own CSV writer escapes. */
  @Test
  void backslashesEscapeWhereTheJobSaysSo() throws IOException {
    Path file =
        write(
            "a.csv",
            "text,label\n"
                + "\"she said \\\"hi\\\", loudly\",x\n"
                + "\"C:\\\\\",y\n"
                + "\"C:\\dir\\\"\",y\n"
                + "\"a \"\" b\",x\n");

    Result result = read(file, csv(null, null, "backslash"));

    assertThat(result.examples())
        .containsExactly(
            example("she said \"hi\", loudly", "x"),
            example("C:\\", "y"),
            example("C:\\dir\"", "y"));
    assertThat(result.bad()).extracting(BadRow::line).containsExactly(5L);
    assertThat(read(file, csv(null, null, "\\"))).isEqualTo(result);
    assertThat(read(file, csv(",", "\"", "\\"))).isEqualTo(result);
  }

  @Test
  void separatorQuoteAndHeaderAreTaken() throws IOException {
    Path file = write("a.csv", "'one; or two';x\nthree, four;y\n");

    Result result =
        read(
            file,
            CsvConfig.defaults()
                .withSeparator(";")
                .withQuote("'")
                .withHeader(List.of("text", "label")));

    assertThat(result.examples())
        .containsExactly(example("one; or two", "x"), example("three, four", "y"));
  }

  @Test
  void anotherSeparatorIsNamed() throws IOException {
    Path semicolons = write("a.csv", "text;label\nSatz 0, mit Komma;neg\n");
    Path tabs = write("b.csv", "text\tlabel\nSatz 0, mit Komma\tneg\n");
    Path neither = write("c.csv", "text;kind\nSatz 0, mit Komma;neg\n");

    assertThatIllegalArgumentException()
        .isThrownBy(() -> read(semicolons, USUAL))
        .withMessage(
            "task 't': %s is not separated as its ending says, but by semicolons: set"
                + " data.csv.separator to ';' (--csv-separator ';')",
            semicolons);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> read(tabs, USUAL))
        .withMessageEndingWith("by tabs: set data.csv.separator to tab (--csv-separator tab)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> read(neither, USUAL))
        .withMessageContaining("column 'text' is not in");
    assertThat(read(semicolons, csv(";", null, null)).examples())
        .containsExactly(example("Satz 0, mit Komma", "neg"));
  }

  @Test
  void aColumnThatIsReadStandsOnceInTheHeader() throws IOException {
    Path twice = write("a.csv", "text,text,label,label\nfirst,second,neg,0\n");
    Path unread = write("b.csv", "text,label,other,other,,\na,x,1,2,3,4\n");

    assertThatIllegalArgumentException()
        .isThrownBy(() -> read(twice, USUAL))
        .withMessage(
            "task 't': %s has 2 columns of the name 'text', which is read; rename or remove the"
                + " others",
            twice);
    assertThat(read(unread, USUAL).examples()).containsExactly(example("a", "x"));
  }

  @Test
  void aSecondHeaderIsABadRow() throws IOException {
    Path file = write("a.csv", "\uFEFFtext,label\na,x\n\uFEFFtext,label\n\uFEFFb,y\ntext,x\n");

    Result result = read(file, USUAL);

    assertThat(result.examples())
        .containsExactly(example("a", "x"), example("b", "y"), example("text", "x"));
    assertThat(result.bad())
        .extracting(BadRow::line, BadRow::reason)
        .containsExactly(tuple(3L, "the header line again; were files joined?"));
  }

  @Test
  void sizesAreBounded() throws IOException {
    String columns =
        IntStream.range(0, 30_000).mapToObj(i -> ",c" + i).collect(Collectors.joining());
    Path wideHeader = write("a.csv", "text,label" + columns + "\na,x\n");
    Path wideRow = write("b.csv", "text,label\na,x\nb,y" + ",1".repeat(30_000) + "\nc,x\n");
    Path longRow = write("c.csv", "text,label\na,x\nb" + "y".repeat(1 << 24) + ",y\nc,x\n");

    assertThatIllegalArgumentException()
        .isThrownBy(() -> read(wideHeader, USUAL))
        .withMessage(
            "task 't': %s: its header has 30,002 columns; expected 20,480 at most", wideHeader);
    assertThat(read(wideRow, USUAL).examples())
        .containsExactly(example("a", "x"), example("c", "x"));
    assertThat(read(wideRow, USUAL).bad())
        .extracting(BadRow::line, BadRow::reason)
        .containsExactly(
            tuple(3L, "30002 values where the header has 2; quote a value that holds a separator"));
    assertThat(read(longRow, USUAL).examples())
        .containsExactly(example("a", "x"), example("c", "x"));
    assertThat(read(longRow, USUAL).bad())
        .extracting(BadRow::line, BadRow::reason)
        .containsExactly(tuple(3L, "a row of more than 16,777,216 characters"));
  }

  /** Excel's "Unicode text" is UTF-16, and its byte-order mark says so. */
  @Test
  void aByteOrderMarkSaysTheEncoding() throws IOException {
    for (String charset : List.of("UTF-8", "UTF-16LE", "UTF-16BE", "UTF-32LE", "UTF-32BE")) {
      byte[] bytes = "\uFEFFtext,label\r\nGröße 😀,neg\r\n".getBytes(Charset.forName(charset));
      Path file = Files.write(folder.resolve(charset + ".csv"), bytes);
      assertThat(read(file, USUAL).examples())
          .as(charset)
          .containsExactly(example("Größe 😀", "neg"));
    }
    byte[] cut = "\uFEFFtext,label\na\uD83Db,x\nc,x\n".getBytes(StandardCharsets.UTF_16LE);
    cut[2 * "\uFEFFtext,label\na".length() + 1] = (byte) 0xD8; // half a pair, which Java writes not
    Result result = read(Files.write(folder.resolve("cut.csv"), cut), USUAL);
    assertThat(result.examples()).containsExactly(example("c", "x"));
    assertThat(result.bad()).extracting(BadRow::line).containsExactly(2L);
  }

  @Test
  void settingsThatContradictEachOtherAreRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> csv(";;", null, null))
        .withMessage(
            "data.csv.separator (--csv-separator) must be one character, no letter, or 'tab', got"
                + " ';;'");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> csv("\"", null, null))
        .withMessageContaining("data.csv.separator must differ from data.csv.quote");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> csv(null, "none", "\\"))
        .withMessageContaining("data.csv.quote is none");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> CsvConfig.defaults().withHeader(List.of("a", "a")))
        .withMessageContaining("must name each column once");
  }
}
