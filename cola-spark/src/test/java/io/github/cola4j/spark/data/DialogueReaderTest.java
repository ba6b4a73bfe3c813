package io.github.cola4j.spark.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.github.cola4j.data.Dialogue;
import io.github.cola4j.data.Message;
import io.github.cola4j.data.MultipleChoice;
import io.github.cola4j.spark.LocalSparkTest;
import io.github.cola4j.spark.data.file.NoSuchDataException;
import io.github.cola4j.spark.data.language.DialogueColumns;
import io.github.cola4j.spark.data.language.DialogueFormat;
import io.github.cola4j.spark.data.row.BadRow;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DialogueReaderTest extends LocalSparkTest {
  @TempDir Path folder;

  private static ExampleRows<Dialogue> read(String encoding, Path... paths) {
    return DialogueReader.read(
        session,
        "t",
        Stream.of(paths).map(Path::toString).toList(),
        DialogueFormat.AUTO,
        DialogueColumns.defaults(),
        encoding);
  }

  private Path write(String name, String content, Charset charset) throws IOException {
    return Files.write(folder.resolve(name), content.getBytes(charset));
  }

  static Dialogue said(String... turns) {
    return new Dialogue(
        Stream.iterate(0, i -> i < turns.length, i -> i + 2)
            .map(i -> new Message(turns[i], turns[i + 1]))
            .toList());
  }

  @Test
  void findsTheFormatByTheColumns() throws IOException {
    Path lines =
        write(
            "a.jsonl",
            """
            {"messages":[{"role":"system","content":"s"},{"role":"user","content":"q"},{"role":"assistant","content":"a"}]}
            {"conversations":[{"from":"human","value":"q"},{"from":"gpt","value":"a"}]}
            {"instruction":"i","input":"","output":"o"}
            {"instruction":"i","input":"n","output":7}
            {"instruction":"i"}
            {"instruction":" ","output":"o"}
            {"messages":[]}
            {"messages":"x"}
            {"messages":[{"role":"robot","content":"q"},{"role":"assistant","content":"a"}]}
            {"messages":[{"role":"user","content":[1]},{"role":"assistant","content":"a"}]}
            {"messages":[{"role":"user","content":"q"}]}
            {"conversations":[{"from":"human"},{"from":"gpt","value":"a"}]}
            {"messages":[{"role":"user","content":"q"},{"role":"assistant","content":" "}]}
            """,
            StandardCharsets.UTF_8);

    try (ExampleRows<Dialogue> rows = read((String) null, lines)) {
      assertThat(rows.examples().collect())
          .containsExactly(
              said("system", "s", "user", "q", "assistant", "a"),
              said("user", "q", "assistant", "a"),
              Dialogue.alpaca("i", null, "o"),
              Dialogue.alpaca("i", "n", "7"));
      assertThat(rows.bad().collect())
          .extracting(BadRow::line, BadRow::reason)
          .containsExactly(
              tuple(5L, "column 'output' is missing or null"),
              tuple(6L, "column 'instruction' is blank"),
              tuple(7L, "column 'messages' is an empty list"),
              tuple(8L, "column 'messages' is no list; expected a list of messages"),
              tuple(
                  9L, "message 1: unknown role 'robot'; expected system, user, assistant or tool"),
              tuple(10L, "message 1: content is an array; expected a text"),
              tuple(11L, "the last message is the user's; expected the assistant's"),
              tuple(12L, "message 1: value is missing or null"),
              tuple(13L, "message 2: content is blank"));
      assertThat(rows.notices()).isEmpty();
    }
  }

  @Test
  void systemAndHistoryOfARowArePartOfItsDialogue() throws IOException {
    Path lines =
        write(
            "a.jsonl",
            """
            {"instruction":"i","output":"o","system":"s","history":[["q1","a1"],["q2","a2"]]}
            {"instruction":"i","input":"n","output":"o","system":"","history":[]}
            {"conversations":[{"from":"human","value":"q"},{"from":"gpt","value":"a"}],"system":"s"}
            {"messages":[{"role":"system","content":"s"},{"role":"user","content":"q"},{"role":"assistant","content":"a"}],"system":"s"}
            {"messages":[{"role":"system","content":"t"},{"role":"user","content":"q"},{"role":"assistant","content":"a"}],"system":"s"}
            {"instruction":"i","output":"o","history":[["q1"]]}
            {"instruction":"i","output":"o","history":"of Rome"}
            """,
            StandardCharsets.UTF_8);

    try (ExampleRows<Dialogue> rows = read((String) null, lines)) {
      String[] before = {"system", "s", "user", "q1", "assistant", "a1", "user", "q2", "assistant"};
      String[] first =
          Stream.concat(Stream.of(before), Stream.of("a2", "user", "i", "assistant", "o"))
              .toArray(String[]::new);
      Dialogue chat = said("system", "s", "user", "q", "assistant", "a");
      assertThat(rows.examples().collect())
          .containsExactly(
              said(first),
              Dialogue.alpaca("i", "n", "o"),
              chat,
              chat,
              Dialogue.alpaca("i", null, "o"));
      assertThat(rows.bad().collect())
          .extracting(BadRow::line, BadRow::reason)
          .containsExactly(
              tuple(
                  5L,
                  "column 'system' is not the system's message in the dialogue; leave out one of"
                      + " them"),
              tuple(
                  6L,
                  "column 'history' has an entry that is no pair of texts; expected [question,"
                      + " answer]"));
      assertThat(ExampleRows.told("t", rows.remarks(), rows.exampleCount()))
          .containsExactly(
              "task 't': 1 of 5 rows have a column 'history' that is no list of pairs, which is not"
                  + " used",
              "task 't': 1 of 5 rows have a column 'history', which becomes the turns before the"
                  + " instruction",
              "task 't': 3 of 5 rows have a column 'system', which becomes the system's message");
    }
    DialogueColumns other = DialogueColumns.defaults().withInstruction("system");
    Path named = write("b.jsonl", "{\"system\":\"i\",\"output\":\"o\"}\n", StandardCharsets.UTF_8);
    try (ExampleRows<Dialogue> rows =
        DialogueReader.read(
            session, "t", List.of(named.toString()), DialogueFormat.ALPACA, other, null)) {
      assertThat(rows.examples().collect()).containsExactly(Dialogue.alpaca("i", null, "o"));
      assertThat(rows.remarks()).isEmpty();
    }
  }

  @Test
  void readsTablesAndParquetLikeJson() throws IOException {
    Path json =
        write(
            "a.json",
            """
            [{"messages":[{"role":"user","content":"q"},{"role":"assistant","content":"a"}]},
             {"messages":[{"role":"user","content":"q"}]}]
            """,
            StandardCharsets.UTF_8);
    Dataset<Row> table = session.read().option("multiLine", true).json(json.toString()).coalesce(1);
    Path parquet = folder.resolve("b.parquet");
    table.write().parquet(parquet.toString());

    ExampleRows<Dialogue> named =
        DialogueReader.read("t", "talks", table, DialogueFormat.CHAT, DialogueColumns.defaults());
    for (ExampleRows<Dialogue> rows :
        List.of(read((String) null, json), read((String) null, parquet), named)) {
      assertThat(rows.examples().collect()).containsExactly(said("user", "q", "assistant", "a"));
      assertThat(rows.bad().collect())
          .extracting(BadRow::line, BadRow::reason)
          .containsExactly(tuple(2L, "the last message is the user's; expected the assistant's"));
      rows.close();
    }
    assertThat(named.firstBad().file()).isEqualTo("talks");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                DialogueReader.read(
                    "t", "talks", table, DialogueFormat.ALPACA, DialogueColumns.defaults()))
        .withMessageContaining("column 'instruction' is not in talks; it has messages");
  }

  /** The view's partitions are not in the order of its rows. */
  @Test
  void readsTablesOfTheCatalogSortedByTheirValues() throws IOException {
    Path file =
        write("a.jsonl", "{\"instruction\":\"z\",\"output\":\"file\"}\n", StandardCharsets.UTF_8);
    List<ExampleRows<Dialogue>> read = new ArrayList<>();
    for (int partitions : new int[] {1, 3}) {
      session
          .sql(
              "select * from values ('c', null, 'o', 1), ('a', 'n', 'o', 2), ('b', null, ' ', 3),"
                  + " ('a', 'm', 'o', 4) as t(instruction, input, output, other)")
          .repartition(partitions)
          .createOrReplaceTempView("dialogues");
      read.add(read((String) null, Path.of("table:dialogues"), file));
    }
    for (ExampleRows<Dialogue> rows : read) {
      assertThat(rows.examples().collect())
          .containsExactly(
              Dialogue.alpaca("z", null, "file"),
              Dialogue.alpaca("a", "m", "o"),
              Dialogue.alpaca("a", "n", "o"),
              Dialogue.alpaca("c", null, "o"));
      assertThat(rows.bad().collect())
          .extracting(BadRow::file, BadRow::line, BadRow::reason)
          .containsExactly(tuple("table:dialogues", 3L, "column 'output' is blank"));
      rows.close();
    }
    for (String missing : List.of("nothing", "no.such.table", "a b")) {
      assertThatThrownBy(() -> read((String) null, Path.of("table:" + missing)))
          .isInstanceOf(NoSuchDataException.class)
          .hasMessage("task 't': no such table: table:" + missing);
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> choices(Path.of("table:dialogues")))
        .withMessageContaining("column 'question' is not in table:dialogues; it has instruction");
  }

  @Test
  void encodingsAreDetectedOrTaken() throws IOException {
    Charset windows = Charset.forName("windows-1252");
    String csv = "instruction,output\n\"naïve\n“one”\",é\n";
    Path bom = write("a.csv", "\uFEFF" + csv, StandardCharsets.UTF_8);
    Path old = write("b.csv", csv, windows);
    Path wide = write("c.csv", "\uFEFF" + csv, StandardCharsets.UTF_16LE);

    for (Path file : List.of(bom, old, wide)) {
      try (ExampleRows<Dialogue> rows = read((String) null, file)) {
        assertThat(rows.examples().collect())
            .containsExactly(Dialogue.alpaca("naïve\n“one”", null, "é"));
        assertThat(rows.notices())
            .isEqualTo(
                file.equals(old)
                    ? List.of(
                        old
                            + " is not UTF-8: 4 bytes are read as Windows-1252; set 'encoding' to"
                            + " say otherwise")
                    : List.of());
      }
    }
    try (ExampleRows<Dialogue> rows = read("windows-1252", old)) {
      assertThat(rows.exampleCount()).isEqualTo(1);
      assertThat(rows.notices()).isEmpty();
    }
    try (ExampleRows<Dialogue> rows = read("UTF-8", old)) {
      assertThat(rows.firstBad().reason()).contains("is not UTF-8");
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> read("latin", old))
        .withMessageContaining("there is no encoding 'latin'");
  }

  @Test
  void multipleChoiceWithAndWithoutHeader() throws IOException {
    Path header =
        write(
            "a.csv",
            "id,question,A,B,C,answer,explanation\n"
                + "1,q,x,y,z,C,e\n"
                + "2,q,x,y,,B,e\n"
                + "3,q,x,y,,C,e\n"
                + "4,q,x,,z,A,e\n",
            StandardCharsets.UTF_8);
    Path none = write("b.csv", "q,1,2,3,4,D\n\"r,\nr\",1,2,3,4,E\n", StandardCharsets.UTF_8);

    try (ExampleRows<MultipleChoice> rows = choices(header, none)) {
      assertThat(rows.examples().collect())
          .containsExactly(
              new MultipleChoice("q", List.of("x", "y", "z"), 2),
              new MultipleChoice("q", List.of("x", "y"), 1),
              new MultipleChoice("q", List.of("1", "2", "3", "4"), 3));
      assertThat(rows.bad().collect())
          .extracting(BadRow::line, BadRow::reason)
          .containsExactly(
              tuple(4L, "column 'answer' is 'C'; expected a letter from A to B"),
              tuple(5L, "column 'B' is missing or empty"),
              tuple(2L, "column 'answer' is 'E'; expected a letter from A to D"));
    }
  }

  private static ExampleRows<MultipleChoice> choices(Path... paths) {
    return MultipleChoiceReader.read(
        session, "t", Stream.of(paths).map(Path::toString).toList(), null);
  }

  @Test
  void readsTheRealFiles() {
    try (ExampleRows<MultipleChoice> gsm8k = choices(shared("eval/gsm8k"));
        ExampleRows<MultipleChoice> fineval = choices(shared("eval/fineval"));
        ExampleRows<MultipleChoice> mmlu = choices(shared("eval/mmlu"));
        ExampleRows<Dialogue> alpaca = read((String) null, shared("sft"))) {
      // of 1319 rows 12 lack an option before the last one
      assertThat(gsm8k.exampleCount()).isEqualTo(1307);
      assertThat(gsm8k.bad().collect())
          .hasSize(12)
          .extracting(BadRow::reason)
          .allMatch(reason -> reason.matches("column '[ABC]' is missing or empty"));
      assertThat(gsm8k.notices()).singleElement().asString().contains("is not UTF-8");
      assertThat(fineval.exampleCount()).isEqualTo(265);
      assertThat(fineval.notices()).isEmpty();
      assertThat(mmlu.badCount()).isZero();
      assertThat(mmlu.exampleCount()).isEqualTo(3403);
      assertThat(alpaca.exampleCount()).isEqualTo(7475 + 1056 + 5452);
      assertThat(alpaca.badCount()).isZero();
    }
  }

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
