package io.github.cola4j.dl4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.cola4j.model.FrozenModel;
import io.github.cola4j.model.loader.ModelFiles;
import io.github.cola4j.model.loader.ModelLoaders;
import io.github.cola4j.nn.stored.WeightOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.util.ModelSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.learning.config.Sgd;

class NetworkLoaderTest {
  @TempDir Path folder;

  @Test
  void aNetworksFileIsAModelOfTheRegistry() throws IOException {
    Path file = folder.resolve("network"); // executors get it without its ending
    ModelSerializer.writeModel(
        Networks.network(
            DataType.FLOAT, new Sgd(0.1), new DenseLayer.Builder().nIn(5).nOut(6).build()),
        file.toFile(),
        false);

    try (ModelFiles files = ModelLoaders.open(file.toString())) {
      FrozenModel model = files.load(WeightOptions.DEFAULT);
      assertThat(model).isInstanceOf(StoredNetwork.class);
      assertThat(model.location()).isEqualTo(file.toString());
      assertThat(model.fingerprint())
          .isEqualTo(files.fingerprint())
          .isEqualTo(StoredNetwork.load(file.toString()).fingerprint());
    }
  }

  @Test
  void otherFilesAreRefusedAndSoAreFolders() throws IOException {
    Path text = Files.writeString(folder.resolve("network.zip"), "no network");
    NetworkLoader loader = new NetworkLoader();

    assertThat(loader.accepts(text.toString())).isFalse();
    assertThat(loader.accepts(folder.toString())).isFalse();
    assertThat(loader.accepts("classpath:all-minilm-l6-v2")).isFalse();
    assertThat(loader.accepts("a\0b")).isFalse();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ModelLoaders.open(text.toString()))
        .withMessageContaining("'" + text + "'")
        .withMessageContaining("a folder as Hugging Face publishes it or classpath:NAME")
        .withMessageContaining("a zip file that Deeplearning4j's ModelSerializer wrote");
  }
}
