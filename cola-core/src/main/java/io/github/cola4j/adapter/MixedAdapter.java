package io.github.cola4j.adapter;

import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.nn.layer.FrozenLinear;
import java.util.ArrayList;
import java.util.List;

/**
 * Adapters of several tasks on one layer, side by side in one batch: each changes the columns of
 * its own task. Where all of them add to the frozen product, it is computed once for all.
 *
 * @param parts a task's adapter each; null where a task does not adapt the layer
 * @param starts where each part's columns start in a whole batch, and their number at the end
 * @param chosenStarts the same where only chosen columns are computed
 */
record MixedAdapter(FrozenLinear linear, List<Adapter> parts, int[] starts, int[] chosenStarts)
    implements Adapter {

  private record Forward(Saved[] parts) implements Saved {
    @Override
    public double penalty() {
      double sum = 0;
      for (Saved part : parts) {
        sum += part == null ? 0 : part.penalty();
      }
      return sum;
    }
  }

  @Override
  public void refresh(Pass pass, long seed, boolean training) {
    for (Adapter part : parts) {
      if (part != null) {
        part.refresh(pass, seed, training);
      }
    }
  }

  @Override
  public Saved forward(Pass pass, Matrix x, Matrix y) {
    List<Delta.Rounds> all = new ArrayList<>();
    Saved saved = forward(pass, x, y, all);
    Delta.Rounds.compute(pass.kernels(), all);
    return saved;
  }

  @Override
  public Saved forward(Pass pass, Matrix x, Matrix y, List<Delta.Rounds> later) {
    int[] bounds = bounds(x);
    boolean together = isAdditive();
    if (together) {
      linear.forward(pass, x, y);
    }
    Saved[] saved = new Saved[parts.size()];
    for (int p = 0; p < saved.length; p++) {
      if (bounds[p + 1] > bounds[p]) {
        pass.enter(p);
        Matrix from = columns(x, bounds, p);
        Matrix to = columns(y, bounds, p);
        if (!together) {
          saved[p] = AdaptedLinear.forward(pass, linear, parts.get(p), from, to);
        } else if (parts.get(p) instanceof AdditiveAdapter part) {
          saved[p] = part.addForward(pass, from, to, later);
        }
      }
    }
    return new Forward(saved);
  }

  @Override
  public void backward(Pass pass, Saved saved, Matrix dY, double beta, Matrix dX) {
    int[] bounds = bounds(dY);
    boolean together = isAdditive();
    if (together && dX != null) {
      linear.backward(pass, dY, beta, dX);
    }
    Saved[] forward = ((Forward) saved).parts;
    var mark = pass.arena().mark();
    List<Delta.Rounds> all = new ArrayList<>();
    for (int p = 0; p < forward.length; p++) {
      if (bounds[p + 1] > bounds[p]) {
        pass.enter(p);
        Matrix from = columns(dY, bounds, p);
        Matrix to = dX == null ? null : columns(dX, bounds, p);
        if (!together) {
          AdaptedLinear.backward(pass, linear, parts.get(p), forward[p], from, beta, to);
        } else if (parts.get(p) instanceof AdditiveAdapter part) {
          if (part.delta() instanceof Delta.InRounds delta) {
            all.add(delta.backwardRounds(pass, forward[p], from, to));
          } else {
            part.delta().backward(pass, forward[p], from, to);
          }
        }
      }
    }
    Delta.Rounds.compute(pass.kernels(), all);
    pass.arena().release(mark);
  }

  @Override
  public String unmergeableReason() {
    return "tasks in one batch have weights of their own";
  }

  private boolean isAdditive() {
    return parts.stream().allMatch(part -> part == null || part instanceof AdditiveAdapter);
  }

  private int[] bounds(Matrix x) {
    for (int[] bounds : new int[][] {starts, chosenStarts}) {
      if (bounds[bounds.length - 1] == x.columns()) {
        return bounds;
      }
    }
    throw new IllegalArgumentException(
        "expected "
            + starts[parts.size()]
            + " or "
            + chosenStarts[parts.size()]
            + " columns, got "
            + x.columns());
  }

  private static Matrix columns(Matrix m, int[] bounds, int part) {
    return m.columns(bounds[part], bounds[part + 1]);
  }
}
