package io.github.cola4j.adapter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.cola4j.adapter.ParameterLayout.Entry;
import io.github.cola4j.adapter.ParameterLayout.Kind;
import io.github.cola4j.nn.Matrices;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.layer.FrozenLinear;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;

class AdaptedModulesTest {
  private final Random random = new Random(3);
  private final List<FrozenLinear> model =
      List.of(linear("block.query", 6, 6), linear("block.up", 9, 6), linear("block.down", 6, 9));

  private FrozenLinear linear(String name, int out, int in) {
    return new FrozenLinear(name, Matrices.random(DataType.FLOAT, out, in, random), null);
  }

  private AdaptedModules modules(int rank, List<String> targets, AdapterConfig.Override... others) {
    return new AdaptedModules(
        model,
        AdapterConfig.defaults()
            .withA(2)
            .withB(3)
            .withRank(rank)
            .withTargets(targets)
            .withOverrides(List.of(others)));
  }

  @Test
  void theLayoutIsModuleByModuleThenTheHead() {
    AdaptedModules modules =
        modules(2, List.of("query", "up"), new AdapterConfig.Override("up", 3, null));
    assertThat(modules.layout(4, 7).entries())
        .containsExactly(
            new Entry("block.query/A", Kind.A, 0, 6, 2 * 2),
            new Entry("block.query/B", Kind.B, 24, 6, 3 * 2),
            new Entry("block.up/A", Kind.A, 60, 6, 2 * 3),
            new Entry("block.up/B", Kind.B, 96, 9, 3 * 3),
            new Entry(AdaptedModules.HEAD_WEIGHT, Kind.HEAD, 177, 4, 7),
            new Entry(AdaptedModules.HEAD_BIAS, Kind.HEAD, 205, 4, 1));
    assertThat(modules.layout(4, 7).length()).isEqualTo(209);
    assertThat(modules.layout().length()).isEqualTo(177).isEqualTo(modules.initial(1).length);
    assertThat(modules.layout().entries()).isEqualTo(modules.layout(4, 7).entries().subList(0, 4));
  }

  @Test
  void aResidualPairComesAfterItsFactorsAsWideAsTheLayerAtMost() {
    AdaptedModules modules =
        new AdaptedModules(
            model,
            AdapterConfig.of("lora+").withRank(2).withTargets(List.of("up")).withResidual(7));
    assertThat(modules.layout().entries())
        .containsExactly(
            new Entry("block.up/A", Kind.A, 0, 6, 2),
            new Entry("block.up/B", Kind.B, 12, 9, 2, 16),
            new Entry("block.up/RA", Kind.FIXED, 30, 6, 6),
            new Entry("block.up/RB", Kind.FIXED, 66, 9, 6));
    assertThat(modules.layout().trained()).isEqualTo(30);
    float[] initial = modules.initial(1);
    assertThat(Arrays.copyOfRange(initial, 30, 120)).containsOnly(0);
  }

  @Test
  void anEntryIsAWindowOfTheVector() {
    Entry entry = modules(2, List.of("query", "up")).layout().entry("block.up/A");
    Matrix vector = Matrices.random(DataType.FLOAT, 200, 1, random);
    Matrix window = entry.of(vector);
    assertThat(List.of(window.rows(), window.columns())).containsExactly(6, 4);
    window.set(new float[24]);
    float[] elements = vector.toArray();
    assertThat(elements[entry.offset()]).isZero();
    assertThat(elements[entry.offset() + 23]).isZero();
    assertThat(elements[entry.offset() - 1]).isNotZero();
    assertThat(elements[entry.offset() + 24]).isNotZero();
  }

  @Test
  void anUnknownEntryIsNamed() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> modules(2, null).layout().entry("block.key/A"))
        .withMessageContaining("block.key/A");
  }

  @Test
  void aRankAboveTheSmallerSideNamesTheModule() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> modules(7, List.of("up")))
        .withMessageContaining("rank 7")
        .withMessageContaining("= 6 of block.up");
    assertThat(modules(7, List.of("up"), new AdapterConfig.Override("up", 6, null)).linears())
        .containsExactly(model.get(1));
  }

  private AdaptedModules modules(String method, int rank, String init, double dropout) {
    return new AdaptedModules(
        model,
        AdapterConfig.of(method)
            .withRank(rank)
            .withInit(init)
            .withDropout(dropout)
            .withTargets(List.of("up")));
  }

  @Test
  void theRankOfShardsIsLimitedByTheInputAlone() {
    assertThat(modules("miss", 6, null, 0).layout().entries())
        .containsExactly(new Entry("block.up/D", Kind.B, 0, 9, 6));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> modules("miss", 7, null, 0))
        .withMessageContaining("rank 7 is above in = 6 of block.up");
  }

  @Test
  void whatAMethodDoesNotHaveIsRefused() {
    for (String method : List.of("ia3", "miss")) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> modules(method, 2, "pissa", 0))
          .withMessageContaining("method " + method)
          .withMessageContaining("init pissa");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> modules(method, 2, null, 0.1))
          .withMessageContaining("dropout 0.1");
    }
    assertThat(modules("dora", 2, "pissa", 0.1).layout().entries()).hasSize(3);
  }

  @Test
  void targetsAndOverridesThatMatchNothingAreErrors() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> modules(2, List.of("key")))
        .withMessageContaining("'key'")
        .withMessageContaining("block.query");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> modules(2, List.of("up"), new AdapterConfig.Override("query", 1, null)))
        .withMessageContaining("override 'query'");
  }

  @Test
  void initialValuesFollowFromTheSeedAndDifferByModule() {
    AdaptedModules modules =
        new AdaptedModules(
            List.of(linear("first", 6, 6), linear("second", 6, 6)),
            AdapterConfig.defaults().withA(1).withB(1).withRank(2).withInit("kaiming"));
    float[] initial = modules.initial(1);
    assertThat(modules.initial(1)).containsExactly(initial);
    assertThat(modules.initial(2)).isNotEqualTo(initial);
    assertThat(initial[0]).isNotEqualTo(initial[modules.layout().entry("second/A").offset()]);
  }

  @Test
  void moreParametersThanAnArrayHoldsAreRefused() {
    ParameterLayout.Builder layout =
        new ParameterLayout.Builder().add("x/A", ParameterLayout.Kind.A, 30_000, 40_000);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> layout.add("x/B", ParameterLayout.Kind.B, 30_000, 40_000))
        .withMessage(
            "x/B [30000 × 40000]: the adapter has 2400000000 parameters with it, expected"
                + " 2147483647 at most; lower its rank, or a and b");
  }
}
