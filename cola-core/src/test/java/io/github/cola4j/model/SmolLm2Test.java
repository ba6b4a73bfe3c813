package io.github.cola4j.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.cola4j.adapter.Adapters;
import io.github.cola4j.data.Dialogue;
import io.github.cola4j.data.Message;
import io.github.cola4j.data.template.DialogueEncoder;
import io.github.cola4j.data.template.PromptConfig;
import io.github.cola4j.data.template.PromptTemplates;
import io.github.cola4j.model.generate.Sampling;
import io.github.cola4j.model.generate.TextGenerator;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.nn.batch.TokenBatch;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * A real model, SmolLM2-135M-Instruct, against transformers: the folder that {@code
 * tools/smollm2_to_hf.py} makes, named by the environment variable COLA_SMOLLM2.
 */
class SmolLm2Test {
  private static final String VARIABLE = "COLA_SMOLLM2";
  private static BaseModel model;
  private static JsonNode expected;

  /** Before each, so that every skipped test is counted. */
  @BeforeEach
  void load() {
    String folder = Optional.ofNullable(System.getenv(VARIABLE)).orElse("");
    assumeTrue(
        !folder.isEmpty() && Files.isDirectory(Path.of(folder)),
        "needs the model folder that tools/smollm2_to_hf.py makes, named by " + VARIABLE);
    if (model == null) {
      model = BaseModel.load(folder);
      expected = Goldens.json("smollm2", "expected.json");
    }
  }

  @AfterAll
  static void release() {
    model = null;
    expected = null;
  }

  @Test
  void logitsOfTenPrompts() {
    int[] random = Goldens.ints(expected.get("randomIds"));
    assertThat(expected.get("prompts")).hasSize(10);
    try (Pass pass = new Pass(DataType.FLOAT)) {
      for (JsonNode prompt : expected.get("prompts")) {
        int[] ids = Goldens.ints(prompt.get("ids"));
        pass.startEvaluation();
        Matrix hidden = pass.matrix(576, 1);
        TokenBatch batch = new TokenBatch(ids, new int[ids.length], new int[] {0, ids.length});
        int[] last = {ids.length - 1};
        model.decoder().encode(pass, Adapters.NONE, batch, last, hidden);
        float[] logits = model.decoder().head().logits(pass, hidden).toArray();
        near(logits, Goldens.ints(prompt.get("top")), prompt.get("topLogits"));
        near(logits, random, prompt.get("randomLogits"));
        double mean =
            IntStream.range(0, logits.length).mapToDouble(i -> logits[i]).average().orElse(0);
        assertThat(mean).isCloseTo(prompt.get("mean").asDouble(), Offset.offset(1e-3));
        assertThat(Answers.argMax(logits)).isEqualTo(prompt.get("top").get(0).asInt());
      }
    }
  }

  private static void near(float[] logits, int[] ids, JsonNode values) {
    for (int i = 0; i < ids.length; i++) {
      assertThat((double) logits[ids[i]]).isCloseTo(values.get(i).asDouble(), Offset.offset(1e-3));
    }
  }

  @Test
  void greedyTextOfSixPromptsAtOnce() {
    List<TextGenerator.Text> prompts = new ArrayList<>();
    List<List<Integer>> texts = new ArrayList<>();
    for (JsonNode generation : expected.get("generations")) {
      int[] ids = Goldens.ints(generation.get("ids"));
      prompts.add(new TextGenerator.Text(ids, Adapters.NONE, Set.of(), prompts.size()));
      texts.add(new ArrayList<>());
    }
    try (Pass pass = new Pass(DataType.FLOAT)) {
      new TextGenerator(model.decoder())
          .generate(
              pass, prompts, Sampling.greedy(50), (text, token) -> texts.get(text).add(token));
    }
    for (int t = 0; t < texts.size(); t++) {
      int[] generated = Goldens.ints(expected.get("generations").get(t).get("generated"));
      assertThat(generated).hasSize(50);
      assertThat(texts.get(t).stream().mapToInt(Integer::intValue).toArray()).isEqualTo(generated);
    }
  }

  /** The model's own chat template, rendered and tokenised. */
  @Test
  void promptsOfChats() {
    DialogueEncoder encoder =
        model.dialogues(
            PromptConfig.defaults().withTemplate(PromptTemplates.MODEL), Integer.MAX_VALUE);
    int compared = 0;
    for (JsonNode chat : expected.get("chats")) {
      List<Message> messages = new ArrayList<>();
      for (JsonNode m : chat.get("messages")) {
        messages.add(new Message(m.get("role").asText(), m.get("content").asText()));
      }
      boolean answered = messages.get(messages.size() - 1).role() == Message.Role.ASSISTANT;
      if (chat.get("addGenerationPrompt").asBoolean() && !answered) {
        assertThat(encoder.prompt(new Dialogue(messages))).isEqualTo(Goldens.ints(chat.get("ids")));
        compared++;
      }
    }
    assertThat(compared).isGreaterThanOrEqualTo(3);
  }
}
