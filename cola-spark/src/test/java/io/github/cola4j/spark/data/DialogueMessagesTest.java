package io.github.cola4j.spark.data;

import static io.github.cola4j.spark.data.DialogueReaderTest.said;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;
import static org.assertj.core.api.Assertions.tuple;

import io.github.cola4j.data.Dialogue;
import io.github.cola4j.data.Message;
import io.github.cola4j.data.MessageFields;
import io.github.cola4j.data.template.PromptConfig;
import io.github.cola4j.spark.LocalSparkTest;
import io.github.cola4j.spark.data.format.CsvConfig;
import io.github.cola4j.spark.data.language.DialogueColumns;
import io.github.cola4j.spark.data.language.DialogueFormat;
import io.github.cola4j.spark.data.language.LanguageRows;
import io.github.cola4j.spark.data.row.BadRow;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What messages of dialogues have beside a role and a text, and what of it is not used. */
class DialogueMessagesTest extends LocalSparkTest {
  private static final PromptConfig PLAIN = PromptConfig.defaults().withTemplate("plain");
  private static final PromptConfig OWN = PromptConfig.defaults().withTemplate("model");

  @TempDir Path folder;

  private Path write(String name, String content, Charset charset) throws IOException {
    return Files.write(folder.resolve(name), content.getBytes(charset));
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

  private static ExampleRows<Dialogue> read(PromptConfig prompt, Path lines) {
    return DialogueReader.read(
        session,
        "t",
        List.of(lines.toString()),
        LanguageRows.dialogues(
            DialogueFormat.AUTO,
            DialogueColumns.defaults(),
            prompt,
            List.of("<|start|>", "<|end|>", "[X]")),
        null,
        CsvConfig.defaults());
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
}
