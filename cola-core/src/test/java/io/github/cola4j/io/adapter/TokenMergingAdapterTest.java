package io.github.cola4j.io.adapter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.offset;

import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.cola4j.adapter.AdaptedModules;
import io.github.cola4j.adapter.AdapterConfig;
import io.github.cola4j.adapter.AdapterMethod;
import io.github.cola4j.adapter.AdapterMethods;
import io.github.cola4j.adapter.Adapters;
import io.github.cola4j.adapter.ParameterLayout;
import io.github.cola4j.adapter.combine.Combinations;
import io.github.cola4j.adapter.tokens.TokenMerging;
import io.github.cola4j.data.Batcher;
import io.github.cola4j.data.Example;
import io.github.cola4j.data.Sample;
import io.github.cola4j.data.image.ImageBytes;
import io.github.cola4j.io.PeftTool;
import io.github.cola4j.io.merged.MergedModel;
import io.github.cola4j.io.peft.PeftExport;
import io.github.cola4j.io.weights.Safetensors;
import io.github.cola4j.model.BaseModel;
import io.github.cola4j.model.Encoder;
import io.github.cola4j.model.Goldens;
import io.github.cola4j.model.TextClassifier;
import io.github.cola4j.model.pooling.Pooling;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.nn.layer.FrozenLinear;
import io.github.cola4j.train.BoostingConfig;
import io.github.cola4j.train.Classification;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;

/** Adapters that merge tokens: in files, in a bank, in other programs' formats. */
class TokenMergingAdapterTest {
  private static final BaseModel VIT = BaseModel.load(Goldens.path("merging/model"));
  private static final TokenMerging PLAIN = new TokenMerging(List.of(6, 0, 9, 4));
  private static final TokenMerging MODULATED = new TokenMerging(List.of(6, 0, 9, 4), true);

  @TempDir private Path folder;

  private static TrainedAdapter adapter(AdapterConfig config, TokenMerging merging, long seed) {
    return PeftTool.random(VIT, config.withTokenMerging(merging), seed);
  }

  private static List<Sample> samples() {
    return IntStream.range(0, 4)
        .mapToObj(i -> new ImageBytes(Goldens.bytes("merging/image-" + i + ".png")))
        .map(image -> Example.of(image, null, null, 1))
        .map(example -> new Classification(PeftTool.CLASSES).encode(VIT, 64, example).sample())
        .toList();
  }

  private static float[][] logits(TrainedAdapter adapter) {
    return PeftTool.outputs(VIT.transformer(), adapter, samples());
  }

  static Stream<AdapterMethod> methods() {
    return AdapterMethods.all().stream();
  }

  /** Every method keeps its layout, and has the modulations behind it. */
  @ParameterizedTest
  @MethodSource("methods")
  void everyMethodInFiles(AdapterMethod method) {
    AdapterConfig config = AdapterConfig.of(method.name()).withRank(4);
    TrainedAdapter adapter = adapter(config, MODULATED, 3);
    AdapterStore.save(folder, adapter);
    TrainedAdapter again = AdapterStore.load(folder, VIT);
    assertThat(again.description()).isEqualTo(adapter.description());
    assertThat(Arrays.equals(again.theta(), adapter.theta())).isTrue();
    for (ParameterLayout.Entry entry : adapter.layout().entries()) {
      if (entry.name().contains("token_modulation")) {
        int from = entry.offset();
        int to = from + entry.length();
        assertThat(Arrays.copyOfRange(again.initial(), from, to))
            .as(entry.name())
            .containsExactly(Arrays.copyOfRange(adapter.initial(), from, to));
      }
    }

    List<ParameterLayout.Entry> without =
        new AdaptedModules(VIT.linears(), config).layout().entries();
    AdaptedModules modules = new AdaptedModules(VIT.linears(), adapter.description().adapter());
    List<ParameterLayout.Entry> with = modules.layout().entries();
    assertThat(with)
        .hasSize(without.size() + 3 * 4)
        .startsWith(without.toArray(new ParameterLayout.Entry[0]));
    Optional<AdaptedModules> once = modules.collapsed();
    if (once.isPresent()) {
      float[] collapsed = once.get().initial(7);
      float[] expanded = modules.initial(7);
      assertThat(Arrays.equals(once.get().layout().expand(collapsed), expanded)).isTrue();
      assertThat(once.get().layout().collapse(expanded))
          .hasValueSatisfying(back -> assertThat(Arrays.equals(back, collapsed)).isTrue());
    }
  }

