package io.github.cola4j.spark.averaging;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.cola4j.adapter.AdaptedModules;
import io.github.cola4j.adapter.AdapterConfig;
import io.github.cola4j.adapter.ParameterLayout;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.layer.FrozenLinear;
import io.github.cola4j.spark.averaging.FedAvg.Weighted;
import io.github.cola4j.train.TaskState;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.assertj.core.data.Offset;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;

/** Every rule makes the same of factors that are equal and of the one that stands for them. */
class CollapsedAveragingTest {
  private static final int HEAD = 4;

  @ParameterizedTest
  @CsvSource({
    "mean, 2, 3",
    "alternating, 2, 3",
    "frozen_a, 2, 3",
    "product, 2, 3",
    "product, 3, 1",
    "fair, 2, 3",
    "fair, 1, 4",
    "residual, 2, 3",
    "residual, 3, 2",
    "gradients, 2, 3"
  })
  void averagesAsEveryFactorForItself(String name, int a, int b) {
    AveragingRule rule = AveragingRules.of(AveragingConfig.defaults().withRule(name));
    AdapterConfig config =
        AdapterConfig.defaults()
            .withA(a)
            .withB(b)
            .withRank(2)
            .withResidual(name.equals("residual") ? 3 : 0)
            .withOverrides(List.of(new AdapterConfig.Override("up", 3, null)));
    AdaptedModules every =
        new AdaptedModules(List.of(linear("query", 9, 8), linear("up", 7, 9)), config);
    AdaptedModules once = every.collapsed().orElseThrow();
    ParameterLayout layout = once.layout();
    List<Weighted> updates = drifted(layout.length() + HEAD);
    List<Weighted> expanded =
        updates.stream().map(u -> new Weighted(expand(layout, u.state()), u.weight())).toList();

    TaskState mean = rule.average(updates, AdapterStructure.of(once));
    TaskState expected = rule.average(expanded, AdapterStructure.of(every));

    TaskState found = expand(layout, mean);
    assertThat(found.theta()).containsExactly(expected.theta(), Offset.offset(1e-5f));
    assertThat(found.m()).isEqualTo(expected.m());
    assertThat(found.v()).isEqualTo(expected.v());
    assertThat(differ(expected, FedAvg.average(expanded)))
        .as("the rule does more than the mean")
        .isEqualTo(List.of("product", "fair", "residual").contains(name));
  }

  private static boolean differ(TaskState x, TaskState y) {
    for (int i = 0; i < x.theta().length; i++) {
      if (Math.abs(x.theta()[i] - y.theta()[i]) > 1e-3) {
        return true;
      }
    }
    return false;
  }

  private static FrozenLinear linear(String name, int out, int in) {
    SplittableRandom random = new SplittableRandom(out);
    float[] elements = vector(random, out * in, 1);
    return new FrozenLinear(name, Matrix.of(DataType.FLOAT, out, in, elements), null);
  }

  /** Three shards' states that have drifted apart from one. */
  private static List<Weighted> drifted(int length) {
    SplittableRandom random = new SplittableRandom(7);
    float[] common = vector(random, length, 1);
    List<Weighted> updates = new ArrayList<>();
    for (int k = 0; k < 3; k++) {
      float[] theta = vector(random, length, 0.3);
      for (int i = 0; i < length; i++) {
        theta[i] += common[i];
      }
      updates.add(
          new Weighted(
              new TaskState(theta, vector(random, length, 1), vector(random, length, 1), 6),
              10 + 7.0 * k));
    }
    return updates;
  }

  private static float[] vector(SplittableRandom random, int length, double scale) {
    float[] vector = new float[length];
    for (int i = 0; i < length; i++) {
      vector[i] = (float) (scale * random.nextDouble(-1, 1));
    }
    return vector;
  }

  private static TaskState expand(ParameterLayout layout, TaskState state) {
    return new TaskState(
        layout.expand(state.theta()),
        layout.expand(state.m()),
        layout.expand(state.v()),
        state.step());
  }
}
