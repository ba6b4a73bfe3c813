package io.github.cola4j.model.loader;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.cola4j.model.BaseModel;
import io.github.cola4j.model.Goldens;
import io.github.cola4j.model.HuggingFaceModel;
import io.github.cola4j.nn.stored.WeightOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelLoadersTest {
  @TempDir Path folder;

  @Test
  void aFolderIsATransformerWhoseFingerprintIsKnownBeforeItIsLoaded() {
    String location = Goldens.path("bert/model");
    String fingerprint;
    try (HuggingFaceModel model = HuggingFaceModel.open(location)) {
      fingerprint = model.fingerprint();
    }

    try (ModelFiles files = ModelLoaders.open(location)) {
      assertThat(files.fingerprint()).isEqualTo(fingerprint);
      assertThat(files.load(WeightOptions.DEFAULT)).isInstanceOf(BaseModel.class);
    }
  }

  @Test
  void saysWhatIsMissingWhereNothingLoadsAFile() throws IOException {
    Path file = Files.writeString(folder.resolve("network.zip"), "PK");

    assertThatIllegalArgumentException()
        .isThrownBy(() -> ModelLoaders.open(file.toString()))
        .withMessageContaining("'" + file + "'")
        .withMessageContaining("expected a folder as Hugging Face publishes it or classpath:NAME")
        .withMessageContaining("io.github.cola4j:cola-dl4j");
  }

  @Test
  void whatIsNotThereIsSaidByTheLoaderOfFolders() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ModelLoaders.open(folder.resolve("missing").toString()))
        .withMessageContaining("is not a model folder");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ModelLoaders.open("a\0b"))
        .withMessageContaining("expected a model folder");
  }
}