  @Test
  void filesSayHowTokensAreMerged() throws Exception {
    AdapterStore.save(folder, adapter(AdapterConfig.lora(2), MODULATED, 3));
    assertThat(AdapterStore.json(AdapterStore.describe(folder)).at("/adapter/tokenMerging"))
        .isEqualTo(new JsonMapper().readTree("{\"counts\": [6, 0, 9, 4], \"modulation\": true}"));
    try (Safetensors file = Safetensors.open(folder.resolve(AdapterStore.TENSORS))) {
      assertThat(file.shape("layers.0.token_modulation.W_r")).containsExactly(6);
      assertThat(file.shape("layers.3.token_modulation.W_D")).containsExactly(1, 12);
      assertThat(file.names()).contains("initial.layers.2.token_modulation.gain");
    }
    AdapterStore.save(folder, adapter(AdapterConfig.lora(2), null, 3));
    assertThat(AdapterStore.json(AdapterStore.describe(folder)).at("/adapter").has("tokenMerging"))
        .isFalse();
  }

  @Test
  void inABank() {
    AdapterBank bank = new AdapterBank(VIT);
    bank.add("plain", adapter(AdapterConfig.lora(2), PLAIN, 1));
    bank.add("other", adapter(AdapterConfig.lora(2), PLAIN, 2));
    bank.add("none", adapter(AdapterConfig.lora(2), null, 2));
    bank.add("modulated", adapter(AdapterConfig.lora(2), MODULATED, 1));
    try (Pass pass = new Pass(VIT.type())) {
      bank.activate("plain");
      Encoder merged = (Encoder) bank.merged(pass);
      Encoder merging = VIT.encoder().withTokenMerging(PLAIN);
      int[] all = {0, 1, 2, 3};
      float[] expected =
          merging.encode(pass, bank.adapters(pass), Batcher.sequences(samples(), all)).toArray();
      assertThat(merged.encode(pass, Adapters.NONE, Batcher.sequences(samples(), all)).toArray())
          .containsExactly(expected, offset(1e-4f));
      bank.activate("modulated");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> bank.merged(pass))
          .withMessage("adapter 'modulated' cannot be merged: " + TokenMerging.UNMERGEABLE);
    }
    TrainedAdapter combined = combine(bank, "plain", "other");
    assertThat(combined.description().adapter().tokenMerging()).isEqualTo(PLAIN);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> combine(bank, "plain", "none"))
        .withMessageEndingWith("merge tokens in different ways: no tokenMerging would serve both");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> combine(bank, "modulated", "modulated"))
        .withMessageContaining(TokenMerging.UNMERGEABLE);
  }

  private static TrainedAdapter combine(AdapterBank bank, String one, String other) {
    return bank.combine(
        "both",
        List.of(one, other),
        List.of(0.5, 0.5),
        Combinations.named("arithmetic", 4, 1.0, 1));
  }

  /** What others load computes with all tokens; of a modulation they have nothing. */
  @Test
  void otherFormats() {
    TrainedAdapter modulated = adapter(AdapterConfig.lora(2), MODULATED, 1);
    MergedModel.Options f32 = MergedModel.Options.f32(1 << 20);
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> MergedModel.write(folder, modulated, VIT.location(), VIT.transformer(), f32))
        .withMessage(
            "the adapter cannot be written without CoLA4J's code: " + TokenMerging.UNMERGEABLE);
    PeftExport.Options whole = PeftExport.Options.whole();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> PeftExport.write(folder, modulated, VIT.transformer(), "x", whole))
        .withMessageContaining(TokenMerging.UNMERGEABLE);

    TrainedAdapter plain = adapter(AdapterConfig.lora(2), PLAIN, 1);
    MergedModel.write(folder, plain, VIT.location(), VIT.transformer(), f32);
    BaseModel merged = BaseModel.load(folder.toString());
    AdaptedModules none = new AdaptedModules(merged.linears(), AdapterConfig.lora(1));
    float[] theta = plain.theta();
    int head = theta.length - plain.initial().length;
    float[] start = none.initial(1);
    float[] all = Arrays.copyOf(start, start.length + head);
    System.arraycopy(theta, plain.initial().length, all, start.length, head);
    float[][] unmerged;
    try (Pass pass = new Pass(merged.type())) {
      unmerged =
          new TextClassifier(
                  merged.encoder().withPooling(Pooling.MEAN), none, start, PeftTool.CLASSES.size())
              .logits(pass, all, samples(), 512);
    }
    AdapterConfig without = plain.description().adapter().withTokenMerging(null);
    float[][] expected = logits(plain.withDescription(plain.description().withAdapter(without)));
    for (int s = 0; s < expected.length; s++) {
      assertThat(unmerged[s]).containsExactly(expected[s], offset(1e-4f));
    }
    assertThat(logits(plain)[0]).isNotEqualTo(expected[0]);
  }

  @Test
  void countsAsFilesHaveThem() throws Exception {
    assertThat(read("{\"counts\": [1, 2]}")).isEqualTo(new TokenMerging(List.of(1, 2)));
    assertThat(read("{\"counts\": 3, \"modulation\": true}"))
        .isEqualTo(new TokenMerging(List.of(3), true));
    assertThat(read("{\"counts\": \"high\"}").counts())
        .containsExactly(40, 34, 30, 24, 18, 14, 10, 8, 4, 4, 3, 3);
    assertThat(read("{\"counts\": \"low\"}").counts().stream().mapToInt(r -> r).sum())
        .isEqualTo(186);
    assertThat(TokenMerging.counts(" 4, 0,2 ")).containsExactly(4, 0, 2);
    refused("{}", "tokenMerging needs counts");
    refused("{\"counts\": []}", "merges nothing, got []");
    refused("{\"counts\": [0, 0]}", "merges nothing, got [0, 0]; leave tokenMerging out");
    refused("{\"counts\": [2, -1]}", "must be 0 or more, got [2, -1]");
    refused("{\"counts\": \"middle\"}", "expected low, high or a number for each block");
    refused("{\"counts\": [1.5]}", "a whole number for each block, got 1.5");
    refused("{\"counts\": {\"a\": 1}}", "a whole number for each block");
  }

  @Test
  void layersThatAreInNoBlock() {
    List<FrozenLinear> one =
        List.of(new FrozenLinear("dense", Matrix.zeros(DataType.FLOAT, 4, 3), null));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new AdaptedModules(one, AdapterConfig.lora(2).withTokenMerging(PLAIN)))
        .withMessageStartingWith(
            "tokenMerging needs a vision transformer (model_type vit), the model has no blocks");
  }

  private static TokenMerging read(String json) throws Exception {
    return new JsonMapper().readValue(json, TokenMerging.class);
  }

  private static void refused(String json, String message) {
    assertThatExceptionOfType(JsonMappingException.class)
        .isThrownBy(() -> read(json))
        .withMessageContaining(message);
  }

  @Test
  void boostingTrainsPairsAlone() {
    BoostingConfig boosting = new BoostingConfig(8, 0);
    boosting.requireFit(AdapterConfig.lora(2).withTokenMerging(PLAIN));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> boosting.requireFit(AdapterConfig.lora(2).withTokenMerging(MODULATED)))
        .withMessageContaining("expected no adapter.tokenMerging.modulation");
  }
}
