package io.github.cola4j.train;

import io.github.cola4j.adapter.ParameterLayout;
import io.github.cola4j.nn.Kernels;
import io.github.cola4j.nn.Matrix;
import io.github.cola4j.nn.Seeds;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Rank-1 boosting (XGBLoRA, arXiv 2410.19694, algorithm 1) of a LoRA of rank R: piece k is column k
 * of A and of B on the drawn layers, trained in the steps [kκ, (k+1)κ) with moments and bias
 * correction of its own. What earlier pieces have learnt stands in their columns, so it counts in
 * the forward as if it were merged into the weight, and nothing needs to be merged. A head is
 * trained in every step.
 */
final class Boosting {
  private static final Pattern LAYER = Pattern.compile("\\.(\\d+)\\.");

  /** The factors of the modules of one layer. */
  private record Layer(List<ParameterLayout.Entry> factors) {}

  private final BoostingConfig config;
  private final AdamW optimizer;
  private final List<Layer> layers = new ArrayList<>();
  private final List<AdamW.Run> head = new ArrayList<>();
  private final int pieces;

  private int current = -1;
  private long currentSeed;
  private List<AdamW.Run> runs = List.of();

  Boosting(BoostingConfig config, AdamW optimizer, ParameterLayout layout) {
    this.config = config;
    this.optimizer = optimizer;
    Map<String, List<ParameterLayout.Entry>> byLayer = new LinkedHashMap<>();
    int rank = Integer.MAX_VALUE;
    for (ParameterLayout.Entry entry : layout.entries()) {
      if (entry.kind() == ParameterLayout.Kind.HEAD) {
        head.add(optimizer.run(entry, entry.offset(), entry.length()));
      } else {
        Matcher number = LAYER.matcher(entry.name());
        String layer = number.find() ? number.group(1) : entry.name().replaceAll("/.*", "");
        byLayer.computeIfAbsent(layer, unused -> new ArrayList<>()).add(entry);
        rank = Math.min(rank, entry.columns());
      }
    }
    byLayer.values().forEach(factors -> layers.add(new Layer(factors)));
    this.pieces = rank;
  }

  /**
   * One step of AdamW of what is trained in it.
   *
   * @param taskSeed draws the layers: the same for all shards of a task
   * @param step from 0
   * @param factor the schedule's, of every learning rate
   * @return the norm of the gradient of what is trained, before clipping
   */
  double step(
      Kernels kernels,
      Matrix theta,
      Matrix m,
      Matrix v,
      Matrix gradient,
      long taskSeed,
      int step,
      double factor) {
    int piece = step / config.steps();
    if (piece != current || taskSeed != currentSeed) {
      runs = draw(taskSeed, piece);
      current = piece;
      currentSeed = taskSeed;
    }
    double squares = 0;
    for (List<AdamW.Run> all : List.of(runs, head)) {
      for (AdamW.Run run : all) {
        squares += kernels.sumOfSquares(gradient.rows(run.from(), run.to()));
      }
    }
    double norm = Math.sqrt(squares);
    double scale = optimizer.scale(norm);
    int own = step % config.steps() + 1;
    kernels.adamW(optimizer.updates(theta, m, v, gradient, runs, own, factor, scale));
    kernels.adamW(optimizer.updates(theta, m, v, gradient, head, step + 1, factor, scale));
    return norm;
  }

  /** Refuses more pieces than there are columns. */
  void requireRank(int totalSteps) {
    int needed = (totalSteps - 1) / config.steps() + 1;
    if (needed > pieces) {
      throw new IllegalArgumentException(
          "training.boosting: "
              + totalSteps
              + " steps are "
              + needed
              + " pieces of "
              + config.steps()
              + " steps; they need an adapter of rank "
              + needed
              + ", got "
              + pieces
              + "; raise adapter.rank or boosting.steps");
    }
  }

  private List<AdamW.Run> draw(long taskSeed, int piece) {
    List<Layer> order = new ArrayList<>(layers);
    Collections.shuffle(order, new Random(Seeds.mix(taskSeed, piece)));
    int count = config.layers() == 0 ? order.size() : Math.min(config.layers(), order.size());
    List<AdamW.Run> drawn = new ArrayList<>();
    for (Layer layer : order.subList(0, count)) {
      for (ParameterLayout.Entry factor : layer.factors()) {
        drawn.add(optimizer.run(factor, factor.offset() + piece * factor.rows(), factor.rows()));
      }
    }
    return drawn;
  }
}
