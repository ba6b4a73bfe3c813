package io.github.cola4j.train.language;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.cola4j.adapter.AdaptedModules;
import io.github.cola4j.adapter.AdapterConfig;
import io.github.cola4j.data.Document;
import io.github.cola4j.data.Encoded;
import io.github.cola4j.data.Sample;
import io.github.cola4j.data.template.PromptConfig;
import io.github.cola4j.model.BaseModel;
import io.github.cola4j.model.Goldens;
import io.github.cola4j.model.TaskModel;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.train.Evaluation;
import io.github.cola4j.train.TrainingConfig;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Texts that are learnt as they are, against transformers with labels = input_ids. */
class TextModelingTest {
  private static final TextModeling OBJECTIVE = new TextModeling(PromptConfig.defaults());

  private static BaseModel model(String name) {
    return BaseModel.load(Goldens.path("decoder/" + name + "/model"));
  }

  private static List<int[]> pieces(BaseModel base, String text, int maxLength) {
    return OBJECTIVE.parts(base, maxLength, Document.of(text)).stream().map(Document::ids).toList();
  }

  @ParameterizedTest
  @ValueSource(strings = {"llama", "qwen2"})
  void piecesAreThoseOfTheText(String name) {
    BaseModel base = model(name);
    for (JsonNode text : Goldens.json("language", name + "-texts.json")) {
      List<int[]> expected = new ArrayList<>();
      text.get("pieces").forEach(piece -> expected.add(Goldens.ints(piece)));
      List<int[]> pieces = pieces(base, text.get("text").asText(), text.get("maxLength").asInt());
      assertThat(pieces).usingRecursiveComparison().isEqualTo(expected);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"llama", "qwen2"})
  void lossesAreThoseOfTransformers(String name) {
    BaseModel base = model(name);
    AdaptedModules modules =
        new AdaptedModules(base.decoder().linears(), AdapterConfig.defaults().withRank(2));
    float[] initial = modules.initial(1);
    TaskModel model = OBJECTIVE.model(base, modules, initial, TrainingConfig.defaults());
    try (Pass pass = base.newPass()) {
      for (JsonNode text : Goldens.json("language", name + "-texts.json")) {
        for (int p = 0; p < text.get("pieces").size(); p++) {
          Document piece = Document.piece(Goldens.ints(text.get("pieces").get(p)));
          Encoded encoded = OBJECTIVE.encode(base, 1000, piece);
          JsonNode expected = text.get("losses").get(p);
          if (expected.isNull()) {
            assertThat(encoded.dropped()).isEqualTo(TextModeling.NOTHING_FOLLOWS);
            continue;
          }
          Evaluation evaluation =
              Evaluation.of(model, pass, initial, List.of(encoded.sample()), 1000);
          assertThat(evaluation.examples()).isEqualTo(piece.ids().length - 1);
          assertThat(evaluation.loss()).isCloseTo(expected.asDouble(), Offset.offset(1e-4));
        }
      }
    }
  }

  @Test
  void everyTokenButTheFirstIsLearntOnce() {
    BaseModel base = model("llama");
    String text = "the court held that the rate is void ".repeat(3);
    int[] all = pieces(base, text, Integer.MAX_VALUE).get(0);
    for (int maxLength : new int[] {2, 3, 7, all.length - 1, all.length, all.length + 1}) {
      List<Integer> learnt = new ArrayList<>();
      for (Document piece : OBJECTIVE.parts(base, maxLength, Document.of(text))) {
        assertThat(OBJECTIVE.parts(base, maxLength, piece)).containsExactly(piece);
        Sample sample = OBJECTIVE.encode(base, maxLength, piece).sample();
        assertThat(sample.length()).isBetween(2, maxLength);
        Arrays.stream(sample.labels()).filter(l -> l != Sample.IGNORED).forEach(learnt::add);
      }
      assertThat(learnt)
          .as("maxLength " + maxLength)
          .containsExactlyElementsOf(Arrays.stream(all).skip(1).boxed().toList());
    }
  }

  @Test
  void aTextIsNoLongerThanTheModelsPositions() {
    BaseModel base = model("llama");
    int positions = base.decoder().config().maxPositions();
    assertThat(pieces(base, "bank rate ".repeat(positions), 1_000_000))
        .hasSizeGreaterThan(1)
        .allMatch(piece -> piece.length <= positions);
    assertThatThrownBy(() -> pieces(base, "a", 1))
        .hasMessage("expected maxLength of at least 2, got 1");
  }
}
