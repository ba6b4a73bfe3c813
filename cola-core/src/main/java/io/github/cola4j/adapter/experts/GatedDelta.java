package io.github.cola4j.adapter.experts;

import io.github.cola4j.adapter.Adapter;
import io.github.cola4j.adapter.Delta;
import io.github.cola4j.adapter.lowrank.DownProjection;
import io.github.cola4j.nn.Kernels;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import java.util.Arrays;

/**
 * Experts weighed token by token, with one A for all of them (HydraLoRA, arXiv 2404.19245) or one
 * each (LoRAMoE, arXiv 2312.09979). With R the router, E experts, ω_t column t of Ω and A_e the
 * same for every e where there is one A:
 *
 * <pre>
 *   Ω = softmax(R X) [E × T]          Z_e = A_e X [r × T]
 *   S = [ω_1 ⊙ Z_1; …; ω_E ⊙ Z_E] [E·r × T]
 *   Y += s [B_1 … B_E] S
 *   dB += s dY Sᵀ    dS = s Bᵀ dY    dΩ_e = 1ᵀ (dS_e ⊙ Z_e)    dZ_e = ω_e ⊙ dS_e
 *   dH = Ω ⊙ (dΩ − 1·diag(ΩᵀdΩ))      dR += dH Xᵀ    dX += Rᵀ dH + Σ_e A_eᵀ dZ_e
 * </pre>
 *
 * <p>Lily (arXiv 2407.09946) has one A and a router of Z: Ω = softmax(R Z), dR += dH Zᵀ, dZ += Rᵀ
 * dH.
 *
 * <p>Ω and a shared Z are spread over the rows of S by products with matrices of zeros and ones: a
 * few products whatever the number of experts. Dropout masks what the A matrices see, not the
 * router's input.
 *
 * <p>In training LoRAMoE adds the loss {@code balance · var(l)/mean(l)²} of the experts' loads l_e
 * = Σ_t ω_et over the tokens of the pass, var with E − 1 as the authors' code has it. As mean(l) =
 * T/E always, dΩ_et += share · 2 balance (l_e − T/E) E² / ((E − 1) T²).
 */
final class GatedDelta implements Delta {

  /**
   * What never changes for a module.
   *
   * @param a M: 1, or E
   * @param experts E
   * @param scaling s
   * @param dropout probability of dropping an input of an A
   * @param balance weight of the balance loss, 0 for none
   * @param routesRank whether the router sees Z and not X; for one A
   */
  record Form(
      int a, int experts, double scaling, double dropout, double balance, boolean routesRank) {}

  /**
   * A module's matrices.
   *
   * @param a A_iᵀ side by side [in × M·r]
   * @param b B_e side by side [out × E·r]
   * @param router Rᵀ [in × E], or [r × E]
   */
  record Weights(Matrix a, Matrix b, Matrix router) {}

  /**
   * @param z Z, repeated where it is shared [E·r × T]
   * @param gates Ω [E × T]
   * @param spread Ω over the rows of S [E·r × T]
   * @param load l [E × 1], null where there is no balance loss
   */
  private record Forward(
      DownProjection.Forward down,
      Matrix z,
      Matrix gates,
      Matrix spread,
      Matrix load,
      double balance)
      implements Adapter.Saved {
    @Override
    public double penalty() {
      if (load == null) {
        return 0;
      }
      double mean = gates.columns() / (double) gates.rows();
      double squares = Arrays.stream(load.toDoubles()).map(l -> (l - mean) * (l - mean)).sum();
      return balance * squares / ((gates.rows() - 1) * mean * mean);
    }
  }

  private final Form form;
  private final Weights weights;
  private final Weights gradient;
  private final DownProjection down;
  private final Matrix rowsOfExpert; // [E·r × E], 1 where the row of S is the expert's
  private final Matrix copies; // [E·r × r], E identities; null if every expert has its A

  /**
   * @param weights windows of the task's parameters
   * @param gradient windows of the gradient like {@code weights}
   */
  GatedDelta(Form form, Weights weights, Weights gradient) {
    this.form = form;
    this.weights = weights;
    this.gradient = gradient;
    this.down = new DownProjection(weights.a(), form.a(), form.dropout());
    int rows = weights.b().columns();
    int rank = rows / form.experts();
    this.rowsOfExpert = ExpertRows.indicator(weights.a().type(), form.experts(), rank);
    this.copies =
        form.a() == form.experts()
            ? null
            : ExpertRows.copies(weights.a().type(), form.experts(), rank);
  }

