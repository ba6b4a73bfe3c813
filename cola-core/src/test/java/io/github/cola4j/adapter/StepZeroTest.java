package io.github.cola4j.adapter;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.cola4j.adapter.init.AdapterInitializer;
import io.github.cola4j.adapter.init.Initializers;
import io.github.cola4j.adapter.pairing.PairingStrategy;
import io.github.cola4j.adapter.pairing.Pairings;
import io.github.cola4j.model.Goldens;
import io.github.cola4j.model.bert.BertEncoder;
import io.github.cola4j.nn.Matrices;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.nn.layer.FrozenLinear;
import java.util.ArrayList;
import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;

/** Adapters that have not been trained change nothing, whatever they start from. */
class StepZeroTest {
  /** Twice six layers' float32 roundings of the pairs that cancel; embeddings are of order 1. */
  private static final Offset<Float> TOLERANCE = Offset.offset(1e-5f);

  static List<Arguments> combinations() {
    List<Arguments> combinations = new ArrayList<>();
    for (PairingStrategy strategy : Pairings.all()) {
      for (AdapterInitializer initializer : Initializers.all()) {
        if (!initializer.subtracts()) {
          continue;
        }
        combinations.add(Arguments.of(strategy.name(), initializer.name(), 2, 3));
        combinations.add(Arguments.of(strategy.name(), initializer.name(), 3, 2));
      }
    }
    return combinations;
  }

  @ParameterizedTest(name = "{0} {1} {2}|{3}")
  @MethodSource("combinations")
  void theModelComputesAsTheBase(String strategy, String initializer, int a, int b) {
    BertEncoder encoder = Goldens.encoder(DataType.FLOAT);
    List<float[]> before = weights(encoder);
    AdapterConfig config =
        AdapterConfig.defaults()
            .withA(a)
            .withB(b)
            .withRank(4)
            .withPairing(strategy)
            .withInit(initializer)
            .withDropout(0.0);
    AdaptedModules modules = new AdaptedModules(encoder.linears(), config);
    float[] initial = modules.initial(9);
    Matrix theta = Matrix.of(DataType.FLOAT, initial.length, 1, initial);
    Matrix gradient = Matrix.zeros(DataType.FLOAT, initial.length, 1);
    Adapters adapters = modules.bind(theta, gradient, initial);
    try (Pass pass = new Pass(DataType.FLOAT)) {
      float[] base = encoder.encode(pass, Adapters.NONE, Goldens.batch()).toArray();
      pass.startTraining(1);
      adapters.refresh(pass, 31, true);
      Matrix pooled = pass.matrix(32, 6);
      encoder.forward(pass, adapters, Goldens.batch(), pooled);
      assertThat(pooled.toArray()).as("training").containsExactly(base, TOLERANCE);
      pass.startEvaluation();
      adapters.refresh(pass, 0, false);
      float[] evaluated = encoder.encode(pass, adapters, Goldens.batch()).toArray();
      assertThat(evaluated).as("evaluation").containsExactly(base, TOLERANCE);
    }
    List<float[]> after = weights(encoder);
    for (int i = 0; i < before.size(); i++) {
      assertThat(after.get(i)).containsExactly(before.get(i));
    }
  }

  private static List<float[]> weights(BertEncoder encoder) {
    List<float[]> weights = new ArrayList<>();
    for (FrozenLinear linear : encoder.linears()) {
      weights.add(Matrices.weight(linear).toArray());
      weights.add(linear.bias().toArray());
    }
    return weights;
  }
}
