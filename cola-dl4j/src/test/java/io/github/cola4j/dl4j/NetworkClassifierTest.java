package io.github.cola4j.dl4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.cola4j.adapter.AdaptedModules;
import io.github.cola4j.adapter.AdapterConfig;
import io.github.cola4j.data.Batcher;
import io.github.cola4j.data.Sample;
import io.github.cola4j.model.Answers;
import io.github.cola4j.model.loss.Regularization;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.nn.batch.FeatureBatch;
import io.github.cola4j.train.Classification;
import io.github.cola4j.train.TrainingConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.assertj.core.data.Offset;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.DropoutLayer;
import org.deeplearning4j.nn.conf.layers.LossLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.util.ModelSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.lossfunctions.LossFunctions;

class NetworkClassifierTest {
  private static final NetworkClassification OBJECTIVE =
      new NetworkClassification(List.of("a", "b", "c", "d"));

  @TempDir Path folder;

  private static Model network(String kind) {
    DenseLayer first = new DenseLayer.Builder().nIn(5).nOut(7).dropOut(0.9).build();
    DenseLayer second = new DenseLayer.Builder().nIn(7).nOut(6).l2(0.1).build();
    if (kind.equals("row")) {
      return Networks.network(
          DataType.DOUBLE, new Adam(0.1), first, new DropoutLayer.Builder(0.8).build(), second);
    }
    ComputationGraph graph =
        new ComputationGraph(
            new NeuralNetConfiguration.Builder()
                .seed(7)
                .dataType(DataType.DOUBLE)
                .activation(Activation.TANH)
                .graphBuilder()
                .addInputs("x")
                .addLayer("first", first, "x")
                .addLayer("second", second, "first")
                .addLayer(
                    "y",
                    new OutputLayer.Builder(LossFunctions.LossFunction.MSE)
                        .activation(Activation.IDENTITY)
                        .nIn(6)
                        .nOut(2)
                        .build(),
                    "second")
                .setOutputs("y")
                .build());
    graph.init();
    return graph;
  }

  private StoredNetwork stored(Model network) throws IOException {
    Path file = folder.resolve("network.zip");
    ModelSerializer.writeModel(network, file.toFile(), true);
    return StoredNetwork.load(file.toString());
  }

  private static NetworkClassifier classifier(StoredNetwork base, AdapterConfig adapter) {
    return classifier(base, new AdaptedModules(base.linears(), adapter));
  }

  private static NetworkClassifier classifier(StoredNetwork base, AdaptedModules modules) {
    float[] initial = modules.initial(3);
    NetworkClassifier classifier =
        (NetworkClassifier) OBJECTIVE.model(base, modules, initial, TrainingConfig.defaults());
    classifier.theta().set(OBJECTIVE.start(base, initial, 4));
    // away from the initial factors, where every gradient counts
    INDArray theta = classifier.theta().array();
    theta.addi(Networks.normal(DataType.DOUBLE, 5, theta.shape()).mul(0.2));
    return classifier;
  }

  private static FeatureBatch batch(StoredNetwork base, int examples) {
    List<Sample> samples =
        IntStream.range(0, examples)
            .mapToObj(
                i ->
                    new FeatureExample(
                        Networks.features(DataType.FLOAT, 1, 5, 10L + i).toFloatVector(), "a"))
            .map(example -> OBJECTIVE.encode(base, 1, example).sample())
            .toList();
    return FeatureBatch.of(Batcher.batch(samples, IntStream.range(0, examples).toArray()));
  }

  private static double loss(NetworkClassifier classifier, Pass pass, FeatureBatch batch) {
    pass.startTraining(21);
    classifier.refresh(pass, 22, true);
    return classifier.loss(pass, batch, new int[] {0, 3, 1}, 0.25);
  }

