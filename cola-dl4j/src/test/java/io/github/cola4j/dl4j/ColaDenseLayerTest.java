package io.github.cola4j.dl4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.cola4j.adapter.AdapterConfig;
import io.github.cola4j.adapter.AdapterMethod;
import io.github.cola4j.adapter.AdapterMethods;
import io.github.cola4j.adapter.pairing.Pairings;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.deeplearning4j.exception.DL4JInvalidInputException;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.weightnoise.DropConnect;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.deeplearning4j.util.ModelSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.ops.transforms.Transforms;
import org.nd4j.linalg.schedule.ScheduleType;
import org.nd4j.linalg.schedule.StepSchedule;

class ColaDenseLayerTest {
  private static final int IN = 9;
  private static final int OUT = 6;

  /** Of which a rank must divide in and out, or r (in + out) be at most in · out. */
  private static final Set<String> SMALLER = Set.of("shira", "gralora", "bat", "c3a", "oft");

  private static MultiLayerNetwork network(DataType type, AdapterConfig adapter) {
    return Networks.network(
        type,
        new Adam(0.01),
        new ColaDenseLayer.Builder()
            .name("hidden")
            .nIn(IN)
            .nOut(OUT)
            .adapter(adapter)
            .l2(0.01)
            .build());
  }

  private static DataSet data(DataType type) {
    return new DataSet(Networks.features(type, 7, IN, 3), Networks.labels(type, 7));
  }

  @ParameterizedTest
  @EnumSource(
      value = DataType.class,
      names = {"FLOAT", "DOUBLE"})
  void equalsTheFormulaWrittenWithPlainProducts(DataType type) {
    for (String pairing : List.of("full", "random", "random-reversed", "heuristic")) {
      AdapterConfig adapter = Networks.adapter(2, 3, pairing, "split-pissa");
      MultiLayerNetwork network = network(type, adapter);
      network.getParam("0_A").addi(Networks.normal(type, 1, IN, 4));
      network.getParam("0_B").addi(Networks.normal(type, 2, 6, OUT));
      INDArray x = Networks.features(type, 7, IN, 3);
      double[][] p = Pairings.named(pairing).expectation(2, 3);

      INDArray expected =
          Transforms.tanh(
              x.mmul(network.getParam("0_W"))
                  .addRowVector(network.getParam("0_b"))
                  .add(x.mmul(update(network, p, "0_A", "0_B")).mul(adapter.alpha() / 2))
                  .sub(x.mmul(update(network, p, "0_A0", "0_B0")).mul(adapter.alpha() / 2)));
      for (INDArray input : List.of(x, x.dup('f'))) {
        INDArray y = network.feedForwardToLayer(0, input, false).get(1);
        assertThat(y.sub(expected).amaxNumber().doubleValue())
            .as(pairing)
            .isLessThan(type == DataType.FLOAT ? 3e-6 : 1e-13);
      }
    }
  }

  private static INDArray update(MultiLayerNetwork network, double[][] p, String a, String b) {
    INDArray update = Nd4j.zeros(network.params().dataType(), IN, OUT);
    for (int i = 0; i < p.length; i++) {
      for (int j = 0; j < p[i].length; j++) {
        INDArray product =
            columns(network.getParam(a), i).mmul(rows(network.getParam(b), j)).mul(p[i][j]);
        update.addi(product);
      }
    }
    return update;
  }

  private static INDArray columns(INDArray a, int i) {
    return a.get(NDArrayIndex.all(), NDArrayIndex.interval(2 * i, 2 * i + 2)).dup();
  }

  private static INDArray rows(INDArray b, int j) {
    return b.get(NDArrayIndex.interval(2 * j, 2 * j + 2), NDArrayIndex.all()).dup();
  }

  @Test
  void beginsAsTheDenseLayerOfItsWeights() {
    for (String init : List.of("pissa", "split-pissa", "kaiming")) {
      for (String pairing : List.of("full", "random", "heuristic")) {
        MultiLayerNetwork adapted = network(DataType.DOUBLE, Networks.adapter(2, 3, pairing, init));
        MultiLayerNetwork dense =
            Networks.network(
                DataType.DOUBLE, new Sgd(1), new DenseLayer.Builder().nIn(IN).nOut(OUT).build());
        for (String key : dense.paramTable().keySet()) {
          dense.setParam(key, adapted.getParam(key));
        }
        DataSet data = data(DataType.DOUBLE);

        INDArray difference =
            adapted.output(data.getFeatures()).sub(dense.output(data.getFeatures()));
        assertThat(difference.amaxNumber().doubleValue()).isLessThan(1e-14);
      }
    }
  }

