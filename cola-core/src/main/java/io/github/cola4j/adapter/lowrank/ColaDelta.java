package io.github.cola4j.adapter.lowrank;

import io.github.cola4j.adapter.Adapter;
import io.github.cola4j.adapter.Delta;
import io.github.cola4j.adapter.Dropout;
import io.github.cola4j.adapter.LowRank;
import io.github.cola4j.adapter.pairing.Factors;
import io.github.cola4j.adapter.pairing.PairingStrategy;
import io.github.cola4j.nn.ElementwiseKernels.Sum;
import io.github.cola4j.nn.ElementwiseKernels.Term;
import io.github.cola4j.nn.GemmKernels.Gemm;
import io.github.cola4j.nn.Kernels;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * CoLA by two GEMMs for any pairing matrix. With P = U V of inner size k ({@link Factors}):
 *
 * <pre>
 *   Ã_c = Σ_i U_ic A_i   [k·r × in]     C̃_c = s Σ_j V_cj B_j   [out × k·r]
 *   Z = [Ã; Ã⁰; R_A] X                  Y += [C̃, −C̃⁰, s R_B] Z
 *   dC̃ = dY Z̃ᵀ    dZ = [C̃, −C̃⁰, s R_B]ᵀ dY    dÃ = dZ̃ Xᵀ    dX += [Ã; Ã⁰; R_A]ᵀ dZ
 *   dA_i += Σ_c U_ic dÃ_c               dB_j += s Σ_c V_cj dC̃_c
 * </pre>
 *
 * <p>The pair (Ã⁰, C̃⁰) is the same for the initial factors and fixed; equal initial factors are
 * merged, so PiSSA's has r columns. LoRA is M = N = 1. With dropout, A_i sees M_i ⊙ X with one mask
 * for each A_i (so U = I), while the fixed pair sees X, as PEFT's residual weight does. So does the
 * residual pair s R_B R_A, part of θ but not trained: what averaging of factors would lose (arXiv
 * 2410.09432); without one it is no columns at all. Source: arXiv 2505.15471, equation 6; the
 * factorisation is ours.
 *
 * <p>Equal factors that stay so can lie there once, for all of them ({@link CollapsedMethod}). They
 * are added up as if each lay for itself, so that Ã and C̃ are the same to the bit, and the
 * gradient is that of one of them.
 */
final class ColaDelta implements Delta.InRounds {

  /**
   * What never changes for a module.
   *
   * @param pairing how A and B meet
   * @param a M
   * @param b N
   * @param rank r
   * @param scaling s
   * @param dropout probability of dropping an input
   */
  record Form(PairingStrategy pairing, int a, int b, int rank, double scaling, double dropout) {}

  /** Z and, with dropout, the masked inputs. */
  private record Forward(Matrix x, Matrix z, Matrix[] masked, Matrix[] masks)
      implements Adapter.Saved {}

  private final Form form;
  private final Matrix factorsA; // [in × M·r], A_iᵀ side by side; [in × r] if they are equal
  private final Matrix factorsB; // [out × N·r], B_j side by side; [out × r] if they are equal
  private final Matrix gradA;
  private final Matrix gradB;
  private final Matrix initialA;
  private final Matrix initialB;
  private final List<int[]> equalA; // groups of equal initial A's
  private final List<int[]> equalB;
  private final boolean fixed;
  private final Matrix residualA; // R_Aᵀ [in × q], or null
  private final Matrix residualB; // R_B [out × q], or null

  private final Matrix stackA; // [in × (k + k⁰)·r + q], Ãᵀ, Ã⁰ᵀ, then R_Aᵀ
  private final Matrix stackB; // [out × (k + k⁰)·r + q], C̃, −C̃⁰, then s R_B
  private Factors factors;
  private int width; // k·r
  private int initialEnd; // (k + k⁰)·r
  private int total; // (k + k⁰)·r + q
  private double[][] drawn;
  private boolean masking;
  private long seed;