  @ParameterizedTest
  @ValueSource(strings = {"row", "graph"})
  void gradientsAreThoseOfDifferences(String kind) throws IOException {
    StoredNetwork base = stored(network(kind));
    AdapterConfig adapter =
        AdapterConfig.defaults()
            .withA(2)
            .withB(3)
            .withRank(2)
            .withAlpha(3.0)
            .withPairing("random")
            .withInit("kaiming")
            .withDropout(0.2);
    NetworkClassifier classifier = classifier(base, adapter);
    FeatureBatch batch = batch(base, 3);
    try (Pass pass = new Pass(base.type())) {
      double again = loss(classifier, pass, batch);
      classifier.gradient().array().assign(0);
      assertThat(loss(classifier, pass, batch)).isEqualTo(again);
      double[] gradient = classifier.gradient().toDoubles();
      INDArray theta = classifier.theta().array();
      int nonZero = 0;
      for (int i = 0; i < gradient.length; i++) {
        double value = theta.getDouble(i);
        theta.putScalar(i, value + 1e-5);
        double up = loss(classifier, pass, batch);
        theta.putScalar(i, value - 1e-5);
        double down = loss(classifier, pass, batch);
        theta.putScalar(i, value);
        assertThat(gradient[i]).isCloseTo(0.25 * (up - down) / 2e-5, Offset.offset(1e-6));
        nonZero += Math.abs(gradient[i]) > 1e-4 ? 1 : 0;
      }
      assertThat(nonZero).isGreaterThan(gradient.length / 2);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"row", "graph"})
  void theNetworkOfParametersAnswersAsTheClassifier(String kind) throws IOException {
    StoredNetwork base = stored(network(kind));
    NetworkClassifier classifier = classifier(base, AdapterConfig.defaults().withRank(2));
    FeatureBatch batch = batch(base, 4);
    Answers answers;
    try (Pass pass = new Pass(base.type())) {
      pass.startEvaluation();
      classifier.refresh(pass, 0, false);
      answers = classifier.answers(pass, batch, new int[] {3, 2, 1, 0});
    }

    Path file = folder.resolve("adapted.zip");
    ModelSerializer.writeModel(
        classifier.network(classifier.theta().toArray()), file.toFile(), false);
    INDArray x = Nd4j.createFromArray(batch.features()).castTo(DataType.DOUBLE).reshape('c', 4, 5);
    INDArray p =
        kind.equals("row")
            ? ModelSerializer.restoreMultiLayerNetwork(file.toFile()).output(x)
            : ModelSerializer.restoreComputationGraph(file.toFile()).outputSingle(x);
    assertThat(p.argMax(1).toIntVector()).isEqualTo(answers.predicted());
    for (int i = 0; i < 4; i++) {
      assertThat(Math.log(p.getDouble(i, 3 - i)))
          .isCloseTo(answers.logProbability()[i], Offset.offset(1e-5)); // θ is rounded to floats
    }
  }

  @Test
  void equalFactorsOnceComputeAsEveryFactorForItself() throws IOException {
    StoredNetwork base = stored(network("row"));
    AdaptedModules every = new AdaptedModules(base.linears(), AdapterConfig.defaults().withRank(2));
    AdaptedModules collapsed = every.collapsed().orElseThrow();
    NetworkClassifier one = classifier(base, collapsed);
    NetworkClassifier all = classifier(base, every);
    float[] theta = one.theta().toArray(); // rounded to floats
    one.theta().set(theta);
    all.theta().set(collapsed.layout().expand(theta));
    FeatureBatch batch = batch(base, 3);
    try (Pass pass = new Pass(base.type())) {
      assertThat(loss(one, pass, batch)).isEqualTo(loss(all, pass, batch));
      float[] gradient = one.gradient().toArray();
      assertThat(collapsed.layout().expand(gradient)).isEqualTo(all.gradient().toArray());
      int zeros = 0; // of units that are off
      for (float g : gradient) {
        zeros += g == 0 ? 1 : 0;
      }
      assertThat(zeros).isLessThan(gradient.length / 2);
    }
    MultiLayerNetwork adapted =
        (MultiLayerNetwork) OBJECTIVE.network(base, collapsed, collapsed.initial(3), theta);
    assertThat(adapted.params().toFloatVector())
        .isEqualTo(
            ((MultiLayerNetwork) all.network(collapsed.layout().expand(theta)))
                .params()
                .toFloatVector());
  }

