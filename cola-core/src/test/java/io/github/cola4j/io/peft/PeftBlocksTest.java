package io.github.cola4j.io.peft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.cola4j.io.weights.SafetensorsWriter;
import io.github.cola4j.model.BaseModel;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What of VeRA, GraLoRA, Bat, C3A and OFT is refused. */
class PeftBlocksTest {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  @TempDir private Path folder;

  private static void refuses(Path peft, String... message) {
    BaseModel model = PeftImportTest.model("bert");
    PeftImport.Target target = PeftImportTest.target(model, PeftImport.Head.MEAN);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> PeftImport.read(peft, model.transformer(), target))
        .satisfies(e -> assertThat(e.getMessage()).contains(message));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "vera | save_projection | false | only PyTorch draws them",
        "vera | r | 7 | expected shape [7]",
        "gralora | hybrid_r | 2 | the blocks alone are read",
        "gralora | gralora_k | 4 | expected shape [4, 8, 4]",
        "bat | init_weights | \"mini\" | true and bat are read",
        "oft | coft | true | not constrained",
        "oft | r | 4 | give oft_block_size",
        "oft-series | num_cayley_neumann_terms | 3 | 4 or more are read",
        "c3a | block_size | 0 | above 0, got 0"
      })
  void optionsOfBlocksWithoutACounterpartAreRefused(
      String adapter, String key, String value, String message) throws IOException {
    JsonNode node = MAPPER.readTree(value);
    String source = "peft-adapters/bert-" + adapter;
    refuses(PeftImportTest.copy(folder, source, json -> json.set(key, node), t -> {}), message);
  }

  @Test
  void randomMatricesOfAVeraThatAreMissingOrTooSmallAreRefused() throws IOException {
    String source = "peft-adapters/bert-vera";
    String name = "base_model.vera_A";
    refuses(PeftImportTest.copy(folder, source, json -> {}, tensors -> tensors.remove(name)), name);
    refuses(
        PeftImportTest.copy(
            folder,
            source,
            json -> {},
            tensors ->
                tensors.put(
                    name, new SafetensorsWriter.Tensor(new long[] {6, 32}, new float[6 * 32]))),
        name,
        "expected [6, 64]",
        "or more columns, it has [6, 32]");
    refuses(
        PeftImportTest.copy(
            folder,
            source,
            json -> {},
            tensors ->
                tensors.put(
                    "base_model.vera_B",
                    new SafetensorsWriter.Tensor(new long[] {64, 7}, new float[7 * 64]))),
        "expected [32, 6]",
        "or more rows, it has [64, 7]");
  }
}
