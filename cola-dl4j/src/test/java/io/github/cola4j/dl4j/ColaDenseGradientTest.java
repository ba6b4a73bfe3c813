package io.github.cola4j.dl4j;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.deeplearning4j.gradientcheck.GradientCheckUtil;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.NoOp;

/** Deeplearning4j's own gradient check, in float64. */
class ColaDenseGradientTest {
  private DataType before;

  @BeforeEach
  void checkInDoubles() {
    before = Nd4j.dataType();
    Nd4j.setDefaultDataTypes(DataType.DOUBLE, DataType.DOUBLE);
  }

  @AfterEach
  void restore() {
    Nd4j.setDefaultDataTypes(before, before);
  }

  static List<Arguments> cases() {
    List<Arguments> cases = new ArrayList<>();
    for (Activation activation :
        List.of(
            Activation.IDENTITY,
            Activation.TANH,
            Activation.SIGMOID,
            Activation.SOFTPLUS,
            Activation.ELU,
            Activation.SOFTMAX,
            Activation.GELU)) {
      cases.add(Arguments.of(activation, 2, 3, "full", "pissa", true));
    }
    for (String pairing : List.of("random", "random-reversed", "heuristic", "heuristic-paper")) {
      cases.add(Arguments.of(Activation.TANH, 2, 3, pairing, "split-pissa", true));
      cases.add(Arguments.of(Activation.SIGMOID, 3, 1, pairing, "pissa", false));
    }
    cases.add(Arguments.of(Activation.TANH, 1, 1, "full", "kaiming", true));
    cases.add(Arguments.of(Activation.TANH, 4, 2, "full", "pissa", false));
    return cases;
  }

  @ParameterizedTest
  @MethodSource("cases")
  void gradientsOfAdaptersPassTheCheck(
      Activation activation, int a, int b, String pairing, String init, boolean bias) {
    MultiLayerNetwork network =
        Networks.network(
            DataType.DOUBLE,
            new NoOp(),
            new DenseLayer.Builder().nIn(5).nOut(6).build(),
            new ColaDenseLayer.Builder()
                .nIn(6)
                .nOut(6)
                .hasBias(bias)
                .activation(activation)
                .adapter(Networks.adapter(a, b, pairing, init))
                .build(),
            new ColaDenseLayer.Builder()
                .nIn(6)
                .nOut(6)
                .activation(activation)
                .adapter(Networks.adapter(b, a, pairing, "kaiming"))
                .build());
    perturbFactors(network);

    assertThat(check(network, frozen(network))).isTrue();
  }

  @Test
  void theCheckFailsForFrozenParametersSinceTheyHaveNoGradient() {
    MultiLayerNetwork network =
        Networks.network(
            DataType.DOUBLE,
            new NoOp(),
            new ColaDenseLayer.Builder()
                .nIn(5)
                .nOut(6)
                .adapter(Networks.adapter(1, 1, "full", "pissa"))
                .build());
    perturbFactors(network);
    for (String frozen : frozen(network)) {
      Set<String> others = new HashSet<>(network.paramTable().keySet());
      others.remove(frozen);

      assertThat(check(network, others)).as(frozen).isFalse();
    }
  }

  private static boolean check(MultiLayerNetwork network, Set<String> excluded) {
    return GradientCheckUtil.checkGradients(
        new GradientCheckUtil.MLNConfig()
            .net(network)
            .epsilon(1e-6)
            .maxRelError(1e-5)
            .minAbsoluteError(1e-9)
            .exitOnFirstError(true)
            .excludeParams(excluded)
            .input(Networks.features(DataType.DOUBLE, 4, 5, 1))
            .labels(Networks.labels(DataType.DOUBLE, 4)));
  }

  private static Set<String> frozen(MultiLayerNetwork network) {
    Set<String> frozen = new HashSet<>();
    for (int i = 0; i < network.getnLayers(); i++) {
      if (network.getLayer(i) instanceof ColaDense) {
        for (String key : network.getLayer(i).paramTable().keySet()) {
          if (!List.of("A", "B").contains(key)) {
            frozen.add(i + "_" + key);
          }
        }
      }
    }
    return frozen;
  }

  /** Away from step 0, where the factors equal the fixed pair and some B are zero. */
  private static void perturbFactors(MultiLayerNetwork network) {
    long seed = 100;
    for (String key : network.paramTable().keySet()) {
      if (key.endsWith("_A") || key.endsWith("_B")) {
        INDArray factor = network.getParam(key);
        factor.addi(Networks.normal(DataType.DOUBLE, seed++, factor.shape()).muli(0.3));
      }
    }
  }
}
