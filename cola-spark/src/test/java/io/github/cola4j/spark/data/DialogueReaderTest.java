package io.github.cola4j.spark.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;
import static org.assertj.core.api.Assertions.tuple;

import io.github.cola4j.data.Dialogue;
import io.github.cola4j.data.Message;
import io.github.cola4j.data.MessageFields;
import io.github.cola4j.data.MultipleChoice;
import io.github.cola4j.data.template.PromptConfig;
import io.github.cola4j.spark.LocalSparkTest;
import io.github.cola4j.spark.data.file.NoSuchDataException;
import io.github.cola4j.spark.data.format.CsvConfig;
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

  private static Dialogue said(String... turns) {
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
  void whatAMessageCannotSayIsABadRow() throws IOException {
    String call = "\"tool_calls\":[{\"function\":{\"name\":\"w\"}}]";
    Path lines =
        write(
            "a.jsonl",
            """
            {"messages":[{"role":"user","content":"q"},{"role":"assistant","content":null,%1$s},{"role":"tool","content":"x"},{"role":"assistant","content":"a"}]}
            {"messages":[{"role":"user","content":"q"},{"role":"assistant","content":"a",%1$s}]}
            {"messages":[{"role":"user","content":"q"},{"role":"assistant","content":"b","weight":0},{"role":"user","content":"r"},{"role":"assistant","content":"a","weight":1}]}
            {"messages":[{"role":"user","content":"q"},{"role":"assistant","content":"a","train":false}]}
            {"messages":[{"role":"user","content":[{"type":"image_url"}]},{"role":"assistant","content":"a"}]}
            {"conversations":[{"from":"human","value":"q"},{"from":"function_call","value":"a"}]}
            {"messages":[{"role":"user","content":"q","weight":0},{"role":"assistant","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}],"weight":1.0,"tool_calls":[]}]}
            {"conversations":[{"role":"user","content":"q"},{"role":"assistant","content":"ab"}]}
            """
                .formatted(call),
            StandardCharsets.UTF_8);

    String calls =
        "message 2: it calls tools, which no built-in template writes; set prompt.template: model,"
            + " remove such rows, or write the call as a text in the content";
    List<Dialogue> good =
        List.of(
            new Dialogue(
                List.of(
                    new Message("user", "q"),
                    unlearnt("b"),
                    new Message("user", "r"),
                    new Message("assistant", "a"))),
            said("user", "q", "assistant", "ab"),
            said("user", "q", "assistant", "ab"));
    try (ExampleRows<Dialogue> rows = read(PLAIN, lines)) {
      assertThat(rows.bad().collect())
          .extracting(BadRow::line, BadRow::reason)
          .containsExactly(
              tuple(1L, calls),
              tuple(2L, calls),
              tuple(4L, "every answer has weight 0; expected one that is learnt"),
              tuple(
                  5L,
                  "message 1: content has a part of type 'image_url'; expected parts of type 'text'"
                      + " alone"),
              tuple(
                  6L,
                  "message 2: function_call is a text that is no list; expected a list of calls, or"
                      + " one in a text of JSON"));
      assertThat(rows.examples().collect()).isEqualTo(good);
    }
    // what is to be answered is not learnt, and who does not say how may write calls
    try (ExampleRows<PromptRow> rows =
        PromptReaderTest.prompts(new TaskColumn(null, List.of("t")), lines)) {
      assertThat(rows.examples().map(PromptRow::line).collect())
          .containsExactly(1L, 2L, 3L, 4L, 7L, 8L);
    }
  }

  private static final PromptConfig PLAIN = PromptConfig.defaults().withTemplate("plain");

  private static final PromptConfig OWN = PromptConfig.defaults().withTemplate("model");

  private static ExampleRows<Dialogue> read(PromptConfig prompt, Path lines) {
    return DialogueReader.read(
        session,
        "t",
        List.of(lines.toString()),
        DialogueFormat.AUTO,
        DialogueColumns.defaults(),
        null,
        CsvConfig.defaults(),
        prompt,
        List.of("<|start|>", "<|end|>", "[X]"));
  }

  private static Message unlearnt(String content) {
    return new Message(Message.Role.ASSISTANT, content, null, MessageFields.NONE.withLearnt(false));
  }

  private static Message calling(String content, String calls) {
    return new Message(
        Message.Role.ASSISTANT, content, null, new MessageFields(null, calls, null, null, true));
  }

  @Test
  void callsToolsAndReasoningAreReadForAModelsTemplate() throws IOException {
    Path lines =
        write(
            "a.jsonl",
            """
            {"messages":[{"role":"developer","content":"s"},{"role":"user","content":"q"},{"role":"assistant","content":null,"tool_calls":[{"id":"1","type":"function","function":{"name":"w","arguments":"{}"}}]},{"role":"ipython","tool_call_id":"1","name":"w","content":""},{"role":"assistant","content":"a","reasoning_content":"r"}],"tools":[{"type":"function","function":{"name":"w"}}]}
            {"conversations":[{"from":"Human","value":"q"},{"from":"function_call","value":"{\\"name\\":\\"w\\"}"},{"from":"observation","value":"x"},{"from":"gpt","value":"a"}],"tools":"[{\\"name\\":\\"w\\"}]"}
            {"messages":[{"role":"user","content":"q"},{"role":"assistant","content":"b","function_call":{"name":"w","arguments":{"n":1}}},{"role":"function","name":"w","content":"x"},{"role":"assistant","content":"a","thinking":"r"}],"functions":[{"name":"w"}]}
            {"messages":[{"role":"user","content":"q"},{"role":"assistant","content":"a"}],"tools":"hammer"}
            {"messages":[{"role":"user","content":"q"},{"role":"assistant","content":"a"}],"tools":[{"type":"function"}]}
            {"messages":[{"role":"user","content":"q"},{"role":"assistant","tool_calls":[{"function":{"name":"w","arguments":[1]}}]}]}
            {"messages":[{"role":"user","content":"q"},{"role":"assistant","tool_calls":[{"name":"w","arguments":"x"}]}]}
            {"messages":[{"role":"user","content":"q"},{"role":"assistant","tool_calls":[{"function":{}}]}]}
            {"messages":[{"role":"user","content":"q","tool_calls":[{"name":"w"}]},{"role":"assistant","content":"a"}]}
            {"messages":[{"role":"user","content":"q"},{"role":"assistant","content":"a","weight":0.5}]}
            {"messages":[{"role":"user","content":"q"},{"role":"assistant","content":"a"}],"tools":[]}
            """,
            StandardCharsets.UTF_8);
    String tools = "[{\"type\":\"function\",\"function\":{\"name\":\"w\"}}]";
    Message thought =
        new Message(Message.Role.ASSISTANT, "a", null, MessageFields.NONE.withReasoning("r"));
    MessageFields first = new MessageFields(null, null, "1", "w", true);
    try (ExampleRows<Dialogue> rows = read(OWN, lines)) {
      assertThat(rows.examples().collect())
          .containsExactly(
              new Dialogue(
                  List.of(
                      new Message("system", "s"),
                      new Message("user", "q"),
                      calling(
                          null,
                          "[{\"id\":\"1\",\"type\":\"function\",\"function\":{\"name\":\"w\","
                              + "\"arguments\":\"{}\"}}]"),
                      new Message(Message.Role.TOOL, "", null, first),
                      thought),
                  tools),
              new Dialogue(
                  List.of(
                      new Message("user", "q"),
                      calling(
                          null,
                          "[{\"type\":\"function\",\"function\":{\"name\":\"w\",\"arguments\":{}}}]"),
                      new Message("tool", "x"),
                      new Message("assistant", "a")),
                  tools),
              new Dialogue(
                  List.of(
                      new Message("user", "q"),
                      calling(
                          "b",
                          "[{\"type\":\"function\",\"function\":{\"name\":\"w\",\"arguments\":"
                              + "{\"n\":1}}}]"),
                      new Message(
                          Message.Role.TOOL,
                          "x",
                          null,
                          new MessageFields(null, null, null, "w", true)),
                      thought),
                  tools),
              said("user", "q", "assistant", "a"));
      assertThat(rows.bad().collect())
          .extracting(BadRow::line, BadRow::reason)
          .containsExactly(
              tuple(
                  4L,
                  "column 'tools' is a text that is no list; expected a list of tools, or one in a"
                      + " text of JSON"),
              tuple(
                  5L,
                  "column 'tools' has an entry without a function's name; expected a list of tools"
                      + " as {\"type\":\"function\",\"function\":{\"name\":…}}"),
              tuple(
                  6L,
                  "message 2: tool_calls has arguments of 'w' that are an array; expected an object,"
                      + " or one in a text of JSON"),
              tuple(
                  7L,
                  "message 2: tool_calls has arguments of 'w' that are a text that is none of JSON;"
                      + " expected an object, or one in a text of JSON"),
              tuple(
                  8L,
                  "message 2: tool_calls has an entry without a function's name; expected a list of"
                      + " calls as {\"type\":\"function\",\"function\":{\"name\":…}}"),
              tuple(9L, "only an assistant's message has tool_calls, this is the user's"),
              tuple(10L, "message 2: weight is 0.5; expected 0 or 1"));
      assertThat(rows.remarks()).isEmpty();
    }
  }

  @Test
  void whatIsNotUsedIsCountedInFilesAndTables() throws IOException {
    Path lines =
        write(
            "a.jsonl",
            """
            {"messages":[{"role":"user","content":"q","name":"Eve"},{"role":"assistant","content":"a","reasoning_content":"r"}],"tools":[{"name":"f"}]}
            {"messages":[{"role":"user","content":"q"},{"role":"assistant","content":"a<|end|>","name":null}],"tools":[]}
            {"instruction":"i[X]","output":"o","tools":"[]","id":7,"source":"web"}
            """,
            StandardCharsets.UTF_8);
    try (ExampleRows<Dialogue> rows = read(PLAIN.withControlTokens(true), lines)) {
      assertThat(rows.remarks())
          .containsEntry(
              "have special tokens of the model in their text: they are read as what they control,"
                  + " since prompt.controlTokens is true",
              1L);
    }
    try (ExampleRows<Dialogue> rows = read(PLAIN, lines)) {
      assertThat(rows.exampleCount()).isEqualTo(3);
      assertThat(rows.remarks())
          .containsOnly(
              entry("have 'tools', which is not used: the model does not see it", 2L),
              entry("have messages with 'name', which is not used: the model does not see it", 1L),
              entry(
                  "have messages with 'reasoning_content', which is not used: the model does not"
                      + " see it",
                  1L),
              entry(
                  "have special tokens of the model in an answer: they are read as what they"
                      + " control, not as text; take them out unless that is meant",
                  1L),
              entry(
                  "have special tokens of the model in their text: they are read as text, not as"
                      + " what they control (prompt.controlTokens: true changes that)",
                  1L));
    }
    Path parquet = folder.resolve("b.parquet");
    session
        .sql(
            "select * from values ('i', 'o', 's', array(array('q', 'a')), '[f]') as t(instruction,"
                + " output, system, history, tools)")
        .coalesce(1)
        .write()
        .parquet(parquet.toString());
    try (ExampleRows<Dialogue> rows = read(PLAIN, parquet)) {
      assertThat(rows.examples().collect())
          .containsExactly(
              said("system", "s", "user", "q", "assistant", "a", "user", "i", "assistant", "o"));
      assertThat(rows.remarks())
          .hasSize(3)
          .containsEntry("have 'tools', which is not used: the model does not see it", 1L);
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
