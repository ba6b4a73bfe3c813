package io.github.cola4j.data.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.cola4j.data.Dialogue;
import io.github.cola4j.data.DialogueGoldens;
import io.github.cola4j.data.Encoded;
import io.github.cola4j.data.Message;
import io.github.cola4j.data.Message.Role;
import io.github.cola4j.data.MultipleChoice;
import io.github.cola4j.data.Sample;
import io.github.cola4j.data.tokenizer.SpecialTokens;
import io.github.cola4j.data.tokenizer.TokenStream;
import io.github.cola4j.data.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DialogueEncoderTest {
  @TempDir Path folder;

  private static SpecialTokens special(String name, Tokenizer tokenizer) {
    return SpecialTokens.read(DialogueGoldens.folder().resolve(name), tokenizer);
  }

  @ParameterizedTest
  @ValueSource(strings = {"byte-level", "sentence-piece"})
  void tokensOfADialogueAreThoseOfTransformers(String name) {
    JsonNode golden = DialogueGoldens.expected().get("tokens").get(name);
    PromptTemplate template = DialogueGoldens.template(golden.get("template").asText());
    try (Tokenizer tokenizer = DialogueGoldens.tokenizer(name)) {
      for (JsonNode text : golden.get("texts")) {
        assertThat(tokenizer.ids(text.get("text").asText(), false))
            .containsExactly(DialogueGoldens.ints(text.get("ids")));
      }
      DialogueEncoder encoder = new DialogueEncoder(template, tokenizer, 1000, false, false);

      Encoded result = encoder.encode(DialogueGoldens.dialogue("two", false));
      Sample encoded = result.sample();

      assertThat(encoded.ids()).containsExactly(DialogueGoldens.ints(golden.get("dialogue")));
      assertThat(result.truncated()).isFalse();
      assertThat(encoded.labels()).hasSameSizeAs(encoded.ids());
      assertThat(encoded.labels()[encoded.length() - 1]).isEqualTo(Sample.IGNORED);
      int[] supervised = Arrays.stream(encoded.labels()).filter(l -> l != Sample.IGNORED).toArray();
      String end = name.equals("byte-level") ? "<|end|>" : "</s>";
      assertThat(tokenizer.decode(supervised, true).replace(" ", ""))
          .isEqualTo("Three.\nFour:四🙂" + end + "five" + end);
      IntStream.range(0, encoded.length() - 1)
          .filter(t -> encoded.labels()[t] != Sample.IGNORED)
          .forEach(t -> assertThat(encoded.labels()[t]).isEqualTo(encoded.ids()[t + 1]));
      int[] prompt = encoder.prompt(DialogueGoldens.dialogue("two", true));
      assertThat(encoded.ids()).startsWith(prompt);
      assertThat(encoded.labels()[prompt.length - 1]).isEqualTo(encoded.ids()[prompt.length]);
    }
  }

  @Test
  void aBosIsNeverDoubled() {
    try (Tokenizer tokenizer = DialogueGoldens.tokenizer("byte-level")) {
      DialogueEncoder plain =
          new DialogueEncoder(new PlainTemplate("</s>"), tokenizer, 100, false, false);
      assertThat(plain.prompt(Dialogue.question("two"))).startsWith(0).doesNotHaveDuplicates();
      DialogueEncoder controlled =
          new DialogueEncoder(new PlainTemplate("</s>"), tokenizer, 100, false, true);
      assertThat(controlled.prompt(Dialogue.question("<s>two")))
          .isEqualTo(plain.prompt(Dialogue.question("two")));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"byte-level", "sentence-piece"})
  void specialTokensInMessagesAreTextUnlessToldOtherwise(String name) {
    try (Tokenizer tokenizer = DialogueGoldens.tokenizer(name)) {
      String control = tokenizer.specialTexts().get(tokenizer.specialTexts().size() - 1);
      int id = tokenizer.specialId(control);
      for (String text :
          List.of("two " + control + " one", control, "\uFDD0" + control + control)) {
        Dialogue dialogue = Dialogue.alpaca(text, null, "three" + control);
        PromptTemplate template = DialogueGoldens.template("turns");
        DialogueEncoder plain = new DialogueEncoder(template, tokenizer, 1000, false, false);
        DialogueEncoder controlled = new DialogueEncoder(template, tokenizer, 1000, false, true);
        int[] clean = plain.prompt(Dialogue.question("two"));
        int[] ids = plain.prompt(Dialogue.question(text));

        assertThat(count(ids, id)).isEqualTo(count(clean, id));
        assertThat(tokenizer.decode(ids, true).replace(" ", ""))
            .endsWith(template.prompt(Dialogue.question(text)).replace(" ", ""));
        assertThat(plain.encode(dialogue).sample().ids()).startsWith(ids);
        assertThat(count(plain.encode(dialogue).sample().ids(), id)).isGreaterThan(count(ids, id));
        assertThat(count(controlled.prompt(Dialogue.question(text)), id))
            .isGreaterThan(count(ids, id));
        assertThat(controlled.prompt(Dialogue.question("two"))).isEqualTo(clean);
      }
    }
  }

  private static long count(int[] ids, int id) {
    return Arrays.stream(ids).filter(other -> other == id).count();
  }

  @Test
  void textBetweenSpecialTokensIsTokenisedInOnePiece() {
    try (Tokenizer tokenizer = DialogueGoldens.tokenizer("byte-level")) {
      DialogueEncoder encoder =
          new DialogueEncoder(DialogueGoldens.template("turns"), tokenizer, 1000, false, false);
      int[] ids = encoder.prompt(Dialogue.question("one <|end|> two"));
      int[] text = tokenizer.plainContinuation(new int[] {2}, "user\none <|end|> two", 1000);

      assertThat(Arrays.toString(ids)).contains(Arrays.toString(text).replaceAll("[\\[\\]]", ""));
    }
  }

  @Test
  void answersThatAreNotLearntHaveNoLabelsEvenWherePromptsHave() {
    try (Tokenizer tokenizer = DialogueGoldens.tokenizer("byte-level")) {
      Message bad = new Message("assistant", "three");
      Dialogue dialogue =
          new Dialogue(
              List.of(
                  new Message("user", "one"),
                  bad.with(bad.fields().withLearnt(false)),
                  new Message("user", "two"),
                  new Message("assistant", "five")));
      int unlearnt = tokenizer.ids("three</s>", false).length;
      Sample sample =
          new DialogueEncoder(new PlainTemplate("</s>"), tokenizer, 100, true, false)
              .encode(dialogue)
              .sample();

      assertThat(sample.supervised()).isEqualTo(sample.length() - 1 - unlearnt);
      assertThat(
              new DialogueEncoder(new PlainTemplate("</s>"), tokenizer, 100, false, false)
                  .encode(dialogue)
                  .sample()
                  .supervised())
          .isEqualTo(tokenizer.ids("five</s>", false).length);
    }
  }

  @Test
  void anAnswerEndsAtItsEndAndNotWhereItStopsThinking() {
    String thinking =
        "{% for m in messages %}{{ m.role ~ ('<|turn|>' if m.role == 'assistant') ~ m.content ~"
            + " '<|end|>' }}{% endfor %}{% if add_generation_prompt %}assistant{% endif %}";
    try (Tokenizer tokenizer = DialogueGoldens.tokenizer("byte-level")) {
      ModelTemplate template = new ModelTemplate(thinking, "", "", DialogueGoldens.NOW);
      assertThat(tokenizer.specialId("<|turn|>")).isNotNegative();
      assertThat(new DialogueEncoder(template, tokenizer, 100, false, false).endIds())
          .containsExactly(tokenizer.specialId("<|end|>"));
    }
  }

  @Test
  void answersAreCutAndWhatHasNoneLeftIsDropped() {
    try (Tokenizer tokenizer = DialogueGoldens.tokenizer("byte-level")) {
      PromptTemplate template = PromptTemplates.builtIn("alpaca", special("byte-level", tokenizer));
      Dialogue dialogue = Dialogue.alpaca("Count.", null, "One, two, three.");
      Message answer = new Message("assistant", "seven");
      DialogueEncoder whole = new DialogueEncoder(template, tokenizer, 1000, false, false);
      Sample all = whole.encode(dialogue).sample();
      int prompt = whole.prompt(Dialogue.question("Count.")).length;

      assertThat(all.ids()[all.length() - 1]).isEqualTo(1);
      Encoded shortened =
          new DialogueEncoder(template, tokenizer, prompt + 2, false, false).encode(dialogue);
      assertThat(shortened.truncated()).isTrue();
      Sample cut = shortened.sample();
      assertThat(cut.ids()).isEqualTo(Arrays.copyOf(all.ids(), prompt + 2));
      assertThat(cut.labels()).endsWith(all.ids()[prompt], all.ids()[prompt + 1], -100);
      assertThat(Arrays.stream(cut.labels()).filter(l -> l != -100).count()).isEqualTo(2);
      DialogueEncoder tight = new DialogueEncoder(template, tokenizer, prompt, false, false);
      assertThat(tight.encode(dialogue))
          .isEqualTo(Encoded.dropped("the prompt alone fills training.maxLength"));
      assertThat(tight.encode(Dialogue.alpaca("two ".repeat(10_000), null, "x")).dropped())
          .isEqualTo(DialogueEncoder.PROMPT_TOO_LONG);
      assertThat(whole.encode(Dialogue.alpaca("Count.", null, " ")).dropped())
          .isEqualTo(DialogueEncoder.EMPTY_ANSWER);
      assertThat(whole.encode(new Dialogue(List.of(new Message("tool", "7"), answer))).dropped())
          .isEqualTo(
              "the prompt template cannot write it: template 'alpaca' needs a user's message first:"
                  + " the instruction");
      Sample trained =
          new DialogueEncoder(template, tokenizer, 1000, true, false).encode(dialogue).sample();
      assertThat(Arrays.copyOf(trained.labels(), all.length() - 1))
          .isEqualTo(Arrays.copyOfRange(all.ids(), 1, all.length()));
    }
  }

  @Test
  void unknownSpecialTokensAreNamed() throws IOException {
    try (Tokenizer tokenizer = DialogueGoldens.tokenizer("byte-level")) {
      assertThatIllegalArgumentException()
          .isThrownBy(
              () -> new DialogueEncoder(TurnTemplate.llama3(), tokenizer, 100, false, false))
          .withMessageContaining(
              "[<|begin_of_text|>, <|start_header_id|>, <|end_header_id|>, <|eot_id|>]");
      Files.writeString(folder.resolve("tokenizer_config.json"), "{\"eos_token\":\"<|nowhere|>\"}");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> SpecialTokens.read(folder, tokenizer))
          .withMessageContaining("eos_token is '<|nowhere|>', which tokenizer.json has no added");
      Files.writeString(
          folder.resolve("tokenizer_config.json"), "{\"bos_token\":null,\"eos_token\":null}");
      Files.writeString(folder.resolve("generation_config.json"), "{\"eos_token_id\":[3,1]}");
      Files.writeString(folder.resolve("config.json"), "{\"eos_token_id\":1}");
      assertThat(SpecialTokens.read(folder, tokenizer))
          .isEqualTo(new SpecialTokens(null, new SpecialTokens.Token("<|end|>", 3), List.of(3, 1)));
      assertThatIllegalArgumentException()
          .isThrownBy(
              () -> PromptTemplates.builtIn("plain", new SpecialTokens(null, null, List.of())))
          .withMessageContaining("the model names none; set eos_token");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"byte-level", "sentence-piece"})
  void aStreamOfTokensIsTheirText(String name) {
    String text = "One, two: 四 🙂\nthree";
    try (Tokenizer tokenizer = DialogueGoldens.tokenizer(name)) {
      TokenStream stream = new TokenStream(tokenizer);
      StringBuilder read = new StringBuilder();
      for (int id : tokenizer.ids(text, false)) {
        String piece = stream.add(id);
        assertThat(piece).doesNotContain("\uFFFD");
        read.append(piece);
      }
      assertThat(read.append(stream.finish())).hasToString(text);
    }
  }

  @Test
  void builtInTemplates() {
    Dialogue alpaca = Dialogue.alpaca("Add.", "1 1", "2");
    Dialogue chat =
        new Dialogue(
            List.of(
                new Message("system", "S"),
                new Message("user", " U "),
                new Message("assistant", "A")));
    SpecialTokens special = new SpecialTokens(null, new SpecialTokens.Token("</s>", 2), List.of(2));

    assertThat(PromptTemplates.builtIn("alpaca", special).render(alpaca))
        .containsExactly(
            new Segment(
                "Below is an instruction that describes a task, paired with an input that provides"
                    + " further context. Write a response that appropriately completes the"
                    + " request.\n\n### Instruction:\nAdd.\n\n### Input:\n1 1\n\n### Response:\n",
                false),
            new Segment("2</s>", true));
    assertThat(PromptTemplates.builtIn("alpaca", special).prompt(Dialogue.question("Go.")))
        .isEqualTo(
            "Below is an instruction that describes a task. Write a response that appropriately"
                + " completes the request.\n\n### Instruction:\nGo.\n\n### Response:\n");
    assertThat(PromptTemplates.builtIn("plain", special).render(alpaca))
        .containsExactly(new Segment("Add.\n1 1", false), new Segment("2</s>", true));
    assertThat(PromptTemplates.builtIn("llama3", special).render(chat))
        .containsExactly(
            new Segment(
                "<|begin_of_text|><|start_header_id|>system<|end_header_id|>\n\nS<|eot_id|>"
                    + "<|start_header_id|>user<|end_header_id|>\n\nU<|eot_id|>"
                    + "<|start_header_id|>assistant<|end_header_id|>\n\n",
                false),
            new Segment("A<|eot_id|>", true));
    assertThat(PromptTemplates.builtIn("chatml", special).render(chat))
        .containsExactly(
            new Segment(
                "<|im_start|>system\n"
                    + "S<|im_end|>\n"
                    + "<|im_start|>user\n"
                    + " U <|im_end|>\n"
                    + "<|im_start|>assistant\n",
                false),
            new Segment("A<|im_end|>", true),
            new Segment("\n", false));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> PromptTemplates.builtIn("vicuna", special))
        .withMessageContaining("unknown prompt template 'vicuna'");
  }

  @Test
  void whatIsNoDialogueIsRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Message("robot", "x"))
        .withMessage("unknown role 'robot'; expected system, user, assistant or tool");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Message(Role.USER, " "))
        .withMessageContaining("user's message is empty");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Dialogue(List.of()))
        .withMessageContaining("at least one message");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new PlainTemplate("e").render(Dialogue.question("x")))
        .withMessageContaining("nothing to train on");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new PlainTemplate("e").prompt(Dialogue.alpaca("x", null, "y")))
        .withMessageContaining("ends with the assistant's message");
  }

  @Test
  void multipleChoicePrompts() {
    MultipleChoice first = new MultipleChoice("1 + 1?", List.of("2", "3"), 0);
    MultipleChoice second = new MultipleChoice("1 + 2?", List.of("2", "3", "4"), 1);

    assertThat(new MultipleChoicePrompt("sums", List.of()).of(second))
        .isEqualTo(
            "The following are multiple choice questions (with answers) about sums. Please provide"
                + " only the correct option (one uppercase letter).\n\n"
                + "1 + 2?\n"
                + "A. 2\n"
                + "B. 3\n"
                + "C. 4\n"
                + "Answer:");
    assertThat(new MultipleChoicePrompt("sums", List.of(first)).of(second))
        .endsWith(").\n\n1 + 1?\nA. 2\nB. 3\nAnswer: A\n\n1 + 2?\nA. 2\nB. 3\nC. 4\nAnswer:");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new MultipleChoice("q", List.of("a", "b"), 2))
        .withMessage("expected an answer from 0 to 1, got 2");
  }
}