  @Override
  public void refresh(Pass pass, long seed, boolean training) {
    down.refresh(seed, training);
  }

  @Override
  public Adapter.Saved forward(Pass pass, Matrix x, Matrix y) {
    Kernels kernels = pass.kernels();
    int rows = weights.b().columns();
    Matrix z = pass.matrix(weights.a().columns(), x.columns());
    DownProjection.Forward projected = down.forward(pass, x, z);
    Matrix gates = pass.matrix(form.experts(), x.columns());
    kernels.gemm(1, weights.router(), true, form.routesRank() ? z : x, false, 0, gates);
    kernels.softmax(gates, gates);
    Matrix spread = pass.matrix(rows, x.columns());
    kernels.gemm(1, rowsOfExpert, false, gates, false, 0, spread);
    Matrix all = z;
    if (copies != null) {
      all = pass.matrix(rows, x.columns());
      kernels.gemm(1, copies, false, z, false, 0, all);
    }
    Matrix load = loads(pass, gates);
    var mark = pass.arena().mark();
    Matrix stack = pass.matrix(rows, x.columns());
    kernels.multiply(all, spread, stack);
    kernels.gemm(form.scaling(), weights.b(), false, stack, false, 1, y);
    pass.arena().release(mark);
    return new Forward(projected, all, gates, spread, load, form.balance());
  }

  /** Σ_t ω_t; null where it is not asked for. */
  private Matrix loads(Pass pass, Matrix gates) {
    if (!pass.isTraining() || form.balance() == 0 || form.experts() == 1) {
      return null;
    }
    Matrix load = pass.matrix(form.experts(), 1);
    var mark = pass.arena().mark();
    Matrix ones = pass.matrix(gates.columns(), 1);
    pass.kernels().fill(1, ones);
    pass.kernels().gemm(1, gates, false, ones, false, 0, load);
    pass.arena().release(mark);
    return load;
  }

  @Override
  public void backward(Pass pass, Adapter.Saved saved, Matrix dY, Matrix dX) {
    Forward forward = (Forward) saved;
    Kernels kernels = pass.kernels();
    var mark = pass.arena().mark();
    int tokens = dY.columns();
    Matrix stack = pass.matrix(weights.b().columns(), tokens);
    kernels.multiply(forward.z(), forward.spread(), stack);
    kernels.gemm(form.scaling(), dY, false, stack, true, 1, gradient.b());
    Matrix dStack = pass.matrix(weights.b().columns(), tokens);
    kernels.gemm(form.scaling(), weights.b(), true, dY, false, 0, dStack);

    Matrix products = stack; // no longer needed
    kernels.multiply(dStack, forward.z(), products);
    Matrix dGates = pass.matrix(form.experts(), tokens);
    kernels.gemm(1, rowsOfExpert, true, products, false, 0, dGates);
    if (forward.load() != null) {
      addBalance(pass, forward.load(), dGates);
    }
    kernels.softmaxBackward(forward.gates(), dGates, dGates);
    Matrix routed =
        form.routesRank() ? forward.z().rows(0, weights.a().columns()) : forward.down().x();
    kernels.gemm(1, routed, false, dGates, true, 1, gradient.router());
    if (dX != null && !form.routesRank()) {
      kernels.gemm(1, weights.router(), false, dGates, false, 1, dX);
    }

    kernels.multiply(dStack, forward.spread(), dStack);
    Matrix dZ = dStack;
    if (copies != null) {
      dZ = pass.matrix(weights.a().columns(), tokens);
      kernels.gemm(1, copies, true, dStack, false, 0, dZ);
    }
    if (form.routesRank()) {
      kernels.gemm(1, weights.router(), false, dGates, false, 1, dZ);
    }
    down.backward(pass, forward.down(), dZ, gradient.a(), dX);
    pass.arena().release(mark);
  }

  /** Adds the gradient of the balance loss, in the pass's share. */
  private void addBalance(Pass pass, Matrix load, Matrix dGates) {
    Kernels kernels = pass.kernels();
    double mean = dGates.columns() / (double) form.experts();
    double factor = 2 * pass.share() * form.balance() / ((form.experts() - 1) * mean * mean);
    Matrix slope = pass.matrix(form.experts(), 1);
    kernels.fill(-factor * mean, slope);
    kernels.add(factor, load, slope);
    Matrix ofEach = pass.matrix(form.experts(), dGates.columns());
    kernels.broadcast(slope, ofEach);
    kernels.add(1, ofEach, dGates);
  }

  @Override
  public String unmergeableReason() {
    return "its experts are weighed for every token separately; keep it as an adapter";
  }
}
