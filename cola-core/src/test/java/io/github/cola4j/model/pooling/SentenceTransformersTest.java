package io.github.cola4j.model.pooling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SentenceTransformersTest {
  @TempDir private Path folder;

  private void write(String json) throws IOException {
    Files.createDirectories(folder.resolve("1_Pooling"));
    Files.writeString(folder.resolve("1_Pooling/config.json"), json);
  }

  @Test
  void aFolderWithoutItSaysNothing() {
    assertThat(SentenceTransformers.pooling(folder)).isNull();
  }

  @ParameterizedTest
  @CsvSource({
    "pooling_mode_mean_tokens, MEAN",
    "pooling_mode_cls_token, CLS",
    "pooling_mode_lasttoken, LAST"
  })
  void flags(String flag, Pooling expected) throws IOException {
    String all =
        """
        {"word_embedding_dimension": 24, "pooling_mode_cls_token": false, "pooling_mode_mean_tokens": false,
         "pooling_mode_max_tokens": false, "pooling_mode_lasttoken": false, "include_prompt": true}
        """;
    write(all.replace("\"" + flag + "\": false", "\"" + flag + "\": true"));
    assertThat(SentenceTransformers.pooling(folder)).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({"mean, MEAN", "cls, CLS", "lasttoken, LAST"})
  void theModeOfNewerVersions(String mode, Pooling expected) throws IOException {
    write("{\"embedding_dimension\": 24, \"pooling_mode\": \"" + mode + "\"}");
    assertThat(SentenceTransformers.pooling(folder)).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"pooling_mode_max_tokens\": true}",
        "{\"pooling_mode_cls_token\": true, \"pooling_mode_mean_tokens\": true}",
        "{\"pooling_mode\": \"max\"}",
        "{}"
      })
  void whatIsNotComputedIsRefused(String json) throws IOException {
    write(json);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> SentenceTransformers.pooling(folder))
        .withMessageContaining("1_Pooling")
        .withMessageContaining("set 'pooling' in the job file to mean, cls, last or head");
  }
}
