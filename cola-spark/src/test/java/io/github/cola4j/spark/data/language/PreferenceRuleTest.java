package io.github.cola4j.spark.data.language;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.cola4j.data.Dialogue;
import io.github.cola4j.data.Message;
import io.github.cola4j.data.Message.Role;
import io.github.cola4j.data.MessageFields;
import io.github.cola4j.data.Preference;
import io.github.cola4j.data.template.PromptConfig;
import io.github.cola4j.spark.LocalSparkTest;
import io.github.cola4j.spark.data.DialogueReader;
import io.github.cola4j.spark.data.ExampleRows;
import io.github.cola4j.spark.data.format.CsvConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Rows of two answers, as the data sets of TRL and others have them. */
class PreferenceRuleTest extends LocalSparkTest {
  @TempDir Path folder;

  private static final Message SYSTEM = new Message("system", "be brief");
  private static final Message ASK = new Message("user", "2 + 2?");
  private static final Message GIVEN =
      new Message(Role.ASSISTANT, "hello", null, MessageFields.NONE.withLearnt(false));

  private ExampleRows<Preference> read(String name, String content) throws IOException {
    Path file = Files.writeString(folder.resolve(name), content);
    return DialogueReader.read(
        session,
        "t",
        List.of(file.toString()),
        LanguageRows.preferences(
            DialogueColumns.defaults(), PromptConfig.defaults(), null, List.of("<|end|>")),
        null,
        CsvConfig.defaults());
  }

  private static Preference preference(List<Message> before) {
    return preference(before, "4", "5");
  }

  private static Preference preference(List<Message> before, String chosen, String rejected) {
    return new Preference(dialogue(before, chosen), dialogue(before, rejected));
  }

  private static Dialogue dialogue(List<Message> before, String answer) {
    List<Message> all = new ArrayList<>(before);
    all.add(new Message(Role.ASSISTANT, answer));
    return new Dialogue(all);
  }

  @Test
  void promptsAndAnswersAreTextsOrMessages() throws IOException {
    String rows =
        """
        {"prompt": "2 + 2?", "chosen": "4", "rejected": "5"}
        {"prompt": [{"role": "user", "content": "2 + 2?"}], "chosen": [{"role": "assistant", "content": "4"}], "rejected": [{"role": "assistant", "content": "5"}]}
        {"chosen": [{"role": "user", "content": "2 + 2?"}, {"role": "assistant", "content": "4"}], "rejected": [{"role": "user", "content": "2 + 2?"}, {"role": "assistant", "content": "5"}]}
        {"prompt": "2 + 2?", "chosen": [{"role": "user", "content": "2 + 2?"}, {"role": "assistant", "content": "4"}], "rejected": [{"role": "user", "content": "2 + 2?"}, {"role": "assistant", "content": "5"}]}
        {"messages": [{"role": "user", "content": "2 + 2?"}, {"role": "assistant", "content": "4"}], "chosen": {"role": "assistant", "content": "4"}, "rejected": {"role": "assistant", "content": "5"}}
        {"instruction": "2 + 2?", "chosen": "4", "rejected": "5"}
        {"messages": [{"from": "human", "value": "2 + 2?"}], "chosen": {"from": "gpt", "value": "4"}, "rejected": {"from": "gpt", "value": "5"}}
        """;
    try (ExampleRows<Preference> read = read("pairs.jsonl", rows)) {
      assertThat(read.badRows()).toIterable().isEmpty();
      assertThat(read.examples().collect()).hasSize(7).allMatch(preference(List.of(ASK))::equals);
    }
  }

  @Test
  void whatComesBeforeIsGivenAndNotLearnt() throws IOException {
    String rows =
        """
        {"system": "be brief", "prompt": [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "hello"}, {"role": "user", "content": "2 + 2?"}], "chosen": "4", "rejected": "5"}
        {"chosen": [{"role": "system", "content": "be brief"}, {"role": "user", "content": "hi"}, {"role": "assistant", "content": "hello"}, {"role": "user", "content": "2 + 2?"}, {"role": "assistant", "content": "4"}], "rejected": [{"role": "system", "content": "be brief"}, {"role": "user", "content": "hi"}, {"role": "assistant", "content": "hello"}, {"role": "user", "content": "2 + 2?"}, {"role": "assistant", "content": "5"}]}
        """;
    try (ExampleRows<Preference> read = read("pairs.jsonl", rows)) {
      assertThat(read.examples().collect())
          .hasSize(2)
          .allMatch(preference(List.of(SYSTEM, new Message("user", "hi"), GIVEN, ASK))::equals);
    }
  }

  @Test
  void textsShareTheirBeginningUpToAWord() throws IOException {
    String rows =
        """
        {"chosen": "Human: 2 + 2? Assistant: fourteen", "rejected": "Human: 2 + 2? Assistant: four"}
        """;
    try (ExampleRows<Preference> read = read("pairs.jsonl", rows)) {
      assertThat(read.examples().collect())
          .containsExactly(
              preference(
                  List.of(new Message("user", "Human: 2 + 2? Assistant:")), " fourteen", " four"));
    }
  }

  @Test
  void listsOfCsvFilesAreStringsOfJson() throws IOException {
    String rows =
        "prompt,chosen,rejected\n"
            + "2 + 2?,\"[{\"\"role\"\": \"\"assistant\"\", \"\"content\"\": \"\"4\"\"}]\",5\n"
            + "2 + 2?,[4],[5]\n";
    try (ExampleRows<Preference> read = read("pairs.csv", rows)) {
      assertThat(read.examples().collect())
          .containsExactly(preference(List.of(ASK)), preference(List.of(ASK), "[4]", "[5]"));
    }
  }

  @Test
  void badRowsSayWhatIsWrong() throws IOException {
    String rows =
        """
        {"prompt": "a", "chosen": "4", "rejected": "4"}
        {"prompt": "a", "chosen": "4"}
        {"prompt": "a", "chosen": " ", "rejected": "5"}
        {"chosen": "4", "rejected": "5"}
        {"prompt": "a", "chosen": [], "rejected": "5"}
        {"prompt": "a", "chosen": [{"role": "user", "content": "b"}, {"role": "assistant", "content": "4"}], "rejected": "5"}
        {"prompt": "a", "chosen": [{"role": "assistant", "content": "4"}, {"role": "user", "content": "b"}], "rejected": "5"}
        {"prompt": "a<|end|>", "chosen": "4", "rejected": "5", "score_chosen": 9}
        """;
    try (ExampleRows<Preference> read = read("pairs.jsonl", rows)) {
      List<String> reasons = new ArrayList<>();
      read.badRows().forEachRemaining(bad -> reasons.add(bad.line() + ": " + bad.reason()));
      assertThat(reasons)
          .containsExactly(
              "1: both answers are the same; there is nothing to prefer",
              "2: column 'rejected' is missing or null",
              "3: column 'chosen' is blank",
              "4: there is no prompt, and the answers share no beginning that could be one",
              "5: column 'chosen' is an empty list",
              "6: column 'chosen' is no answer to the prompt; expected the assistant's message,"
                  + " after the prompt or alone",
              "7: column 'chosen' is no answer to the prompt; expected the assistant's message,"
                  + " after the prompt or alone");
      assertThat(read.remarks().keySet())
          .anyMatch(remark -> remark.contains("'score_chosen', which is not used"))
          .anyMatch(remark -> remark.contains("special tokens of the model in their text"));
    }
  }
}
