package io.github.cola4j.adapter;

import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import java.util.List;

/**
 * Adapters of several tasks on one layer, side by side in one batch: each changes the columns of
 * its own task. The frozen product is computed once for all of them.
 *
 * @param parts a task's adapter each; null where a task does not adapt the layer
 * @param starts where each part's columns start in a whole batch, and their number at the end
 * @param chosenStarts the same where only chosen columns are computed
 */
record MixedAdapter(List<Adapter> parts, int[] starts, int[] chosenStarts) implements Adapter {

  private record Forward(Saved[] parts) implements Saved {}

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
    int[] bounds = bounds(x);
    Saved[] saved = new Saved[parts.size()];
    for (int p = 0; p < saved.length; p++) {
      if (parts.get(p) != null && bounds[p + 1] > bounds[p]) {
        saved[p] = parts.get(p).forward(pass, columns(x, bounds, p), columns(y, bounds, p));
      }
    }
    return new Forward(saved);
  }

  @Override
  public void backward(Pass pass, Saved saved, Matrix dY, Matrix dX) {
    int[] bounds = bounds(dY);
    Saved[] forward = ((Forward) saved).parts;
    for (int p = 0; p < forward.length; p++) {
      if (forward[p] != null) {
        Matrix part = dX == null ? null : columns(dX, bounds, p);
        parts.get(p).backward(pass, forward[p], columns(dY, bounds, p), part);
      }
    }
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
