package io.github.cola4j.io.peft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.cola4j.adapter.AdapterConfig;
import io.github.cola4j.io.PeftTool;
import io.github.cola4j.io.adapter.TrainedAdapter;
import io.github.cola4j.io.weights.SafetensorsWriter.Tensor;
import io.github.cola4j.model.BaseModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** AdaLoRAs of PEFT (tools/make_peft_adapters.py), whose modules have kept different ranks. */
class AdaloraImportTest {
  private static final String MODULE = "bert.encoder.layer.0.attention.self.query";
  private static final String OURS = MODULE.substring("bert.".length());
  private static final int BEFORE = 4; // init_r
  private static final double ALPHA = 6;

  @TempDir Path folder;

  private static TrainedAdapter read(Path peft) {
    BaseModel model = PeftImportTest.model("bert");
    return PeftImport.read(
        peft, model.transformer(), PeftImportTest.target(model, PeftImport.Head.MEAN));
  }

  private Path copy(Consumer<ObjectNode> json, Consumer<Map<String, Tensor>> edit)
      throws IOException {
    return PeftImportTest.copy(
        Files.createTempDirectory(folder, "peft"), "peft-adapters/bert-adalora", json, edit);
  }

  /** Lets a module keep the first rows of its E alone, as PEFT stores it. */
  private Path keeping(int rank) throws IOException {
    return copy(
        json -> {
          ArrayNode kept = ((ObjectNode) json.get("rank_pattern")).putArray(MODULE + ".lora_E");
          IntStream.range(0, BEFORE).forEach(k -> kept.add(k < rank));
        },
        tensors -> {
          String name = "base_model.model." + MODULE + ".lora_";
          float[] row = new float[32];
          Arrays.fill(row, 0.25f);
          float[] a = new float[rank * 32];
          float[] b = new float[32 * rank];
          float[] e = new float[rank];
          for (int k = 0; k < rank; k++) {
            System.arraycopy(row, 0, a, k * 32, 32);
            e[k] = k + 1;
          }
          Arrays.fill(b, 0.5f);
          tensors.put(name + "A", new Tensor(new long[] {rank, 32}, a));
          tensors.put(name + "B", new Tensor(new long[] {32, rank}, b));
          tensors.put(name + "E", new Tensor(new long[] {rank, 1}, e));
        });
  }

  @Test
  void everyModuleHasTheRankThatItKeptAndTheScalingOfTheFirstRank() throws IOException {
    TrainedAdapter adapter = read(keeping(3));
    AdapterConfig config = adapter.description().adapter();
    assertThat(config.method()).isEqualTo("lora");
    assertThat(config.rankOf(OURS)).isEqualTo(3);
    assertThat(adapter.layout().entries().stream().map(e -> config.rankOf(module(e.name()))))
        .as("ranks of this adapter differ")
        .contains(1);
    assertThat((float) config.scalingOf(OURS)).isEqualTo((float) (ALPHA / (BEFORE + 1e-5)));
    int at = adapter.layout().entry(OURS + "/A").offset();
    for (int k = 0; k < 3; k++) {
      assertThat(adapter.theta()[at + 32 * k]).as("E is in A").isEqualTo(0.25f * (k + 1));
    }
    int b = adapter.layout().entry(OURS + "/B").offset();
    assertThat(adapter.theta()[b]).isEqualTo(0.5f);
  }

  private static String module(String entry) {
    return entry.replaceAll("/.*", "");
  }

  @Test
  void aModuleThatKeptNothingIsLeftOut() throws IOException {
    TrainedAdapter pruned = read(keeping(0));
    assertThat(pruned.description().adapter().targets()).doesNotContain(OURS).isNotEmpty();
    assertThat(pruned.layout().entries()).noneMatch(entry -> entry.name().startsWith(OURS + "/"));
    Path zero =
        copy(
            json -> {},
            tensors -> {
              String e = "base_model.model." + MODULE + ".lora_E";
              long[] shape = tensors.get(e).shape();
              tensors.put(e, new Tensor(shape, new float[(int) shape[0]]));
            });
    BaseModel model = PeftImportTest.model("bert");
    PeftExportTest.assertClose(
        PeftTool.logits(model.transformer(), pruned, PeftExportTest.SEQUENCES),
        PeftTool.logits(model.transformer(), read(zero), PeftExportTest.SEQUENCES),
        2e-6);
  }

  @Test
  void whatDoesNotFitIsRefused() throws IOException {
    refuses(copy(json -> json.put("init_r", 0), tensors -> {}), "init_r", "from 1");
    refuses(copy(json -> json.put("init_r", 5), tensors -> {}), "a list of 5 (init_r)");
    refuses(copy(json -> json.put("lora_alpha", 0), tensors -> {}), "lora_alpha", "above 0");
    refuses(
        copy(json -> {}, tensors -> tensors.remove("base_model.model." + MODULE + ".lora_E")),
        MODULE + ".lora_E', but others of that module");
    refuses(copy(json -> json.remove("rank_pattern"), tensors -> {}), "expected shape [4, ");
  }

  private static void refuses(Path peft, String... message) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> read(peft))
        .satisfies(e -> assertThat(e.getMessage()).contains(message));
  }
}