  /** Without a residual pair. */
  ColaDelta(
      Form form,
      Matrix factorsA,
      Matrix factorsB,
      Matrix gradA,
      Matrix gradB,
      Matrix initialA,
      Matrix initialB) {
    this(form, factorsA, factorsB, gradA, gradB, initialA, initialB, null, null);
  }

  /**
   * @param factorsA A_iᵀ side by side [in × M·r], a window of the task's parameters; or the one
   *     that all are equal to [in × r]
   * @param factorsB B_j side by side [out × N·r]; or one [out × r]
   * @param gradA the window of the gradient like {@code factorsA}
   * @param gradB the window of the gradient like {@code factorsB}
   * @param initialA the factors at step 0, as wide as {@code factorsA}
   * @param initialB the factors at step 0, as wide as {@code factorsB}
   * @param residualA R_Aᵀ [in × q], a window of the task's parameters; null for none
   * @param residualB R_B [out × q]; null for none
   */
  ColaDelta(
      Form form,
      Matrix factorsA,
      Matrix factorsB,
      Matrix gradA,
      Matrix gradB,
      Matrix initialA,
      Matrix initialB,
      Matrix residualA,
      Matrix residualB) {
    this.form = form;
    this.factorsA = factorsA;
    this.factorsB = factorsB;
    this.gradA = gradA;
    this.gradB = gradB;
    this.initialA = initialA;
    this.initialB = initialB;
    this.residualA = residualA;
    this.residualB = residualB;
    this.equalA = equalBlocks(initialA, form.a());
    this.equalB = equalBlocks(initialB, form.b());
    this.fixed = !isZero(initialA) && !isZero(initialB);
    int most = form.dropout() > 0 ? form.a() : Math.min(form.a(), form.b());
    int mostFixed = fixed ? Math.min(equalA.size(), equalB.size()) : 0;
    int residual = residualA == null ? 0 : residualA.columns();
    int columns = (most + mostFixed) * form.rank() + residual;
    this.stackA = Matrix.zeros(factorsA.type(), factorsA.rows(), columns);
    this.stackB = Matrix.zeros(factorsB.type(), factorsB.rows(), columns);
  }

  @Override
  public List<Sum> refreshed(long newSeed, boolean training) {
    List<Sum> sums = new ArrayList<>();
    seed = newSeed;
    double[][] p =
        training
            ? form.pairing().draw(form.a(), form.b(), newSeed)
            : form.pairing().expectation(form.a(), form.b());
    boolean separate = training && form.dropout() > 0;
    boolean same = drawn != null && Arrays.deepEquals(p, drawn) && separate == masking;
    drawn = p;
    masking = separate;
    factors = separate ? Factors.byRow(p) : Factors.of(p);
    width = factors.size() * form.rank();
    combine(sums, 1, factorsA, factors.u(), stackA.columns(0, width));
    combine(sums, form.scaling(), factorsB, transpose(factors.v()), stackB.columns(0, width));
    if (!fixed) {
      initialEnd = width;
    } else if (!same) {
      Factors initial = Factors.of(grouped(p));
      initialEnd = width + initial.size() * form.rank();
      double[][] u = new double[form.a()][initial.size()];
      double[][] v = new double[form.b()][initial.size()];
      for (int g = 0; g < equalA.size(); g++) {
        u[equalA.get(g)[0]] = initial.u()[g];
      }
      double[][] columns = transpose(initial.v());
      for (int g = 0; g < equalB.size(); g++) {
        v[equalB.get(g)[0]] = columns[g];
      }
      combine(sums, 1, initialA, u, stackA.columns(width, initialEnd));
      combine(sums, -form.scaling(), initialB, v, stackB.columns(width, initialEnd));
    }
    total = initialEnd;
    if (residualA != null) {
      total += residualA.columns();
      Matrix toA = stackA.columns(initialEnd, total);
      Matrix toB = stackB.columns(initialEnd, total);
      sums.add(new Sum(toA, false, List.of(new Term(1, residualA))));
      sums.add(new Sum(toB, false, List.of(new Term(form.scaling(), residualB))));
    }
    return sums;
  }

