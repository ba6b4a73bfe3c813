package io.github.cola4j.adapter;

import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Pass;
import io.github.cola4j.nn.layer.FrozenLinear;
import java.util.List;

/** Y = W X + b + Δ(X): every adapter that leaves the frozen product as it is. */
public record AdditiveAdapter(FrozenLinear linear, Delta delta) implements Adapter {

  @Override
  public void refresh(Pass pass, long seed, boolean training) {
    delta.refresh(pass, seed, training);
  }

  @Override
  public Saved forward(Pass pass, Matrix x, Matrix y) {
    linear.forward(pass, x, y);
    return delta.forward(pass, x, y);
  }

  @Override
  public Saved forward(Pass pass, Matrix x, Matrix y, List<Delta.Rounds> later) {
    linear.forward(pass, x, y);
    return addForward(pass, x, y, later);
  }

  /** What Δ adds to Y. */
  Saved addForward(Pass pass, Matrix x, Matrix y, List<Delta.Rounds> later) {
    if (delta instanceof Delta.InRounds inRounds) {
      Delta.Rounds rounds = inRounds.forwardRounds(pass, x, y);
      later.add(rounds);
      return rounds.saved();
    }
    return delta.forward(pass, x, y);
  }

  @Override
  public void backward(Pass pass, Saved saved, Matrix dY, double beta, Matrix dX) {
    if (dX != null) {
      linear.backward(pass, dY, beta, dX);
    }
    delta.backward(pass, saved, dY, dX);
  }

  @Override
  public LowRank lowRank() {
    return delta.lowRank();
  }

  @Override
  public String unmergeableReason() {
    return delta.unmergeableReason();
  }
}
