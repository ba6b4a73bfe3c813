package io.github.cola4j.nn.kernels.cuda.grouped;

import io.github.cola4j.nn.Kernels.AdamWStep;
import io.github.cola4j.nn.kernels.cuda.device.Gpu;
import java.util.List;

/**
 * Steps of AdamW of many parameters, in one launch of {@code adamW}, or one for every {@value
 * #MOST}. Belongs to one thread.
 */
public final class GroupedSteps {
  private static final int WORDS = 10;
  private static final int MOST = 47;
  private static final int THREADS = 256;
  private static final int ELEMENTS = 2048; // of a block, as optimizer.cu has it

  private final Gpu gpu;
  private final LaunchTable table = new LaunchTable();

  /**
   * A step.
   *
   * @param theta θ, as m, v and the gradient so many elements one after the other
   */
  public record Step(long theta, long m, long v, long gradient, long length, AdamWStep step) {}

  /** Steps of a device. */
  public GroupedSteps(Gpu gpu) {
    this.gpu = gpu;
  }

  /** Takes all; none is of nothing. */
  public void take(List<Step> all) {
    for (int from = 0; from < all.size(); from += MOST) {
      List<Step> some = all.subList(from, Math.min(all.size(), from + MOST));
      table.set(0, some.size());
      for (int i = 0; i < some.size(); i++) {
        set(1 + WORDS * i, some.get(i));
      }
      table.launch(gpu, "adamW", THREADS);
    }
  }

  private void set(int place, Step one) {
    AdamWStep step = one.step;
    table.set(place, one.theta);
    table.set(place + 1, one.m);
    table.set(place + 2, one.v);
    table.set(place + 3, one.gradient);
    table.set(place + 4, one.length);
    double keep = 1 - step.learningRate() * step.decay();
    table.set(place + 5, LaunchTable.pair(table.tiles(), bits(keep)));
    double rate = step.learningRate() / (1 - Math.pow(step.beta1(), step.step()));
    double root = 1 / Math.sqrt(1 - Math.pow(step.beta2(), step.step()));
    table.set(place + 6, LaunchTable.pair(bits(rate), bits(root)));
    table.set(place + 7, LaunchTable.pair(bits(step.beta1()), bits(1 - step.beta1())));
    table.set(place + 8, LaunchTable.pair(bits(step.beta2()), bits(1 - step.beta2())));
    table.set(place + 9, LaunchTable.pair(bits(step.eps()), bits(step.gradientScale())));
    table.addTiles(LaunchTable.ceil(one.length, ELEMENTS));
  }

  private static int bits(double value) {
    return Float.floatToRawIntBits((float) value);
  }
}
