package io.github.cola4j.nn.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.github.cola4j.nn.ElementwiseKernels.Sum;
import io.github.cola4j.nn.ElementwiseKernels.Term;
import io.github.cola4j.nn.GemmKernels.Gemm;
import io.github.cola4j.nn.Kernels;
import io.github.cola4j.nn.Matrices;
import io.github.cola4j.nn.Matrix;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;

/** Low-rank GEMMs and sums of many tasks: few launches, and the bits that each task has alone. */
class GroupedKernelsTest {
  private final EmulatedKernelProvider provider = new EmulatedKernelProvider();
  private final Kernels kernels = provider.kernels(DataType.FLOAT);
  private final Random random = new Random(7);

  @BeforeEach
  void needsACompiler() {
    assumeThat(Emulator.unavailable()).as("why the emulator cannot run").isNull();
  }

  private Matrix matrix(int rows, int columns) {
    return Matrices.random(provider, rows, columns, random);
  }

  private long launches() {
    return provider.calls().values().stream().mapToLong(Long::longValue).sum();
  }

  /** Tasks of 1, 2, 4, … tokens and ranks 1, 4, 7, …: Z = Fᵀ X, Y = F Z + Y, dF = X Zᵀ. */
  private List<Gemm> gemms(int features, int tasks) {
    int tokens = (1 << tasks) - 1;
    Matrix x = matrix(features, tokens);
    Matrix y = matrix(features, tokens);
    List<Gemm> all = new ArrayList<>();
    for (int t = 0; t < tasks; t++) {
      int from = (1 << t) - 1;
      int to = 2 * from + 1;
      int rank = 1 + 3 * t;
      Matrix factor = matrix(features, rank);
      Matrix z = matrix(rank, to - from);
      Matrix own = x.columns(from, to);
      all.add(new Gemm(1, factor, true, own, false, 0, matrix(rank, to - from)));
      all.add(new Gemm(0.5, factor, false, z, false, 1, y.columns(from, to)));
      all.add(new Gemm(2, own, false, z, true, 1, matrix(features, rank)));
    }
    return all;
  }

  @ParameterizedTest
  @ValueSource(ints = {5, 128, 131, 300})
  void aTaskHasTheSameBitsAloneAndBesideOthers(int features) {
    List<Gemm> all = gemms(features, 10); // the last has 512 tokens, more than a block adds up
    List<float[]> before = all.stream().map(gemm -> gemm.c().toArray()).toList();
    kernels.gemms(all);
    List<float[]> together = all.stream().map(gemm -> gemm.c().toArray()).toList();
    for (int i = 0; i < all.size(); i++) {
      all.get(i).c().set(before.get(i));
      kernels.gemms(List.of(all.get(i)));
      assertThat(all.get(i).c().toArray()).as("GEMM " + i).isEqualTo(together.get(i));
    }
  }

  @Test
  void allTasksAreOneLaunch() {
    List<Gemm> small = gemms(40, 6); // 18 GEMMs
    long before = launches();
    kernels.gemms(small);
    assertThat(launches() - before).isOne();
    List<Gemm> large = gemms(40, 9); // 27, one of them of 256 tokens
    before = launches();
    kernels.gemms(large);
    assertThat(launches() - before).isOne();
    List<Gemm> longer = gemms(40, 10); // 30, one of 512 tokens: its parts are added up
    before = launches();
    kernels.gemms(longer);
    assertThat(launches() - before).isEqualTo(2);
  }

  /** {@code -Dcola.cuda.grouped=false}: the same numbers up to rounding, a launch a GEMM. */
  @Test
  void cublasMultipliesInsteadIfAsked() {
    List<Gemm> all = gemms(40, 10);
    List<float[]> before = all.stream().map(gemm -> gemm.c().toArray()).toList();
    kernels.gemms(all);
    List<float[]> together = all.stream().map(gemm -> gemm.c().toArray()).toList();
    for (int i = 0; i < all.size(); i++) {
      all.get(i).c().set(before.get(i));
    }
    System.setProperty("cola.cuda.grouped", "false");
    try {
      provider.kernels(DataType.FLOAT).gemms(all);
    } finally {
      System.clearProperty("cola.cuda.grouped");
    }
    assertThat(provider.calls()).containsEntry("gemm", (long) all.size());
    for (int i = 0; i < all.size(); i++) {
      assertThat(all.get(i).c().toArray())
          .as("GEMM " + i)
          .containsExactly(together.get(i), within(1e-3f));
    }
  }

  @Test
  void wideRanksAreCublas() {
    Matrix a = matrix(50, 33);
    Matrix x = matrix(50, 4);
    Matrix z = matrix(33, 4);
    kernels.gemms(List.of(new Gemm(1, a, true, x, false, 0, z)));
    assertThat(provider.calls()).containsEntry("gemm", 1L).doesNotContainKey("groupedGemms");
  }

  @Test
  void sumsAreOneLaunch() {
    List<Sum> sums = new ArrayList<>();
    for (int i = 0; i < 95; i++) {
      sums.add(new Sum(matrix(30, 2), i % 2 == 0, List.of(new Term(2, matrix(30, 2)))));
    }
    Map<String, Long> before = provider.calls();
    kernels.sums(sums);
    assertThat(provider.calls().get("groupedSums") - before.getOrDefault("groupedSums", 0L))
        .isOne();
    assertThat(sums.get(1).y().toDoubles()[7])
        .isEqualTo(2 * sums.get(1).terms().get(0).x().toDoubles()[7]);
  }

  @Test
  void shapesThatDoNotFitAreErrors() {
    Matrix a = matrix(5, 2);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> kernels.gemms(List.of(new Gemm(1, a, true, matrix(4, 3), false, 0, a))))
        .withMessageContaining("shapes do not fit: 5 × 2 FLOATᵀ · 4 × 3 FLOAT → 5 × 2 FLOAT");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> kernels.sums(List.of(new Sum(a, true, List.of(new Term(1, matrix(2, 5)))))))
        .withMessageContaining("shapes differ");
  }
}
