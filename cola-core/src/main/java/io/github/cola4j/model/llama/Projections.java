package io.github.cola4j.model.llama;

import io.github.cola4j.adapter.AdaptedLinear;
import io.github.cola4j.adapter.Adapter;
import io.github.cola4j.adapter.Adapters;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.nn.layer.FrozenLinear;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * Linear layers of one input whose outputs go different ways: Y_i = W_i X. They are a module each,
 * or one fused module [Σ rows_i × d] whose output's rows are read apart, as the {@code qkv_proj}
 * and {@code gate_up_proj} of Phi-3. Where only some tokens are asked for, Y_0 has their columns
 * and the others all T.
 *
 * @param linears one for each output, or a fused one
 * @param rows of each output
 */
record Projections(List<FrozenLinear> linears, List<Integer> rows) {

  /** The outputs, and what the adapters kept. */
  record Saved(List<Matrix> outputs, List<Adapter.Saved> adapters) {}

  /**
   * The outputs' gradients, to be overwritten.
   *
   * @param joint what they are rows of where the module is fused, else null
   */
  record Gradients(Matrix joint, List<Matrix> outputs) {}

  /** A module for each output. */
  static Projections of(FrozenLinear... linears) {
    List<FrozenLinear> all = List.of(linears);
    return new Projections(all, all.stream().map(FrozenLinear::out).toList());
  }

  /** The same with other linear layers. */
  Projections withLinears(UnaryOperator<FrozenLinear> change) {
    return new Projections(linears.stream().map(change).toList(), rows);
  }

  /**
   * Computes all outputs, in the pass's working memory.
   *
   * @param chosen columns of X that the first output is asked for; null for all
   */
  Saved forward(Pass pass, Adapters adapters, Matrix x, int[] chosen) {
    if (isFused()) {
      FrozenLinear linear = linears.get(0);
      Matrix joint = pass.matrix(linear.out(), x.columns());
      Adapter.Saved saved = AdaptedLinear.forward(pass, linear, adapters.get(linear), x, joint);
      List<Matrix> outputs = new ArrayList<>(parts(joint));
      if (chosen != null) {
        outputs.set(0, chosen(pass, outputs.get(0), chosen));
      }
      return new Saved(outputs, Collections.singletonList(saved));
    }
    List<Matrix> outputs = new ArrayList<>();
    List<Matrix> inputs = new ArrayList<>();
    for (int i = 0; i < linears.size(); i++) {
      FrozenLinear linear = linears.get(i);
      Matrix input = i == 0 && chosen != null ? chosen(pass, x, chosen) : x;
      inputs.add(input);
      outputs.add(pass.matrix(linear.out(), input.columns()));
    }
    return new Saved(outputs, AdaptedLinear.forward(pass, linears, adapters, inputs, outputs));
  }

  /** Working memory for the gradients of outputs as {@link #forward} gave them. */
  Gradients gradients(Pass pass, Saved saved, int[] chosen) {
    int columns = saved.outputs.get(rows.size() - 1).columns();
    if (!isFused()) {
      return new Gradients(
          null, saved.outputs.stream().map(y -> pass.matrix(y.rows(), y.columns())).toList());
    }
    Matrix joint = pass.matrix(linears.get(0).out(), columns);
    List<Matrix> outputs = new ArrayList<>(parts(joint));
    Matrix first = saved.outputs.get(0);
    if (chosen != null) {
      outputs.set(0, pass.matrix(first.rows(), first.columns()));
      pass.kernels().fill(0, joint); // the tokens that are not chosen
    }
    return new Gradients(joint, outputs);
  }

  /** Overwrites dX [d × T]; null where nothing below is trained. */
  void backward(Pass pass, Adapters adapters, Saved saved, Gradients dY, int[] chosen, Matrix dX) {
    if (isFused()) {
      FrozenLinear linear = linears.get(0);
      if (chosen != null) {
        pass.kernels().scatterAdd(dY.outputs.get(0), chosen, parts(dY.joint).get(0));
      }
      AdaptedLinear.backward(
          pass, linear, adapters.get(linear), saved.adapters.get(0), dY.joint, 0, dX);
      return;
    }
    for (int i = 0; i < linears.size(); i++) {
      FrozenLinear linear = linears.get(i);
      Adapter adapter = adapters.get(linear);
      Matrix part = dY.outputs.get(i);
      if (i == 0 && chosen != null && dX != null) {
        Matrix dChosen = pass.matrix(dX.rows(), chosen.length);
        AdaptedLinear.backward(pass, linear, adapter, saved.adapters.get(i), part, 0, dChosen);
        pass.kernels().fill(0, dX);
        pass.kernels().scatterAdd(dChosen, chosen, dX);
      } else {
        AdaptedLinear.backward(
            pass, linear, adapter, saved.adapters.get(i), part, i == 0 ? 0 : 1, dX);
      }
    }
  }

  private boolean isFused() {
    return linears.size() < rows.size();
  }

  private List<Matrix> parts(Matrix joint) {
    List<Matrix> parts = new ArrayList<>();
    int from = 0;
    for (int size : rows) {
      parts.add(joint.rows(from, from + size));
      from += size;
    }
    return parts;
  }

  private static Matrix chosen(Pass pass, Matrix x, int[] chosen) {
    Matrix some = pass.matrix(x.rows(), chosen.length);
    pass.kernels().gather(x, chosen, false, some);
    return some;
  }
}
