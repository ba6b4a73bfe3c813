package io.github.cola4j.dl4j;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.cola4j.adapter.AdapterConfig;
import io.github.cola4j.dl4j.ColaTransfer.Trained;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.util.ModelSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.learning.config.Adam;

/**
 * The code of docs/tutorials/dl4j-network.md, which is here word for word; that on Spark is in
 * cola-spark's tests.
 */
class Dl4jDocumentTest {
  private static final Path DOCUMENT = Path.of("../docs/tutorials/dl4j-network.md");
  private static final Path THIS =
      Path.of("src/test/java/io/github/cola4j/dl4j/Dl4jDocumentTest.java");

  @TempDir Path folder;

  @Test
  void theDocumentHasTheCodeOfThisTest() throws IOException {
    List<String> blocks =
        Pattern.compile("```java\n(.*?)```", Pattern.DOTALL)
            .matcher(Files.readString(DOCUMENT))
            .results()
            .map(block -> words(block.group(1)))
            .toList();

    assertThat(blocks).hasSize(3);
    assertThat(words(Files.readString(THIS))).contains(blocks.get(0), blocks.get(2));
  }

  private static String words(String code) {
    return code.replaceAll("\\s+", "");
  }

  @Test
  void adaptsTrainsAndStores() throws IOException {
    MultiLayerNetwork network =
        Networks.network(
            DataType.FLOAT,
            new Adam(0.01),
            new DenseLayer.Builder().nIn(9).nOut(8).build(),
            new DenseLayer.Builder().nIn(8).nOut(6).build());
    DataSet data =
        new DataSet(Networks.features(DataType.FLOAT, 7, 9, 3), Networks.labels(DataType.FLOAT, 7));
    File file = folder.resolve("network.zip").toFile();
    double before = network.score(data);

    ColaTransfer transfer =
        new ColaTransfer(
            AdapterConfig.defaults().withRank(4),
            Trained.ADAPTERS_AND_OUTPUT,
            new Adam(1e-3),
            null);
    MultiLayerNetwork adapted = transfer.apply(network);
    adapted.fit(data);
    ModelSerializer.writeModel(adapted, file, true);

    assertThat(adapted.score(data)).isLessThan(before);
    assertThat(MultiLayerNetwork.load(file, true).params()).isEqualTo(adapted.params());
  }

  @Test
  void isALayerOfANewConfiguration() {
    ColaDenseLayer layer =
        new ColaDenseLayer.Builder()
            .nIn(256)
            .nOut(128)
            .activation(Activation.TANH)
            .adapter(AdapterConfig.lora(4))
            .build();

    assertThat(layer.initializer().paramKeys(layer))
        .containsExactly("W", "b", "A", "B", "A0", "B0");
    assertThat(layer.initializer().numParams(layer)).isEqualTo(256 * 128 + 128 + 2 * 4 * 384);
  }
}
