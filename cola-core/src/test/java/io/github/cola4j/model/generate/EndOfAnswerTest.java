package io.github.cola4j.model.generate;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.cola4j.data.template.PromptConfig;
import io.github.cola4j.model.BaseModel;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.weight.Weight;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.buffer.DataType;

class EndOfAnswerTest {
  private static final PromptConfig PLAIN = PromptConfig.defaults().withTemplate("plain");

  @TempDir Path folder;

  @Test
  void rowsThatAreSmallOrSharedWereNotTrained() {
    Weight table =
        Weight.of(Matrix.ofRows(DataType.FLOAT, 6, 2, 1, 2, 2, 1, 0, 0, .01f, -.1f, -1, 1, -1, 1));
    int[] special = {1, 2, 3, 4, 5};

    assertThat(EndOfAnswer.isUntrained(table, 0, special)).isFalse();
    assertThat(EndOfAnswer.isUntrained(table, 1, special)).isFalse();
    assertThat(EndOfAnswer.isUntrained(table, 2, special)).isTrue();
    assertThat(EndOfAnswer.isUntrained(table, 3, special)).isTrue();
    assertThat(EndOfAnswer.isUntrained(table, 4, special)).isTrue();
    assertThat(EndOfAnswer.isUntrained(table, 4, new int[] {4})).isFalse();
  }

  @Test
  void aModelThatCannotWriteTheEndIsNamed() throws IOException, URISyntaxException {
    Path golden =
        Path.of(EndOfAnswerTest.class.getResource("/goldens/decoder/llama/model").toURI());
    for (Path file : Files.list(golden).toList()) {
      Files.copy(file, folder.resolve(file.getFileName().toString()));
    }
    BaseModel trained = BaseModel.load(folder.toString());
    assertThat(EndOfAnswer.notice(trained, PLAIN)).isEmpty();
    assertThat(EndOfAnswer.notice(trained, PLAIN.withTemplate("llama3"))).isEmpty();

    clearRow(
        folder.resolve("model-00001-of-00002.safetensors"),
        "model.embed_tokens.weight",
        trained.specialTokens().eos().id());
    assertThat(EndOfAnswer.notice(BaseModel.load(folder.toString()), PLAIN))
        .hasValueSatisfying(
            notice ->
                assertThat(notice)
                    .startsWith("prompt.template 'plain' ends answers with <|end_of_text|>, which")
                    .contains(folder.toString(), "never trained"));
  }

  private static void clearRow(Path file, String name, int row) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    int header = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getInt();
    JsonNode tensor =
        new ObjectMapper().readTree(Arrays.copyOfRange(bytes, 8, 8 + header)).get(name);
    int from = 8 + header + tensor.get("data_offsets").get(0).asInt();
    int length = tensor.get("shape").get(1).asInt() * Float.BYTES;
    Arrays.fill(bytes, from + row * length, from + (row + 1) * length, (byte) 0);
    Files.write(file, bytes);
  }
}