  @Test
  void trainsTheFactorsAndNothingElse() {
    MultiLayerNetwork network = network(DataType.FLOAT, Networks.adapter(2, 3, "full", "pissa"));
    DataSet data = data(DataType.FLOAT);
    Map<String, INDArray> before = copies(network);
    double first = network.score(data);
    for (int i = 0; i < 60; i++) {
      network.fit(data);
    }

    assertThat(network.score(data)).isLessThan(0.5 * first);
    List<String> changed = new ArrayList<>();
    before.forEach(
        (key, value) -> {
          if (!network.getParam(key).equalsWithEps(value, 0)) {
            changed.add(key);
          }
        });
    assertThat(changed).containsExactly("0_A", "0_B", "1_W", "1_b");
    assertThat(network.getUpdater().getStateViewArray().length())
        .as("Adam has two numbers for each trained parameter, none for frozen ones")
        .isEqualTo(2L * (IN * 4 + 6 * OUT + OUT * 3 + 3));
  }

  private static Map<String, INDArray> copies(MultiLayerNetwork network) {
    Map<String, INDArray> copies = new TreeMap<>();
    network.paramTable().forEach((key, value) -> copies.put(key, value.dup()));
    return copies;
  }

  @ParameterizedTest
  @ValueSource(strings = {"full", "random"})
  void goesOnAsIfItHadNeverBeenStored(String pairing) throws IOException {
    MultiLayerNetwork network =
        network(
            DataType.FLOAT,
            AdapterConfig.defaults()
                .withA(2)
                .withB(3)
                .withRank(2)
                .withAlpha(3.0)
                .withPairing(pairing)
                .withInit("pissa")
                .withDropout(0.2));
    DataSet data = data(DataType.FLOAT);
    network.fit(data);
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    ModelSerializer.writeModel(network, file, true);
    MultiLayerNetwork restored =
        ModelSerializer.restoreMultiLayerNetwork(
            new ByteArrayInputStream(file.toByteArray()), true);

    assertThat(restored.getLayerWiseConfigurations().getConf(0).getLayer())
        .isEqualTo(network.getLayerWiseConfigurations().getConf(0).getLayer());
    assertThat(restored.params()).isEqualTo(network.params());
    for (int step = 0; step < 5; step++) {
      network.fit(data);
      restored.fit(data);
    }
    assertThat(restored.params().toFloatVector()).containsExactly(network.params().toFloatVector());
    assertThat(restored.output(data.getFeatures()).toFloatMatrix())
        .isDeepEqualTo(network.output(data.getFeatures()).toFloatMatrix());
  }

  @Test
  void theConfigurationSurvivesJsonWithEveryValue() {
    ColaDenseLayer layer =
        new ColaDenseLayer.Builder()
            .nIn(IN)
            .nOut(OUT)
            .hasBias(false)
            .activation(Activation.GELU)
            .adapter(
                AdapterConfig.defaults()
                    .withA(3)
                    .withB(2)
                    .withRank(1)
                    .withAlpha(5.0)
                    .withPairing("heuristic")
                    .withInit("kaiming")
                    .withDropout(0.1))
            .updaterB(new Sgd(0.3))
            .build();
    MultiLayerNetwork network = Networks.network(DataType.FLOAT, new Adam(0.1), layer);

    String json = network.getLayerWiseConfigurations().toJson();
    ColaDenseLayer read =
        (ColaDenseLayer) MultiLayerConfiguration.fromJson(json).getConf(0).getLayer();

    assertThat(read).isEqualTo(network.getLayerWiseConfigurations().getConf(0).getLayer());
    assertThat(read.getAdapter()).isEqualTo(layer.getAdapter());
    assertThat(read.isHasBias()).isFalse();
    assertThat(read.getUpdaterByParam("B")).isEqualTo(new Sgd(0.3));
    assertThat(read.getUpdaterByParam("A")).isEqualTo(new Adam(0.1));
  }