  @Override
  public Rounds forwardRounds(Pass pass, Matrix x, Matrix y) {
    Matrix z = pass.matrix(total, x.columns());
    List<Gemm> down = new ArrayList<>();
    Matrix[] masks = null;
    Matrix[] masked = null;
    if (masking) {
      masks = new Matrix[form.a()];
      masked = new Matrix[form.a()];
      for (int i = 0; i < form.a(); i++) {
        masks[i] = Dropout.mask(pass, x, form.dropout(), seed, i);
        masked[i] = pass.matrix(x.rows(), x.columns());
        pass.kernels().multiply(x, masks[i], masked[i]);
        down.add(new Gemm(1, block(stackA, i), true, masked[i], false, 0, rows(z, i)));
      }
      if (total > width) {
        Matrix rest = z.rows(width, total);
        down.add(new Gemm(1, stackA.columns(width, total), true, x, false, 0, rest));
      }
    } else {
      down.add(new Gemm(1, stackA.columns(0, total), true, x, false, 0, z));
    }
    Gemm up = new Gemm(1, stackB.columns(0, total), false, z, false, 1, y);
    Forward saved = new Forward(x, z, masked, masks);
    return new Rounds(saved, List.of(down, List.of(up)), List.of(), null);
  }

  @Override
  public Rounds backwardRounds(Pass pass, Adapter.Saved saved, Matrix dY, Matrix dX) {
    Forward forward = (Forward) saved;
    Matrix z = forward.z().rows(0, width);
    int needed = dX == null ? width : total;
    Matrix dZ = pass.matrix(needed, dY.columns());
    List<Gemm> first = new ArrayList<>();
    List<Gemm> second = new ArrayList<>();
    List<Sum> sums = new ArrayList<>();
    if (isSinglePair()) {
      Matrix input = masking ? forward.masked()[0] : forward.x();
      first.add(new Gemm(form.scaling(), dY, false, z, true, 1, gradB));
      second.add(new Gemm(1, input, false, dZ.rows(0, width), true, 1, gradA));
    } else {
      Matrix dStackB = pass.matrix(stackB.rows(), width);
      first.add(new Gemm(form.scaling(), dY, false, z, true, 0, dStackB));
      distribute(sums, dStackB, factors.v(), gradB);
      Matrix dStackA = pass.matrix(stackA.rows(), width);
      if (masking) {
        for (int i = 0; i < form.a(); i++) {
          Matrix input = forward.masked()[i];
          second.add(new Gemm(1, input, false, rows(dZ, i), true, 0, block(dStackA, i)));
        }
      } else {
        second.add(new Gemm(1, forward.x(), false, dZ.rows(0, width), true, 0, dStackA));
      }
      distribute(sums, dStackA, transpose(factors.u()), gradA);
    }
    first.add(new Gemm(1, stackB.columns(0, needed), true, dY, false, 0, dZ));
    if (dX != null && !masking) {
      second.add(new Gemm(1, stackA.columns(0, total), false, dZ, false, 1, dX));
    }
    Runnable after = dX != null && masking ? () -> addMasked(pass, forward.masks(), dZ, dX) : null;
    return new Rounds(null, List.of(first, second), sums, after);
  }

  /** dX += Σ_i M_i ⊙ A_iᵀ dZ_i, and what of the fixed pair and the residual is not masked. */
  private void addMasked(Pass pass, Matrix[] masks, Matrix dZ, Matrix dX) {
    Kernels kernels = pass.kernels();
    var mark = pass.arena().mark();
    Matrix share = pass.matrix(dX.rows(), dX.columns());
    for (int i = 0; i < form.a(); i++) {
      kernels.gemm(1, block(stackA, i), false, rows(dZ, i), false, 0, share);
      kernels.multiply(share, masks[i], share);
      kernels.add(1, share, dX);
    }
    if (total > width) {
      kernels.gemm(1, stackA.columns(width, total), false, dZ.rows(width, total), false, 1, dX);
    }
    pass.arena().release(mark);
  }

