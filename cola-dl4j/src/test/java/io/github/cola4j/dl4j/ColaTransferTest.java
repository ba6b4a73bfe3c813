package io.github.cola4j.dl4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.cola4j.adapter.AdapterConfig;
import io.github.cola4j.dl4j.ColaTransfer.Trained;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.deeplearning4j.datasets.iterator.utilty.ListDataSetIterator;
import org.deeplearning4j.gradientcheck.GradientCheckUtil;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration.GraphBuilder;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.graph.ElementWiseVertex;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.transferlearning.TransferLearning;
import org.deeplearning4j.nn.weights.WeightInit;
import org.deeplearning4j.optimize.listeners.CollectScoresIterationListener;
import org.deeplearning4j.util.ModelSerializer;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.NoOp;
import org.nd4j.linalg.lossfunctions.LossFunctions;

class ColaTransferTest {
  private static final AdapterConfig ADAPTER = Networks.adapter(2, 3, "full", "pissa");

  private static AdapterConfig adapter(String... targets) {
    return AdapterConfig.defaults()
        .withA(2)
        .withB(3)
        .withRank(2)
        .withAlpha(3.0)
        .withPairing("full")
        .withInit("pissa")
        .withDropout(0.0)
        .withTargets(List.of(targets));
  }

  /** Weight decay, dropout and a bias updater, which must not touch what is frozen. */
  private static MultiLayerNetwork trained(DataType type) {
    MultiLayerNetwork network =
        Networks.network(
            type,
            new Adam(0.01),
            new DenseLayer.Builder().nIn(9).nOut(8).l2(0.1).dropOut(0.8).build(),
            new DenseLayer.Builder().name("middle").nIn(8).nOut(7).weightDecay(0.1).build(),
            new ActivationLayer.Builder().activation(Activation.SIGMOID).build(),
            new DenseLayer.Builder().nIn(7).nOut(6).l2(0.1).biasUpdater(new Adam(0.1)).build());
    for (int i = 0; i < 20; i++) {
      network.fit(data(type));
    }
    return network;
  }

  private static DataSet data(DataType type) {
    return new DataSet(Networks.features(type, 7, 9, 3), Networks.labels(type, 7));
  }

  @Test
  void givesTheOutputsOfTheNetworkThatItAdapts() {
    for (DataType type : List.of(DataType.FLOAT, DataType.DOUBLE)) {
      MultiLayerNetwork network = trained(type);
      INDArray before = network.params().dup();
      INDArray x = data(type).getFeatures();
      for (String pairing : List.of("full", "random", "heuristic")) {
        for (String init : List.of("pissa", "split-pissa", "kaiming")) {
          MultiLayerNetwork adapted =
              new ColaTransfer(Networks.adapter(2, 3, pairing, init)).apply(network);

          assertThat(adapted.getLayer(1)).isInstanceOf(ColaDense.class);
          assertThat(adapted.output(x).sub(network.output(x)).amaxNumber().doubleValue())
              .as(pairing + " " + init)
              .isLessThan(type == DataType.FLOAT ? 3e-7 : 1e-15);
        }
      }
      MultiLayerNetwork adapted = new ColaTransfer(ADAPTER).apply(network);
      adapted.fit(data(type));
      assertThat(network.params()).isEqualTo(before);
    }
  }

  @Test
  void trainsWhatItIsTold() {
    MultiLayerNetwork network = trained(DataType.FLOAT);

    assertThat(changes(network, adapter("all-linear"), Trained.ADAPTERS_AND_OUTPUT))
        .containsExactly("0_A", "0_B", "1_A", "1_B", "3_A", "3_B", "4_W", "4_b");
    assertThat(changes(network, adapter("layer0"), Trained.ADAPTERS)).containsExactly("0_A", "0_B");
    assertThat(changes(network, adapter("middle"), Trained.ADAPTERS)).containsExactly("1_A", "1_B");
    assertThat(changes(network, adapter("middle"), Trained.ADAPTERS_AND_REST))
        .containsExactly("0_W", "0_b", "1_A", "1_B", "3_W", "3_b", "4_W", "4_b");
  }

  private static List<String> changes(
      MultiLayerNetwork network, AdapterConfig config, Trained trained) {
    MultiLayerNetwork adapted =
        new ColaTransfer(config, trained, new Adam(0.01), null).apply(network);
    Map<String, INDArray> before = new TreeMap<>();
    adapted.paramTable().forEach((key, value) -> before.put(key, value.dup()));
    for (int i = 0; i < 3; i++) {
      adapted.fit(data(DataType.FLOAT));
    }
    List<String> changed = new ArrayList<>();
    before.forEach(
        (key, value) -> {
          if (!adapted.getParam(key).equalsWithEps(value, 0)) {
            changed.add(key);
          }
        });
    return changed;
  }