  @Test
  void everyMethodOfAdaptingIsALayer() {
    DataSet data = data(DataType.FLOAT);
    for (AdapterMethod method : AdapterMethods.all()) {
      boolean blocks = method.name().equals("gralora"); // of which 9 inputs and 6 outputs have 3
      MultiLayerNetwork network =
          network(
              DataType.FLOAT,
              AdapterConfig.of(method.name())
                  .withRank(SMALLER.contains(method.name()) ? 3 : 4)
                  .withOptions(blocks ? Map.of("blocks", 3) : null));
      Map<String, INDArray> before = copies(network);
      double first = network.score(data);
      for (int i = 0; i < 30; i++) {
        network.fit(data);
      }

      assertThat(network.score(data)).as(method.name()).isLessThan(0.9 * first);
      assertThat(network.getParam("0_W")).isEqualTo(before.get("0_W"));
    }
  }

  @Test
  void loraPlusHasItsRateForB() {
    AdapterConfig adapter = AdapterConfig.of("lora+").withRank(2);
    MultiLayerNetwork network = network(DataType.FLOAT, adapter);
    ColaDenseLayer layer =
        (ColaDenseLayer) network.getLayerWiseConfigurations().getConf(0).getLayer();
    layer.setIUpdater(new Adam(new StepSchedule(ScheduleType.ITERATION, 0.01, 0.5, 10)));

    assertThat(layer.getUpdaterByParam("A").getLearningRate(0, 0)).isEqualTo(0.01);
    assertThat(layer.getUpdaterByParam("B").getLearningRate(0, 0)).isCloseTo(0.16, within(1e-9));
    assertThat(layer.getUpdaterByParam("B").getLearningRate(10, 0)).isCloseTo(0.08, within(1e-9));
    assertThat(layer.getUpdaterByParam("B")).isEqualTo(layer.getUpdaterByParam("B"));
  }

  @Test
  void anUpdaterOfItsOwnMovesB() {
    ColaDenseLayer layer =
        new ColaDenseLayer.Builder()
            .nIn(IN)
            .nOut(OUT)
            .adapter(Networks.adapter(1, 1, "full", "pissa"))
            .updater(new Sgd(0))
            .updaterB(new Sgd(0.1))
            .build();
    MultiLayerNetwork network = Networks.network(DataType.FLOAT, new Sgd(0), layer);
    Map<String, INDArray> before = copies(network);

    network.fit(data(DataType.FLOAT));

    assertThat(network.getParam("0_A")).isEqualTo(before.get("0_A"));
    assertThat(network.getParam("0_B")).isNotEqualTo(before.get("0_B"));
  }

  @Test
  void aRandomPairingIsDrawnOnceAnIteration() {
    MultiLayerNetwork network =
        network(DataType.DOUBLE, Networks.adapter(2, 3, "random", "split-pissa"));
    network.getParam("0_B").addi(Networks.normal(DataType.DOUBLE, 2, 6, OUT));
    DataSet data = data(DataType.DOUBLE);

    List<Double> scores = new ArrayList<>();
    for (int iteration = 0; iteration < 8; iteration++) {
      network.setIterationCount(iteration);
      double score = trainingScore(network, data);
      assertThat(trainingScore(network, data)).isEqualTo(score);
      scores.add(score);
    }

    assertThat(scores.stream().distinct().count()).isBetween(2L, 8L);
    double inference = network.score(data, false);
    network.setIterationCount(0);
    assertThat(trainingScore(network, data)).isEqualTo(scores.get(0));
    assertThat(network.score(data, false)).isEqualTo(inference);
  }

  private static double trainingScore(MultiLayerNetwork network, DataSet data) {
    network.setInput(data.getFeatures());
    network.setLabels(data.getLabels());
    network.computeGradientAndScore();
    return network.score();
  }

  @Test
  void parametersOfAnotherNetworkBringTheirFixedPairWithThem() {
    AdapterConfig adapter = Networks.adapter(2, 2, "full", "pissa");
    MultiLayerNetwork one = network(DataType.FLOAT, adapter);
    MultiLayerNetwork other = network(DataType.FLOAT, adapter);
    INDArray x = Networks.features(DataType.FLOAT, 7, IN, 3);
    other.params().muli(1.5);
    INDArray expected = other.output(x).dup();
    assertThat(one.output(x)).isNotEqualTo(expected);

    one.setParams(other.params());
    assertThat(one.output(x)).isEqualTo(expected);

    MultiLayerNetwork third = network(DataType.FLOAT, adapter);
    for (int i = 0; i < third.getnLayers(); i++) {
      third.getLayer(i).setParams(other.getLayer(i).params().dup());
    }
    assertThat(third.output(x)).isEqualTo(expected);
  }