  /** Whether Ã is A and C̃ is s B, as LoRA's: their gradients are the factors'. */
  private boolean isSinglePair() {
    return form.a() == 1 && form.b() == 1 && drawn[0][0] == 1;
  }

  @Override
  public LowRank lowRank() {
    return new LowRank(stackA.columns(0, total), stackB.columns(0, total));
  }

  /** Target block c ← factor Σ_i weights[i][c] source block i, which may lie there for several. */
  private void combine(
      List<Sum> sums, double factor, Matrix source, double[][] weights, Matrix target) {
    int copies = copies(source, weights.length);
    for (int c = 0; c < weights[0].length; c++) {
      List<Term> terms = new ArrayList<>();
      for (int i = 0; i < weights.length; i++) {
        double weight = factor * weights[i][c];
        if (weight != 0) {
          terms.add(new Term(weight, block(source, i / copies)));
        }
      }
      sums.add(new Sum(block(target, c), false, terms));
    }
  }

  /** Target block i += Σ_c weights[c][i] source block c; of blocks that lie there once, once. */
  private void distribute(List<Sum> sums, Matrix source, double[][] weights, Matrix target) {
    int copies = copies(target, weights[0].length);
    for (int i = 0; i < weights[0].length; i += copies) {
      List<Term> terms = new ArrayList<>();
      for (int c = 0; c < weights.length; c++) {
        if (weights[c][i] != 0) {
          terms.add(new Term(weights[c][i], block(source, c)));
        }
      }
      if (!terms.isEmpty()) {
        sums.add(new Sum(block(target, i / copies), true, terms));
      }
    }
  }

  /** How many of so many factors each block stands for. */
  private int copies(Matrix blocks, int factors) {
    return factors / (blocks.columns() / form.rank());
  }

  private Matrix block(Matrix m, int index) {
    return m.columns(index * form.rank(), (index + 1) * form.rank());
  }

  private Matrix rows(Matrix m, int index) {
    return m.rows(index * form.rank(), (index + 1) * form.rank());
  }

  /** P summed over groups of equal initial factors. */
  private double[][] grouped(double[][] p) {
    double[][] sums = new double[equalA.size()][equalB.size()];
    for (int g = 0; g < sums.length; g++) {
      for (int h = 0; h < sums[g].length; h++) {
        for (int i : equalA.get(g)) {
          for (int j : equalB.get(h)) {
            sums[g][h] += p[i][j];
          }
        }
      }
    }
    return sums;
  }

  /** Groups of factors that are equal, of those that lie there once too. */
  private List<int[]> equalBlocks(Matrix m, int factors) {
    float[] elements = m.toArray();
    int copies = copies(m, factors);
    int size = m.rows() * form.rank();
    List<int[]> groups = new ArrayList<>();
    for (int i = 0; i < factors; i++) {
      int found = -1;
      for (int g = 0; g < groups.size() && found < 0; g++) {
        int other = groups.get(g)[0];
        if (Arrays.equals(
            elements,
            i / copies * size,
            (i / copies + 1) * size,
            elements,
            other / copies * size,
            (other / copies + 1) * size)) {
          found = g;
        }
      }
      if (found < 0) {
        groups.add(new int[] {i});
      } else {
        int[] group = Arrays.copyOf(groups.get(found), groups.get(found).length + 1);
        group[group.length - 1] = i;
        groups.set(found, group);
      }
    }
    return groups;
  }

  private static boolean isZero(Matrix m) {
    for (float element : m.toArray()) {
      if (element != 0) {
        return false;
      }
    }
    return true;
  }

  private static double[][] transpose(double[][] matrix) {
    double[][] transposed = new double[matrix[0].length][matrix.length];
    for (int i = 0; i < matrix.length; i++) {
      for (int j = 0; j < matrix[i].length; j++) {
        transposed[j][i] = matrix[i][j];
      }
    }
    return transposed;
  }
}