  @Test
  void gradientsPassThroughFrozenLayers() {
    inDoubles(
        () -> {
          MultiLayerNetwork network =
              Networks.network(
                  DataType.DOUBLE,
                  new NoOp(),
                  new DenseLayer.Builder().nIn(9).nOut(8).build(),
                  new DenseLayer.Builder().nIn(8).nOut(6).build());
          MultiLayerNetwork adapted =
              new ColaTransfer(adapter("layer0"), Trained.ADAPTERS, new NoOp(), null)
                  .apply(network);
          for (String key : List.of("0_A", "0_B")) {
            adapted
                .getParam(key)
                .addi(Networks.normal(DataType.DOUBLE, 1, adapted.getParam(key).shape()));
          }
          DataSet data = data(DataType.DOUBLE);
          assertThat(
                  GradientCheckUtil.checkGradients(
                      new GradientCheckUtil.MLNConfig()
                          .net(adapted)
                          .input(data.getFeatures())
                          .labels(data.getLabels())
                          .maxRelError(1e-5)
                          .excludeParams(
                              Set.of("0_W", "0_b", "0_A0", "0_B0", "1_W", "1_b", "2_W", "2_b"))))
              .isTrue();
        });
  }

  @Test
  void learnsWithListenersAndForOtherClasses() {
    MultiLayerNetwork network = trained(DataType.FLOAT);
    MultiLayerNetwork forTwo =
        new TransferLearning.Builder(network).nOutReplace(4, 2, WeightInit.XAVIER).build();
    INDArray labels = Nd4j.zeros(7, 2);
    for (int i = 0; i < 7; i++) {
      labels.putScalar(i, i < 3 ? 1 : 0, 1);
    }
    MultiLayerNetwork adapted =
        new ColaTransfer(ADAPTER, Trained.ADAPTERS_AND_OUTPUT, new Adam(0.01), new Adam(0.02))
            .apply(forTwo);
    CollectScoresIterationListener scores = new CollectScoresIterationListener(1);
    adapted.setListeners(scores);
    for (int i = 0; i < 300; i++) {
      adapted.fit(new DataSet(data(DataType.FLOAT).getFeatures(), labels));
    }

    assertThat(scores.getScoreVsIter().getEffectiveScores()).hasSize(300);
    assertThat(
            adapted
                .evaluate(
                    new ListDataSetIterator<>(
                        List.of(new DataSet(data(DataType.FLOAT).getFeatures(), labels))))
                .accuracy())
        .isEqualTo(1);
  }

  private static ComputationGraph graph(DataType type, Consumer<GraphBuilder> more) {
    GraphBuilder builder =
        new NeuralNetConfiguration.Builder()
            .seed(5)
            .dataType(type)
            .updater(type == DataType.DOUBLE ? new NoOp() : new Adam(0.01))
            .activation(Activation.TANH)
            .graphBuilder()
            .addInputs("in")
            .addLayer("left", new DenseLayer.Builder().nIn(9).nOut(6).build(), "in")
            .addLayer("right", new DenseLayer.Builder().nIn(9).nOut(6).build(), "in")
            .addVertex("sum", new ElementWiseVertex(ElementWiseVertex.Op.Add), "left", "right")
            .addLayer("top", new DenseLayer.Builder().nIn(6).nOut(6).build(), "sum")
            .addLayer(
                "out",
                new OutputLayer.Builder(LossFunctions.LossFunction.MCXENT)
                    .activation(Activation.SOFTMAX)
                    .nIn(6)
                    .nOut(3)
                    .build(),
                "top")
            .setOutputs("out");
    more.accept(builder);
    ComputationGraph graph = new ComputationGraph(builder.build());
    graph.init();
    return graph;
  }