  @Test
  void aBackwardWithoutForwardComputesItFirst() {
    MultiLayerNetwork network = network(DataType.DOUBLE, Networks.adapter(2, 3, "full", "pissa"));
    DataSet data = data(DataType.DOUBLE);
    trainingScore(network, data); // gives layers their gradients' memory
    ColaDense layer = (ColaDense) network.getLayer(0);
    var none = LayerWorkspaceMgr.noWorkspaces();
    INDArray epsilon = Networks.features(DataType.DOUBLE, 7, OUT, 5);
    layer.setInput(data.getFeatures(), none);
    layer.activate(true, none);
    INDArray expected = layer.backpropGradient(epsilon.dup(), none).getSecond();
    layer.setInput(data.getFeatures(), none);
    INDArray alone = layer.backpropGradient(epsilon.dup(), none).getSecond();

    assertThat(alone).isEqualTo(expected);
  }

  @Test
  void maskedExamplesHaveNeitherOutputNorGradient() {
    MultiLayerNetwork network = network(DataType.DOUBLE, Networks.adapter(2, 3, "full", "pissa"));
    ColaDense layer = (ColaDense) network.getLayer(0);
    var none = LayerWorkspaceMgr.noWorkspaces();
    INDArray x = Networks.features(DataType.DOUBLE, 2, IN, 3);
    trainingScore(network, new DataSet(x, Networks.labels(DataType.DOUBLE, 2)));
    layer.setMaskArray(Nd4j.createFromArray(new double[][] {{1}, {0}}));
    layer.setInput(x, none);

    INDArray y = layer.activate(true, none);
    INDArray dX = layer.backpropGradient(Nd4j.ones(DataType.DOUBLE, 2, OUT), none).getSecond();

    assertThat(y.getRow(1).amaxNumber().doubleValue()).isZero();
    assertThat(dX.getRow(1).amaxNumber().doubleValue()).isZero();
    assertThat(dX.getRow(0).amaxNumber().doubleValue()).isGreaterThan(0.01);
  }

  @Test
  void whatDoesNotFitIsRefused() {
    assertThatThrownBy(
            () -> network(DataType.FLOAT, AdapterConfig.defaults().withA(2).withB(3).withRank(7)))
        .hasMessageContaining("rank 7")
        .hasMessageContaining("min(in, out) = 6 of hidden");
    AdapterConfig residual = AdapterConfig.lora(2).withResidual(3);
    assertThatThrownBy(() -> network(DataType.FLOAT, residual))
        .hasMessageContaining("expected adapter.residual 0 for layer 'hidden', got 3");
    assertThatThrownBy(
            () ->
                Networks.network(
                    DataType.FLOAT,
                    new Sgd(1),
                    new ColaDenseLayer.Builder()
                        .nIn(IN)
                        .nOut(OUT)
                        .adapter(AdapterConfig.lora(2))
                        .weightNoise(new DropConnect(0.5))
                        .build()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("no weight noise");
    assertThatThrownBy(() -> network(DataType.HALF, AdapterConfig.lora(2)))
        .hasMessageContaining("expected FLOAT or DOUBLE, got HALF");
    MultiLayerNetwork network = network(DataType.FLOAT, AdapterConfig.lora(2));
    assertThatThrownBy(() -> network.output(Nd4j.zeros(4, IN + 1)))
        .isInstanceOf(DL4JInvalidInputException.class)
        .hasMessageContaining("expected input [examples × 9], got [4, 10]");
    assertThatThrownBy(() -> network.getLayer(0).setParams(Nd4j.zeros(5)))
        .hasMessageContaining("got 5");
  }

  @Test
  void regularisesTheFactorsAlone() {
    MultiLayerNetwork network = network(DataType.DOUBLE, Networks.adapter(2, 3, "full", "pissa"));
    double squares = 0;
    for (String key : List.of("0_A", "0_B")) {
      squares += Math.pow(network.getParam(key).norm2Number().doubleValue(), 2);
    }

    assertThat(network.calcRegularizationScore(true))
        .isCloseTo(0.5 * 0.01 * squares, within(1e-12));
  }
}