  @Test
  void linearLayersAreTheDenseOnes() throws IOException {
    MultiLayerNetwork network = (MultiLayerNetwork) network("row");

    StoredNetwork base = stored(network);

    assertThat(base.linears()).extracting("name").containsExactly("layer0", "layer2");
    try (Pass pass = new Pass(base.type())) {
      assertThat(base.linears().get(0).weight().matrix(pass).toDoubles())
          .isEqualTo(network.getLayer(0).getParam("W").dup('c').data().asDouble());
    }
    assertThat(base.linears().get(1).in()).isEqualTo(7);
    assertThat(base.outputInputs()).isEqualTo(6);
    assertThat(base.fingerprint()).hasSize(64);
  }

  @Test
  void refusesNetworksOfAnotherKind() throws IOException {
    Path text = Files.writeString(folder.resolve("text.zip"), "no network");
    MultiLayerNetwork loss =
        new MultiLayerNetwork(
            new NeuralNetConfiguration.Builder()
                .list()
                .layer(new DenseLayer.Builder().nIn(5).nOut(3).build())
                .layer(new LossLayer.Builder(LossFunctions.LossFunction.MSE).build())
                .build());
    loss.init();

    assertThatIllegalArgumentException()
        .isThrownBy(() -> StoredNetwork.load(text.toString()))
        .withMessageContaining(text.toString());
    assertThatIllegalArgumentException()
        .isThrownBy(() -> stored(loss))
        .withMessageContaining("expected an OutputLayer")
        .withMessageContaining("LossLayer");
  }

  @Test
  void refusesExamplesThatDoNotFit() throws IOException {
    StoredNetwork base = stored(network("row"));

    assertThatIllegalArgumentException()
        .isThrownBy(() -> OBJECTIVE.encode(base, 9, new FeatureExample(new float[4], "a")))
        .withMessageContaining("4 features")
        .withMessageContaining("takes 5");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> OBJECTIVE.encode(base, 9, new FeatureExample(new float[5], "e")))
        .withMessageContaining("labelled 'e'");
    float[] features = {0, 1, Float.NaN, 0, 0};
    assertThatIllegalArgumentException()
        .isThrownBy(() -> OBJECTIVE.encode(base, 9, new FeatureExample(features, "a")))
        .withMessageContaining("feature 2 of an example is NaN");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Classification(List.of("a", "b")).start(base, new float[0], 1))
        .withMessageContaining("expected a transformer")
        .withMessageContaining("network.zip");
  }

  @Test
  void refusesRegularisersOfTransformers() throws IOException {
    StoredNetwork base = stored(network("row"));
    TrainingConfig training =
        TrainingConfig.defaults()
            .withRegularization(Regularization.defaults().withConsistency(0.1));
    AdaptedModules modules = new AdaptedModules(base.linears(), AdapterConfig.lora(2));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> OBJECTIVE.model(base, modules, modules.initial(1), training))
        .withMessageContaining("training.regularization is for transformers");
    TrainingConfig smooth = TrainingConfig.defaults().withLabelSmoothing(0.1);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> OBJECTIVE.model(base, modules, modules.initial(1), smooth))
        .withMessageContaining("training.labelSmoothing is for transformers");
  }

  /** A layer of a network owns its parameters. */
  @Test
  void refusesLayersThatShareParameters() throws IOException {
    MultiLayerNetwork network =
        Networks.network(
            DataType.FLOAT,
            new Adam(0.1),
            new DenseLayer.Builder().name("block.0.dense").nIn(6).nOut(6).build(),
            new DenseLayer.Builder().name("block.1.dense").nIn(6).nOut(6).build());
    StoredNetwork base = stored(network);
    AdapterConfig lily = AdapterConfig.of("lily").withRank(2);
    AdaptedModules shared = new AdaptedModules(base.linears(), lily);
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> OBJECTIVE.model(base, shared, shared.initial(1), TrainingConfig.defaults()))
        .withMessageContaining("method lily lets layers share parameters")
        .withMessageContaining("block.1.dense");
    AdapterConfig one = lily.withTargets(List.of("block.1.dense"));
    assertThat(classifier(base, one).theta().rows()).isPositive();
  }
}