  @Test
  void adaptsAGraph() throws IOException {
    ComputationGraph graph = graph(DataType.FLOAT, builder -> {});
    DataSet data = data(DataType.FLOAT);
    ComputationGraph adapted = new ColaTransfer(adapter("left", "top")).apply(graph);
    INDArray before = graph.outputSingle(data.getFeatures()).dup();
    assertThat(adapted.outputSingle(data.getFeatures()).sub(before).amaxNumber().doubleValue())
        .isLessThan(3e-7);

    INDArray right = adapted.getLayer("right").params().dup();
    double first = adapted.score(data);
    for (int i = 0; i < 40; i++) {
      adapted.fit(data);
    }
    assertThat(adapted.score(data)).isLessThan(0.6 * first);
    assertThat(adapted.getLayer("right").params()).isEqualTo(right);
    assertThat(graph.outputSingle(data.getFeatures())).isEqualTo(before);

    ComputationGraph adaptersAlone =
        new ColaTransfer(adapter("left"), Trained.ADAPTERS, null, null).apply(graph);
    double start = adaptersAlone.score(data);
    for (int i = 0; i < 10; i++) {
      adaptersAlone.fit(data);
    }
    assertThat(adaptersAlone.score(data)).isLessThan(start);
    assertThat(adaptersAlone.getLayer("out").params()).isEqualTo(graph.getLayer("out").params());

    ByteArrayOutputStream file = new ByteArrayOutputStream();
    ModelSerializer.writeModel((Model) adapted, file, true);
    ComputationGraph restored =
        ModelSerializer.restoreComputationGraph(new ByteArrayInputStream(file.toByteArray()), true);
    adapted.fit(data);
    restored.fit(data);
    assertThat(restored.params().toFloatVector()).containsExactly(adapted.params().toFloatVector());
  }

  @Test
  void gradientsOfAGraphPassTheCheck() {
    inDoubles(
        () -> {
          ComputationGraph adapted =
              new ColaTransfer(adapter("left"), Trained.ADAPTERS_AND_OUTPUT, null, null)
                  .apply(graph(DataType.DOUBLE, builder -> {}));
          for (String key : List.of("left_A", "left_B")) {
            adapted
                .getParam(key)
                .addi(Networks.normal(DataType.DOUBLE, 1, adapted.getParam(key).shape()));
          }
          Set<String> frozen = new HashSet<>(adapted.paramTable().keySet());
          frozen.removeAll(List.of("left_A", "left_B", "out_W", "out_b"));
          DataSet data = data(DataType.DOUBLE);

          assertThat(
                  GradientCheckUtil.checkGradients(
                      new GradientCheckUtil.GraphConfig()
                          .net(adapted)
                          .inputs(new INDArray[] {data.getFeatures()})
                          .labels(new INDArray[] {data.getLabels()})
                          .maxRelError(1e-5)
                          .excludeParams(frozen)))
              .isTrue();
        });
  }

  @Test
  void adaptsALayerThatWasFrozenOrAdaptedBefore() {
    MultiLayerNetwork network = trained(DataType.FLOAT);
    INDArray x = data(DataType.FLOAT).getFeatures();
    MultiLayerNetwork once = new ColaTransfer(adapter("middle")).apply(network);
    once.fit(data(DataType.FLOAT));

    MultiLayerNetwork twice = new ColaTransfer(adapter("layer0")).apply(once);

    assertThat(twice.getLayer(0)).isInstanceOf(ColaDense.class);
    assertThat(twice.output(x).sub(once.output(x)).amaxNumber().doubleValue()).isLessThan(3e-7);
    INDArray middle = twice.getLayer(1).params().dup();
    twice.fit(data(DataType.FLOAT));
    assertThat(twice.getLayer(1).params()).isEqualTo(middle);
  }

  @Test
  void whatCannotBeAdaptedIsRefusedWithTheReason() {
    MultiLayerNetwork network = trained(DataType.FLOAT);
    assertThatThrownBy(() -> new ColaTransfer(adapter("center")).apply(network))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("'center' matches no linear layer")
        .hasMessageContaining("[layer0, middle, layer3]");
    MultiLayerNetwork normed =
        Networks.network(
            DataType.FLOAT,
            new Adam(0.1),
            new DenseLayer.Builder().nIn(9).nOut(6).hasLayerNorm(true).build());
    assertThatThrownBy(() -> new ColaTransfer(ADAPTER).apply(normed))
        .hasMessageContaining("layer 'layer0' has layer normalisation");
    MultiLayerNetwork batchNormed =
        Networks.network(
            DataType.FLOAT,
            new Adam(0.1),
            new DenseLayer.Builder().nIn(9).nOut(6).build(),
            new BatchNormalization.Builder().nIn(6).nOut(6).build(),
            new DenseLayer.Builder().nIn(6).nOut(6).build());
    assertThatThrownBy(() -> new ColaTransfer(ADAPTER).apply(batchNormed))
        .hasMessageContaining("layer 'layer1' is a batch normalisation");
    new ColaTransfer(adapter("layer2")).apply(batchNormed).fit(data(DataType.FLOAT));
  }

  private static void inDoubles(Runnable check) {
    DataType before = Nd4j.dataType();
    Nd4j.setDefaultDataTypes(DataType.DOUBLE, DataType.DOUBLE);
    try {
      check.run();
    } finally {
      Nd4j.setDefaultDataTypes(before, before);
    }
  }
}
